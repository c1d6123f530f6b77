import { splitUrl, takeParameters, type UrlParts, UrlProblems } from './connection-url.ts';
import { type Draft, HONOURED, REFUSED, SEVERAL_HOSTS, type TlsWords } from './database-parameters.ts';
import { isThisMachine } from './this-machine.ts';

/**
 * What a PostgreSQL URL says, whole: every parameter is either honoured or refused by name. The words are those of
 * pg-connection-string and of libpq (PostgreSQL's manual, 34.1.2); where the two differ, `docs/configuration.md` says whose
 * meaning holds.
 */
export interface DatabaseTarget {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: TlsWords;
  /** For the driver's client and pool, by their names of options. */
  readonly client: Readonly<Record<string, string | number | boolean>>;
  /** Settings of the session, by PostgreSQL's names. */
  readonly session: ReadonlyMap<string, string>;
}

/** Reads a URL of PostgreSQL. Throws {@link UrlProblems} with everything that is wrong. */
export function readDatabaseUrl(url: string): DatabaseTarget {
  const parts = splitUrl(url);
  if (!/^postgres(ql)?$/.test(parts.scheme)) throw new UrlProblems(['does not begin with postgres://']);
  const draft: Draft = { ...placeOf(parts), tls: {}, client: {}, session: new Map() };
  const problems = takeParameters(parts.parameters, draft, HONOURED, REFUSED);
  if (parts.hosts.length > 1) problems.push(SEVERAL_HOSTS);
  if (draft.database === undefined) problems.push('names no database');
  problems.push(...contradictions(draft));
  if (problems.length > 0) throw new UrlProblems(problems);
  const { asLibpq = false, direct = false, mode } = draft.tls;
  return {
    host: draft.host ?? 'localhost',
    port: draft.port ?? 5432,
    user: draft.user,
    password: draft.password,
    database: draft.database as string,
    tls: {
      rootFile: undefined,
      certFile: undefined,
      keyFile: undefined,
      crlFile: undefined,
      keyPassword: undefined,
      minVersion: undefined,
      maxVersion: undefined,
      ...draft.tls,
      asLibpq,
      direct,
      mode: mode ?? impliedMode(draft),
    },
    client: draft.client,
    session: draft.session,
  };
}

const placeOf = ({ user, password, hosts: [first], path }: UrlParts): Partial<Draft> => ({
  ...(first === undefined || first.host === '' ? {} : { host: first.host }),
  ...(first?.port === undefined ? {} : { port: first.port }),
  ...(user === undefined ? {} : { user }),
  ...(password === undefined ? {} : { password }),
  ...(path === '' ? {} : { database: path }),
});

/** What `ssl`, or a file of a certificate without a mode, means to the driver: TLS, verified. */
function impliedMode({ ssl, tls }: Draft): TlsWords['mode'] {
  if (ssl === 'off') return 'disable';
  if (ssl === 'no-verify') return 'no-verify';
  return ssl === 'on' || tls.direct || tls.rootFile || tls.certFile || tls.keyFile
    ? 'verify-full'
    : undefined;
}

function contradictions(draft: Draft): string[] {
  const { tls, ssl } = draft;
  const mode = tls.mode ?? impliedMode(draft);
  const off = mode === 'disable';
  const problems: string[] = [];
  if (ssl !== undefined && tls.mode !== undefined && (ssl === 'off') !== off)
    problems.push('ssl and sslmode contradict each other');
  if (tls.asLibpq && mode === 'verify-ca' && tls.rootFile === undefined)
    problems.push('sslmode=verify-ca needs a certificate of the authority in sslrootcert');
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined))
    problems.push('sslcert and sslkey belong together');
  if (tls.direct && off) problems.push('sslnegotiation=direct needs TLS');
  if (draft.host?.startsWith('/') && mode !== undefined && !off)
    problems.push('asks for TLS on a Unix socket, which has none');
  return problems;
}

/** `as-url`: no more than the URL asks for. */
export type TlsPolicy = 'verified' | 'unverified' | 'as-url';

/** How far a connection is protected; each more than the one before. */
export type TlsLevel = 'none' | 'unverified' | 'authority' | 'full';

/**
 * What a connection to this server gets. `full`: certificate and name are verified; `authority`: the certificate, not whose it
 * is; `unverified`: it is encrypted, for whoever answers.
 *
 * `prefer`, `require` and `verify-ca` are verified in full, as the driver documents it, unless the URL asks for libpq's meaning
 * or `policy` allows less. Nothing said: to this machine no TLS; to others what `policy` asks for.
 */
export function tlsLevel({ host, tls }: Pick<DatabaseTarget, 'host' | 'tls'>, policy: TlsPolicy): TlsLevel {
  const asLibpq = tls.asLibpq || policy === 'unverified';
  switch (tls.mode) {
    case undefined:
      if (isThisMachine(host) || policy === 'as-url') return 'none';
      return policy === 'verified' ? 'full' : 'unverified';
    case 'disable':
      return 'none';
    case 'no-verify':
      return 'unverified';
    case 'prefer':
      return asLibpq ? 'unverified' : 'full';
    case 'require':
      if (!asLibpq) return 'full';
      return tls.rootFile === undefined ? 'unverified' : 'authority';
    case 'verify-ca':
      return asLibpq ? 'authority' : 'full';
    case 'verify-full':
      return 'full';
  }
}
