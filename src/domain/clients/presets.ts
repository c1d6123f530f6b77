import { isDeepStrictEqual } from 'node:util';
import { badRequest } from '../../kernel/errors.ts';
import { type ClientKind, DEVICE_GRANT, KINDS } from './kinds.ts';

/**
 * Kinds of clients, each with what is safe for it (RFC 9700, RFC 8252, RFC 8628), so that whoever registers one says only what is
 * particular: its name and addresses. Pure; the result is judged by the same rules as any other metadata.
 */

export const PRESETS = KINDS;
export type PresetName = ClientKind;

interface Preset {
  /** Set, and nothing else is accepted. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** The first is set where nothing is said; another one of these may be said. */
  readonly choices: Readonly<Record<string, readonly unknown[]>>;
}

/** What no preset leaves open: PKCE is required, and nobody gets more than they ask for by name. */
const SAFE = { require_pkce: true, introspect_any_token: false };
const SIGNS_IN = {
  ...SAFE,
  response_types: ['code'],
};
const WITH_REFRESH = [['authorization_code', 'refresh_token'], ['authorization_code']];
const CONFIDENTIAL = ['client_secret_basic', 'private_key_jwt', 'client_secret_post'];

const TABLE: Readonly<Record<PresetName, Preset>> = {
  web: {
    fixed: { ...SIGNS_IN, application_type: 'web' },
    choices: { grant_types: WITH_REFRESH, token_endpoint_auth_method: CONFIDENTIAL },
  },
  'single-page': {
    fixed: {
      ...SIGNS_IN,
      application_type: 'web',
      token_endpoint_auth_method: 'none',
      offline_access: false,
    },
    choices: { grant_types: WITH_REFRESH },
  },
  native: {
    fixed: { ...SIGNS_IN, application_type: 'native', token_endpoint_auth_method: 'none' },
    choices: { grant_types: WITH_REFRESH },
  },
  service: {
    fixed: {
      ...SAFE,
      application_type: 'web',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
    choices: { token_endpoint_auth_method: CONFIDENTIAL },
  },
  device: {
    fixed: {
      ...SAFE,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      response_types: [],
      redirect_uris: [],
    },
    choices: { grant_types: [[DEVICE_GRANT, 'refresh_token'], [DEVICE_GRANT]] },
  },
};

/**
 * The metadata with what the preset sets. Scopes of resources that are not named are not given: `resource_scopes` is empty unless it
 * is said. Throws `client_preset_conflict` (400) with a line for each member that contradicts the preset.
 */
export function withPreset(
  name: PresetName | undefined,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (name === undefined) return { ...given };
  const { fixed, choices } = TABLE[name];
  const allowed = {
    ...Object.fromEntries(Object.entries(fixed).map(([key, value]) => [key, [value]])),
    ...choices,
  };
  const conflicts = Object.entries(allowed).flatMap(([member, values]) =>
    given[member] === undefined || values.some((value) => isSame(value, given[member]))
      ? []
      : [
          `${member}: has to be ${values.map((value) => JSON.stringify(value)).join(' or ')} with the preset ${name}`,
        ],
  );
  if (conflicts.length > 0)
    throw badRequest(
      'client_preset_conflict',
      `${conflicts.join('\n')}\nLeave it out, or register the client without a preset.`,
    );
  const usual = Object.fromEntries(Object.entries(allowed).map(([member, [first]]) => [member, first]));
  return { resource_scopes: [], ...usual, ...given };
}

/** Lists are sets. */
const isSame = (one: unknown, other: unknown): boolean =>
  Array.isArray(one) && Array.isArray(other)
    ? isDeepStrictEqual([...new Set(one)].sort(), [...new Set(other)].sort())
    : isDeepStrictEqual(one, other);
