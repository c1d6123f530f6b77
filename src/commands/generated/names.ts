/** What a command that is made from an act is called. */

/**
 * Subjects whose commands have had another name from the beginning. Commands that are made from acts stand beside those that are
 * written by hand, so that there is one place to look for what can be done about somebody: `gatehouse users`, not `people` as well.
 */
const GROUPS: Readonly<Record<string, string>> = { people: 'users', notices: 'logouts' };

/** What stands beside a group in the help, for those that no command by hand has opened. */
const GROUP_WORDS: Readonly<Record<string, string>> = {
  approvals: 'dangerous acts that wait for a second person',
  attributes: 'what the organisation keeps about people',
  factors: 'second factors of people, and temporary access codes',
  groups: 'groups of people, and the roles that they give',
  invitations: 'people who were invited',
  jobs: 'what works in the background',
  settings: 'the settings that hold',
  status: 'how the installation is',
  units: 'the units of the organisation: sites, departments, wards',
};

export interface CommandWords {
  readonly group: string;
  readonly verb: string;
}

/** What another command's name was taken for before: `users list` prints every account, and looks for nothing else. */
const RENAMED: Readonly<Record<string, CommandWords>> = { 'people.list': { group: 'users', verb: 'find' } };

/** `people.set_unit` is `users set-unit`. */
export function commandWords(act: string): CommandWords {
  const renamed = Object.hasOwn(RENAMED, act) ? RENAMED[act] : undefined;
  if (renamed !== undefined) return renamed;
  const [subject = '', ...verb] = act.split('.');
  return { group: GROUPS[subject] ?? kebab(subject), verb: kebab(verb.join('-')) };
}

export const groupWords = (group: string): string =>
  GROUP_WORDS[group] ?? `what can be done about ${group.replaceAll('-', ' ')}`;

/** `lastSignInBefore` and `last_sign_in_before` are `last-sign-in-before`. */
export const kebab = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();

/** `lastSignInBefore` as people read it. */
export const inWords = (name: string): string => kebab(name).replaceAll('-', ' ');

/** The members of the input that stand in the path `/people/{person}/sessions/{session}`, in their order. */
export const pathMembers = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
