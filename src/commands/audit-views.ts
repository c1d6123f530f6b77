import type { ToldEvent } from '../administration/audit/told-event.ts';
import type { Column } from './columns.ts';
import { safeJson, safeText } from './safe-text.ts';

/** How events of the trail look at a terminal. Whatever a stranger may have written leaves here as safe text. */

export const COLUMNS: readonly Column[] = [
  { title: 'TIME' },
  { title: 'EVENT' },
  { title: 'OUTCOME' },
  { title: 'PERSON', least: 12 },
  { title: 'BY', least: 8 },
  { title: 'CLIENT', least: 8 },
  { title: 'ADDRESS', least: 9 },
  { title: 'REASON', least: 8 },
  { title: 'REF' },
];

type Moments = (at: string) => string;

/** The cells of an event, in the order of {@link COLUMNS}. `REF` is what `gatehouse audit show` takes. */
export function cellsOf(event: ToldEvent, moment: Moments): string[] {
  const { proof, details, reason } = event;
  const why = [details.reason, reason].filter((each) => typeof each === 'string');
  return [
    moment(event.at),
    event.type,
    event.outcome,
    personOf(event),
    byOf(event),
    clientOf(event),
    event.ip ?? '-',
    why.join(': ') || '-',
    proof.index === null ? event.id : `#${proof.index}${BROKEN[proof.state] ?? ''}`,
  ].map(safeText);
}

const BROKEN: { readonly [State in ToldEvent['proof']['state']]?: string } = {
  invalid: ' INVALID',
  changed: ' CHANGED',
};

const GONE = 'deleted';

const personOf = ({ account, labels }: ToldEvent): string => {
  if (account === null) return '-';
  return labels.account === undefined
    ? `${account} (${GONE})`
    : `${labels.account.email ?? labels.account.name} (${account})`;
};

const clientOf = ({ client, labels }: ToldEvent): string =>
  client === null ? '-' : labels.client === undefined ? client : `${labels.client.name} (${client})`;

function byOf({ actor, account, labels, command, operator }: ToldEvent): string {
  switch (actor?.kind) {
    case undefined:
      return '-';
    case 'system':
      return 'system';
    case 'command':
      return [command, operator && `by ${operator}`].filter(Boolean).join(' ') || 'command';
    case 'client':
      return labels.actor === undefined ? `client ${actor.id}` : `${labels.actor.name} (${actor.id})`;
    case 'person':
      if (actor.id === account) return 'themselves';
      return labels.actor === undefined
        ? `${actor.id} (${GONE})`
        : `${labels.actor.email ?? labels.actor.name} (${actor.id})`;
  }
}

/** One line of JSON for programs, as the API has it. */
export const ndjsonOf = (event: ToldEvent): string => safeJson(event);

const PROOFS: Readonly<Record<ToldEvent['proof']['state'], string>> = {
  sealed: 'sealed',
  unproven: 'sealed; written before there was proof, so that nothing proves what it was before',
  invalid: 'INVALID: it was not written by Gatehouse, or was changed before it was sealed',
  changed: 'CHANGED: what is in the trail is not what was sealed',
  unsealed: 'not sealed yet',
};

/** Everything of one event, a field a line. */
export function wholeEvent(event: ToldEvent, moment: Moments): string[] {
  const { before, after, ...rest } = resolved(event) as Record<string, unknown>;
  const { proof, version } = event;
  const fields: [string, string | null][] = [
    ['event', version === null ? event.type : `${event.type} (version ${version})`],
    ['id', event.id],
    ['time', `${moment(event.at)} (${event.at})`],
    ['node’s clock', event.toldAt === null ? null : `${moment(event.toldAt)}, which was wrong`],
    ['outcome', event.outcome],
    [
      'person',
      event.account === null
        ? null
        : [personOf(event), event.labels.account?.name].filter(Boolean).join(', '),
    ],
    ['by', byOf(event)],
    ['why', event.reason],
    ['client', event.client === null ? null : clientOf(event)],
    ['session', event.session],
    ['factor', event.factor],
    ['address', event.ip],
    ['browser', event.userAgent],
    ['request', event.requestId],
    [
      'proof',
      [PROOFS[proof.state], proof.index === null ? '' : `leaf ${proof.index}`].filter(Boolean).join('; '),
    ],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === null ? [] : [`${`${name}:`.padEnd(14)}${safeText(value)}`],
  );
  const details = Object.entries(rest).map(([name, value]) => `  ${safeText(name)}: ${shown(value)}`);
  return [...lines, ...(details.length === 0 ? [] : ['details:', ...details]), ...changes(before, after)];
}

/** What was changed, before and after. */
function changes(before: unknown, after: unknown): string[] {
  const was = objectOf(before);
  const is = objectOf(after);
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  if (names.length === 0) return [];
  return [
    'changes:',
    ...names.flatMap((name) => [
      `  ${safeText(name)}`,
      `    before: ${shown(was[name])}`,
      `    after:  ${shown(is[name])}`,
    ]),
  ];
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** What stands in the place of a personal value that there is no more. */
class Note {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const shown = (value: unknown): string => {
  if (value === undefined || value === null) return '-';
  if (value instanceof Note) return value.text;
  if (typeof value === 'string') return safeText(value);
  return safeJson(withNotesAsText(value));
};

const withNotesAsText = (value: unknown): unknown => {
  if (value instanceof Note) return value.text;
  if (Array.isArray(value)) return value.map(withNotesAsText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withNotesAsText(inner)]));
};

/** The details with personal values in the place of their digests. */
function resolved({ details, personal }: ToldEvent): unknown {
  const noted = (path: string): unknown => {
    const found = Object.hasOwn(personal, path) ? personal[path] : undefined;
    if (found === undefined) return undefined;
    if (found.state === 'known') return found.value ?? '';
    return found.state === 'erased'
      ? new Note('(erased)')
      : new Note(`(does not match what was sealed: ${safeText(found.value ?? '')})`);
  };
  const walk = (value: unknown, path: string): unknown => {
    const known = noted(path);
    if (known !== undefined) return known;
    if (Array.isArray(value)) return value.map((each, index) => walk(each, `${path}/${index}`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        walk(inner, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
      ]),
    );
  };
  return walk(details, '');
}
