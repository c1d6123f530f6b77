import type { Resolution } from '../../config/load.ts';
import type { LoadOptions } from '../../config/sources.ts';
import { resolveForCommand } from '../environment.ts';
import { UsageError } from '../usage.ts';
import { issuerOf } from './issuer.ts';
import type { Logins } from './logins.ts';

/** Where a command works: as the operator of the server of this machine, or as a person at a server elsewhere. */
export type Place = { readonly kind: 'here' } | { readonly kind: 'there'; readonly issuer: string };

export interface PlaceOptions {
  /** What `--server` or GATEHOUSE_SERVER says. */
  readonly server: string | undefined;
  readonly logins: Pick<Logins, 'issuers'>;
  readonly options: LoadOptions;
}

/** The word for this machine, where a login would be used otherwise. */
export const HERE = 'here';

/**
 * 1. What `--server` or GATEHOUSE_SERVER says: an issuer, or `here`.
 * 2. Here, where this machine has a database configured, or runs a development server.
 * 3. Where somebody has signed in with `gatehouse login`, if that is one server; of several, one has to be named.
 *
 * So a command on the server's machine never goes elsewhere unless it is told to. Throws `server_ambiguous`, `issuer_invalid`.
 */
export async function placeOf({ server, logins, options }: PlaceOptions): Promise<Place> {
  if (server === HERE) return { kind: 'here' };
  if (server !== undefined) return { kind: 'there', issuer: issuerOf(server) };
  const resolution = await resolveForCommand(options);
  if (hasServer(resolution)) return { kind: 'here' };
  const issuers = await logins.issuers();
  const [only, ...more] = issuers;
  // What is missing here is what an operator is told then.
  if (only === undefined) return { kind: 'here' };
  if (more.length === 0) return { kind: 'there', issuer: only };
  throw new UsageError(
    'server_ambiguous',
    `You are signed in at ${issuers.join(' and at ')}. Say which with --server or GATEHOUSE_SERVER.`,
  );
}

const hasServer = ({ absent }: Resolution): boolean => !absent.has('DATABASE_URL');
