import { isIP } from 'node:net';
import { nearestName } from './nearest.ts';

/**
 * URLs by which programs name a server, its user and what is to be said to it: `scheme://user:password@host:port/path?a=b`
 * (RFC 3986). Read by hand because WHATWG's parser refuses two forms that the clients of PostgreSQL and Redis document: a
 * user without a host (a Unix socket), and several hosts.
 *
 * Problems name parameters and never quote a value, nor a name that does not look like one: a password that was not
 * percent-encoded may have ended up anywhere.
 */
export interface UrlParts {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly hosts: readonly HostAndPort[];
  /** Without its first slash, decoded. */
  readonly path: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export interface HostAndPort {
  /** Without the brackets of an IPv6 address; empty where none is given. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Everything that is wrong with a URL, in words without a value in them. */
export class UrlProblems extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(', '));
    this.problems = problems;
  }
}

const SHAPE =
  /^(?<scheme>[a-z][a-z-]*):\/\/(?:(?<login>[^/?#]*)@)?(?<hosts>[^/?#]*)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/i;
const HOST = /^(?<host>\[[0-9a-f:.]+\]|[^\s:[\]]*)(?::(?<port>\d{1,5}))?$/i;

/** Takes a URL apart. Throws {@link UrlProblems}. */
export function splitUrl(url: string): UrlParts {
  const found = SHAPE.exec(url)?.groups;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (found === undefined || /[\u0000-\u0020\u007f]/.test(url)) {
    throw new UrlProblems(['is no such URL (special characters in it are percent-encoded: # is %23)']);
  }
  const login = found.login ?? '';
  const colon = login.indexOf(':');
  return {
    scheme: (found.scheme ?? '').toLowerCase(),
    user: decoded('user', colon < 0 ? login : login.slice(0, colon)),
    password: decoded('password', colon < 0 ? '' : login.slice(colon + 1)),
    hosts: (found.hosts ?? '').split(',').map(hostAndPort),
    path: decoded('path', found.path ?? '') ?? '',
    parameters: [...new URLSearchParams(found.query)],
  };
}

function decoded(what: string, text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UrlProblems([`has a ${what} that is not percent-encoded (% is %25)`]);
  }
}

/** Throws {@link UrlProblems}. */
export function hostAndPort(text: string): HostAndPort {
  const found = HOST.exec(text)?.groups;
  const port = found?.port === undefined ? undefined : Number(found.port);
  if (found === undefined || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new UrlProblems(['has a host and port that are none']);
  }
  const host = decoded('host', found.host ?? '') ?? '';
  if (!host.startsWith('[')) return { host, port };
  const address = host.slice(1, -1);
  if (isIP(address) !== 6) throw new UrlProblems(['has an address in brackets that is not IPv6']);
  return { host: address, port };
}

/** What is done with one parameter. */
export interface Parameter<Draft> {
  /** Completes "expected …"; also for the documentation. */
  readonly expected: string;
  /** Takes the value; false where it is not what was expected, a text where something else is wrong with it. */
  take(draft: Draft, value: string): boolean | string;
}

/** A number within bounds, both included. */
export const numeric = <Draft>(
  [min, max]: readonly [number, number],
  unit: string,
  take: (draft: Draft, value: number) => unknown,
): Parameter<Draft> => ({
  expected: `${unit} from ${min} to ${max}`,
  take: (draft, value) => {
    if (!/^\d{1,10}$/.test(value) || Number(value) < min || Number(value) > max) return false;
    const said = take(draft, Number(value));
    return typeof said === 'string' ? said : true;
  },
});

/** One of some words. */
export const word = <Draft, const Word extends string>(
  words: readonly Word[],
  take: (draft: Draft, value: Word) => unknown,
): Parameter<Draft> => ({
  expected: words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`,
  take: (draft, value) => {
    if (!words.includes(value as Word)) return false;
    const said = take(draft, value as Word);
    return typeof said === 'string' ? said : true;
  },
});

/** Any text, on one line. */
export const words = <Draft>(
  expected: string,
  take: (draft: Draft, value: string) => unknown,
): Parameter<Draft> => ({
  expected,
  take: (draft, value) => {
    if (!/^[^\p{Cc}]{1,1024}$/u.test(value)) return false;
    const said = take(draft, value);
    return typeof said === 'string' ? said : true;
  },
});

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,40}$/;

/**
 * Hands every parameter to what takes it and returns what is wrong: an unknown one with the nearest that is known, one that
 * is refused with the reason, one that is given twice, one whose value is not as expected.
 */
export function takeParameters<Draft>(
  parameters: UrlParts['parameters'],
  draft: Draft,
  known: Readonly<Record<string, Parameter<Draft>>>,
  refused: Readonly<Record<string, string>>,
): string[] {
  const seen = new Set<string>();
  return parameters.flatMap(([name, value]) => {
    if (!NAME.test(name)) return ['has a parameter without a proper name'];
    if (seen.has(name)) return [`has the parameter ${name} twice`];
    seen.add(name);
    if (Object.hasOwn(refused, name)) return [`the parameter ${name} cannot be honoured: ${refused[name]}`];
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (parameter === undefined) {
      const meant = nearestName(name, Object.keys(known));
      return [`the parameter ${name} is unknown${meant === undefined ? '' : `; did you mean ${meant}?`}`];
    }
    const taken = parameter.take(draft, value);
    if (typeof taken === 'string') return [`the parameter ${name} ${taken}`];
    return taken ? [] : [`the parameter ${name} is not ${parameter.expected}`];
  });
}
