import { editDistance, wordsOf } from '../kernel/nearest.ts';
import { foreignName } from './foreign-names.ts';
import { allSettings } from './schema.ts';

/**
 * Variables of the environment that were probably meant for us and are not: misspelt settings, and settings of other systems. An
 * environment is full of variables of others, so nothing is said of a name that does not come close.
 */

/** Names what the configuration file is. No setting: it is read before there are any. */
const CONFIG_FILE = 'GATEHOUSE_CONFIG';
/** What `npm start` reads beside the settings. */
const OF_DEVELOPMENT = ['EXAMPLES_PORT'];

const settingNames = allSettings.map(({ setting }) => setting.env);
const ourNames = [...settingNames.flatMap((name) => [name, `${name}_FILE`]), CONFIG_FILE, ...OF_DEVELOPMENT];

/** Short names are near to many innocent ones (`PORT` and `PATH`), so they get no benefit of the doubt. */
const tolerance = (ours: string) => (ours.length < 6 ? 0 : ours.length < 12 ? 1 : 2);

/** Two neighbours swapped in a name that is too short for any other benefit of the doubt. */
const isSwapped = (name: string, ours: string) =>
  tolerance(ours) === 0 &&
  name.length === ours.length &&
  [...name].sort().join('') === [...ours].sort().join('') &&
  editDistance(name, ours) === 1;

function byLetters(name: string): string | undefined {
  const upper = name.toUpperCase();
  const near = ourNames
    .filter((ours) => Math.abs(ours.length - name.length) <= tolerance(ours))
    .map((ours) => ({ ours, distance: editDistance(upper, ours) }))
    .filter(({ ours, distance }) => distance <= tolerance(ours));
  const [nearest] = near.sort((a, b) => a.distance - b.distance);
  return nearest?.ours ?? ourNames.find((ours) => isSwapped(upper, ours));
}

const UNITS = [
  'ms',
  'milliseconds',
  'second',
  'seconds',
  'minute',
  'minutes',
  'hour',
  'hours',
  'day',
  'days',
];

/** The words of a name, its unit being the same as any other: a person who writes seconds means the setting that has minutes. */
const withoutUnits = (name: string) => wordsOf(name).map((word) => (UNITS.includes(word) ? 'unit' : word));

let knownWords: readonly (readonly [name: string, words: readonly string[]])[] | undefined;

/** The words of every setting, taken apart once. */
function settingWords() {
  knownWords ??= settingNames.map((name) => [name, withoutUnits(name)] as const);
  return knownWords;
}

/** Names of three words or more that have most of them in common: `MAX_FAILED_LOGINS`, `SESSION_TIMEOUT_SECONDS`. */
function byWords(name: string): string | undefined {
  const words = withoutUnits(name);
  if (words.length < 3) return undefined;
  const shares = settingWords().map(([ours, theirs]) => {
    const common = words.filter((word) => theirs.includes(word)).length;
    return { ours, share: common / (words.length + theirs.length - common) };
  });
  const [best] = shares.sort((a, b) => b.share - a.share);
  return best !== undefined && best.share >= 0.5 ? best.ours : undefined;
}

/** Settings have no prefix, whatever other products do: `GATEHOUSE_PORT` was meant to be `PORT`. */
const withoutPrefix = (name: string) =>
  /^GATEHOUSE_/i.test(name) ? name.slice('GATEHOUSE_'.length) : undefined;

/** The setting that a variable's name was probably meant to be; undefined where it is one of ours or nothing like one. */
export function intendedName(name: string): string | undefined {
  if (ourNames.includes(name)) return undefined;
  const bare = withoutPrefix(name)?.toUpperCase();
  if (bare !== undefined && ourNames.includes(bare)) return bare;
  return byLetters(name) ?? (bare === undefined ? undefined : byLetters(bare)) ?? byWords(bare ?? name);
}

/** What Kubernetes tells every container of every service beside it, by names that may look like settings. */
const isServiceLink = (name: string, value: string) =>
  /^(?:tcp|udp|sctp):\/\//.test(value) ||
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/.test(name);

/** A line for each variable that was probably meant for us and is no setting. */
export function environmentWarnings(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || ourNames.includes(name) || isServiceLink(name, value)) return [];
    const foreign = foreignName(name);
    if (foreign !== undefined) return [`${name}: is no setting of Gatehouse; ${foreign.instead}`];
    const meant = intendedName(name);
    if (meant !== undefined) return [`${name}: is no setting and was ignored; did you mean ${meant}?`];
    return withoutPrefix(name) === undefined
      ? []
      : [`${name}: is no setting and was ignored; docs/configuration.md lists what there is`];
  });
}
