/**
 * What of an address may be told in a log, and which registered address somebody probably meant. Pure; for messages only: nothing
 * is ever accepted for what it resembles.
 */

/** Longest text that is told of a value. */
const MOST = 200;

/** Origin and path of an address; undefined where it is none. Without credentials, query and fragment, which may hold secrets. */
export function originAndPath(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  return `${url.protocol}${url.host === '' ? '' : `//${url.host}`}${url.pathname}`.slice(0, MOST);
}

const withoutSlash = (path: string) => path.replace(/\/$/u, '');

interface Difference {
  readonly words: string;
  /** The higher, the less the two addresses resemble each other. */
  readonly weight: number;
}

/** What tells two addresses apart, in words that follow "differs in". */
function differencesOf(asked: URL, registered: URL): Difference[] {
  const found: Difference[] = [];
  const differs = (yes: boolean, weight: number, words: string) => {
    if (yes) found.push({ weight, words });
  };
  const [path, theirs] = [asked.pathname, registered.pathname];
  const samePath = withoutSlash(path) === withoutSlash(theirs);
  const sameLetters = withoutSlash(path).toLowerCase() === withoutSlash(theirs).toLowerCase();
  differs(
    asked.protocol !== registered.protocol,
    2,
    `its scheme (${registered.protocol.slice(0, -1)}, not ${asked.protocol.slice(0, -1)})`,
  );
  differs(asked.hostname !== registered.hostname, 8, 'its host');
  differs(asked.port !== registered.port && asked.protocol === registered.protocol, 2, 'its port');
  differs(
    asked.port !== registered.port &&
      asked.protocol !== registered.protocol &&
      (asked.port || registered.port) !== '',
    1,
    'its port',
  );
  differs(samePath && path !== theirs, 1, 'the slash at the end of its path');
  differs(!samePath && sameLetters, 2, 'upper and lower case of its path');
  differs(!sameLetters, 4, 'its path');
  differs(asked.search !== registered.search, 1, 'its query');
  differs(asked.hash !== registered.hash, 1, 'its fragment');
  differs(
    asked.username !== registered.username || asked.password !== registered.password,
    1,
    'credentials in it',
  );
  return found;
}

export interface NearestAddress {
  /** Origin and path of the registered address. */
  readonly address: string;
  /** In what the other one differs, to follow "differs in". */
  readonly differs: string;
}

/**
 * The registered address that resembles `asked` most, and in what they differ: scheme, host, port, path, a slash at its end, query.
 * Undefined where `asked` is no address or none is registered.
 */
export function nearestAddress(asked: string, registered: readonly string[]): NearestAddress | undefined {
  const url = URL.parse(asked);
  if (url === null) return undefined;
  let best: { address: string; differences: Difference[]; weight: number } | undefined;
  for (const candidate of registered) {
    const theirs = URL.parse(candidate);
    const address = originAndPath(candidate);
    if (theirs === null || address === undefined) continue;
    const differences = differencesOf(url, theirs);
    const weight = differences.reduce((sum, difference) => sum + difference.weight, 0);
    if (best === undefined || weight < best.weight) best = { address, differences, weight };
  }
  if (best === undefined) return undefined;
  const words = best.differences.map(({ words }) => words);
  return {
    address: best.address,
    // The library compares the text: what a URL parser makes equal may still be written differently.
    differs:
      words.length === 0 ? 'how it is written (it is compared character by character)' : words.join(' and '),
  };
}
