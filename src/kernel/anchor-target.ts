import { isAbsolute } from 'node:path';
import { isThisMachine } from './this-machine.ts';

/** Where checkpoints of the audit trail are anchored, as `AUDIT_ANCHORS` names it. */
export type AnchorTarget = FileTarget | HttpsTarget | S3Target;

interface Target {
  /** The target without anything that only says how: what logs, tables and messages name. */
  readonly name: string;
  /** Whether it is on this machine, by the host that its URL names. */
  readonly isHere: boolean;
}

/** A file to which checkpoints are appended. */
export interface FileTarget extends Target {
  readonly kind: 'file';
  readonly path: string;
}

/** An address that takes a checkpoint by POST and answers the newest one to GET. */
export interface HttpsTarget extends Target {
  readonly kind: 'https';
  readonly url: string;
}

/** A bucket whose objects are locked for some years. */
export interface S3Target extends Target {
  readonly kind: 's3';
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly mode: 'COMPLIANCE' | 'GOVERNANCE';
  readonly years: number;
}

const DEFAULT_YEARS = 7;
const MOST_YEARS = 100;
const S3_PARAMETERS: ReadonlySet<string> = new Set(['region', 'endpoint', 'mode', 'years']);

/** Reads one entry of `AUDIT_ANCHORS`; `problem` is told everything that is wrong, in words without credentials. */
export function readAnchorTarget(text: string, problem: (message: string) => void): AnchorTarget | undefined {
  if (text.startsWith('file:')) return readFile(text, problem);
  const url = URL.parse(text);
  if (url === null) return tell(problem, `${shown(text)} is no URL`);
  if (url.username !== '' || url.password !== '')
    return tell(problem, `${shown(text)} holds credentials; put a bearer token into AUDIT_ANCHOR_TOKEN`);
  switch (url.protocol) {
    case 'https:':
    case 'http:':
      return readHttps(url, problem);
    case 's3:':
      return readS3(url, problem);
    default:
      return tell(problem, `${shown(text)} begins with none of file:, https:, s3:`);
  }
}

/** How a target is quoted: never what may be a password. */
const shown = (text: string) =>
  JSON.stringify(
    text
      .replace(/\/\/[^/@]*@/, '//…@')
      .replace(/\?.*$/s, '')
      .slice(0, 120),
  );

function tell(problem: (message: string) => void, message: string): undefined {
  problem(message);
  return undefined;
}

function readFile(text: string, problem: (message: string) => void): FileTarget | undefined {
  const path = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
  if (!isAbsolute(path) || path.startsWith('//') || path.endsWith('/'))
    return tell(
      problem,
      `${shown(text)} is not the absolute path of a file, as in file:/var/lib/anchors.txt`,
    );
  return { kind: 'file', name: `file:${path}`, isHere: false, path };
}

function readHttps(url: URL, problem: (message: string) => void): HttpsTarget | undefined {
  const isHere = isThisMachine(url.hostname);
  if (url.protocol === 'http:' && !isHere)
    return tell(problem, `${shown(url.href)} is not https; expected https for everything but this machine`);
  if (url.search !== '' || url.hash !== '')
    return tell(problem, `${shown(url.href)} has a query or a fragment; expected none`);
  return { kind: 'https', name: url.href, isHere, url: url.href };
}

function readS3(url: URL, problem: (message: string) => void): S3Target | undefined {
  const { hostname: bucket, searchParams: given } = url;
  const problems: string[] = [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || url.port !== '') problems.push('names no bucket');
  for (const name of new Set(given.keys())) {
    if (!S3_PARAMETERS.has(name)) problems.push(`has the parameter ${JSON.stringify(name.slice(0, 40))}`);
    else if (given.getAll(name).length > 1) problems.push(`has ${name} more than once`);
  }
  const mode = given.get('mode') ?? 'COMPLIANCE';
  if (mode !== 'COMPLIANCE' && mode !== 'GOVERNANCE')
    problems.push('has a mode other than COMPLIANCE and GOVERNANCE');
  const years = Number(given.get('years') ?? DEFAULT_YEARS);
  if (!/^\d{1,3}$/.test(given.get('years') ?? '7') || years < 1 || years > MOST_YEARS)
    problems.push(`has years other than 1 to ${MOST_YEARS}`);
  const region = given.get('region') ?? undefined;
  if (region !== undefined && !/^[a-z0-9-]{1,40}$/.test(region)) problems.push('has a region that is none');
  const endpoint = given.get('endpoint') ?? undefined;
  const endpointUrl = endpoint === undefined ? undefined : URL.parse(endpoint);
  if (endpointUrl !== undefined) problems.push(...endpointProblems(endpointUrl));
  let prefix = url.pathname.slice(1);
  try {
    prefix = decodeURIComponent(prefix);
  } catch {
    problems.push('has a prefix that is not percent-encoded UTF-8');
  }
  if (problems.length > 0) return tell(problem, `${shown(url.href)} ${problems.join(', ')}`);
  return {
    kind: 's3',
    name: `s3://${bucket}/${prefix}`,
    isHere: endpointUrl != null && isThisMachine(endpointUrl.hostname),
    bucket,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    region,
    endpoint,
    mode: mode as S3Target['mode'],
    years,
  };
}

function endpointProblems(url: URL | null): string[] {
  if (url === null || !/^https?:$/.test(url.protocol)) return ['has an endpoint that is no https URL'];
  if (url.username !== '' || url.password !== '') return ['has an endpoint with credentials'];
  if (url.protocol === 'http:' && !isThisMachine(url.hostname))
    return ['has an endpoint that is not https; expected https for everything but this machine'];
  return [];
}
