import type { ClientMetadata } from './record-store.ts';

/** Kinds of clients as people tell them apart, by what their metadata say. */
export const KINDS = ['web', 'single-page', 'native', 'service', 'device'] as const;
export type ClientKind = (typeof KINDS)[number];

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Whether people sign in with it on a device without a browser (RFC 8628). */
export const hasDeviceGrant = ({ grant_types: grants }: { readonly grant_types?: unknown }): boolean =>
  Array.isArray(grants) && grants.includes(DEVICE_GRANT);

/** Which kind a client is. */
export function kindOf(metadata: ClientMetadata): ClientKind {
  const { response_types: responses } = metadata;
  if (hasDeviceGrant(metadata)) return 'device';
  if (Array.isArray(responses) && responses.length === 0) return 'service';
  if (metadata.application_type === 'native') return 'native';
  return metadata.token_endpoint_auth_method === 'none' ? 'single-page' : 'web';
}

/** The same as SQL, of metadata in a column. */
export const kindIn = (metadata: string): string => `
  case
    when ${metadata} -> 'grant_types' @> '["${DEVICE_GRANT}"]' then 'device'
    when ${metadata} -> 'response_types' = '[]' then 'service'
    when ${metadata} ->> 'application_type' = 'native' then 'native'
    when ${metadata} ->> 'token_endpoint_auth_method' = 'none' then 'single-page'
    else 'web'
  end`;
