import { isAbsolute, normalize } from 'node:path';
import { splitUrl, UrlProblems } from './connection-url.ts';

/** A place outside that is given every event of the audit trail. `name` is what the stored cursor of it is called. */
export type AuditSinkTarget =
  | { readonly kind: 'stdout'; readonly name: 'stdout' }
  | { readonly kind: 'file'; readonly name: string; readonly path: string }
  | SyslogTarget;

export interface SyslogTarget {
  readonly kind: 'syslog';
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: TCP alone. */
  readonly tls: SyslogTls | undefined;
}

/** PEM files. They are read for each connection, so that renewed ones need no restart. */
export interface SyslogTls {
  /** Whom the certificate of the receiver has to come from; without it, whom this machine trusts. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** RFC 6587 has no port of its own for TCP, and its receivers listen on that of UDP; RFC 5425, section 4.1. */
const PORTS = { syslog: 514, 'syslog+tls': 6514 } as const;

/** Reads an entry of `AUDIT_SINKS`. Throws {@link UrlProblems}. */
export function readAuditSink(text: string): AuditSinkTarget {
  if (text === 'stdout') return { kind: 'stdout', name: 'stdout' };
  if (text.startsWith('file:')) return fileSink(text.slice('file:'.length));
  const scheme = /^(syslog|syslog\+tls):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'syslog' || scheme === 'syslog+tls') return syslogSink(scheme, text);
  throw new UrlProblems(['is none']);
}

function fileSink(path: string): AuditSinkTarget {
  if (!isAbsolute(path) || path.endsWith('/')) throw new UrlProblems(['has no absolute path of a file']);
  return { kind: 'file', name: `file:${normalize(path)}`, path: normalize(path) };
}

const FILES = ['ca', 'cert', 'key'] as const;

function syslogSink(scheme: keyof typeof PORTS, text: string): SyslogTarget {
  // The parser of URLs knows no plus sign in a scheme.
  const { user, password, hosts, path, parameters } = splitUrl(`syslog${text.slice(scheme.length)}`);
  const problems: string[] = [];
  const [{ host, port } = { host: '', port: undefined }] = hosts;
  if (hosts.length !== 1 || host === '') problems.push('has to name one host');
  if (user !== undefined || password !== undefined)
    problems.push('holds credentials, which syslog has none of');
  if (path !== '') problems.push('has a path');
  const files: Partial<Record<(typeof FILES)[number], string>> = {};
  for (const [name, value] of parameters) {
    const file = FILES.find((each) => each === name);
    if (file === undefined || scheme === 'syslog') problems.push('has a parameter that there is not');
    else if (file in files) problems.push(`has ${file} twice`);
    else if (!isAbsolute(value)) problems.push(`has a ${file} that is no absolute path`);
    else files[file] = value;
  }
  if ((files.cert === undefined) !== (files.key === undefined))
    problems.push('has one of cert and key without the other');
  if (problems.length > 0) throw new UrlProblems(problems);
  const at = port ?? PORTS[scheme];
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    kind: 'syslog',
    name: `${scheme}://${shown.toLowerCase()}:${at}`,
    host,
    port: at,
    tls: scheme === 'syslog' ? undefined : { caFile: files.ca, certFile: files.cert, keyFile: files.key },
  };
}
