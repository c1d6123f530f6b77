import { z } from 'zod';
import { GatehouseError } from '../../kernel/errors.ts';
import { jsonObject, send } from './http.ts';

/** What a server says of itself (OpenID Connect Discovery 1.0). */
export interface Discovered {
  readonly issuer: string;
  readonly authorizationEndpoint: URL;
  readonly tokenEndpoint: URL;
  readonly revocationEndpoint: URL | undefined;
  /** Where devices ask for codes (RFC 8628, section 4), where they may. */
  readonly deviceAuthorizationEndpoint: URL | undefined;
}

const metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  revocation_endpoint: z.url().optional(),
  device_authorization_endpoint: z.url().optional(),
  code_challenge_methods_supported: z.array(z.string()),
  dpop_signing_alg_values_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.literal(true),
});

/**
 * Reads the metadata of the issuer. Throws `server_answer_invalid` for one that says that it is another (section 4.3), whose endpoints
 * are elsewhere, or that lacks what a safe sign-in needs: PKCE (RFC 7636), the issuer in its answers (RFC 9207), DPoP (RFC 9449).
 */
export async function discover(issuer: string): Promise<Discovered> {
  const answer = await send(new URL(`${issuer}/.well-known/openid-configuration`), { method: 'GET' });
  const parsed = metadata.safeParse(jsonObject(answer));
  const unfit = (what: string) =>
    new GatehouseError('server_answer_invalid', { status: 502, message: `${issuer} ${what}.` });
  if (answer.status !== 200 || !parsed.success)
    throw unfit('is no Gatehouse server that commands can sign in to');
  const found = parsed.data;
  if (found.issuer !== issuer) throw unfit('says that it is another server');
  if (!found.code_challenge_methods_supported.includes('S256')) throw unfit('does not know PKCE');
  if (!(found.dpop_signing_alg_values_supported ?? []).includes('ES256'))
    throw unfit('does not know DPoP: it is too old, or its administration is not open to commands elsewhere');
  const endpoint = (address: string) => {
    const url = new URL(address);
    if (url.origin !== new URL(issuer).origin) throw unfit('has endpoints at another server');
    return url;
  };
  const optional = (address: string | undefined) => (address === undefined ? undefined : endpoint(address));
  return {
    issuer,
    authorizationEndpoint: endpoint(found.authorization_endpoint),
    tokenEndpoint: endpoint(found.token_endpoint),
    revocationEndpoint: optional(found.revocation_endpoint),
    deviceAuthorizationEndpoint: optional(found.device_authorization_endpoint),
  };
}
