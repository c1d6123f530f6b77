import { isIP } from 'node:net';
import { z } from 'zod';
import { isAccountId } from '../../domain/accounts/policy.ts';
import { DECIDED_TYPES } from '../../domain/audit/activity.ts';
import { type AuditFilters, isPrefix } from '../../domain/audit/reading/filters.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import { digestName, hmacSha256 } from '../../kernel/crypto.ts';
import { badRequest, isCode } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';
import { accountUnknown, type FindsPeopleWithin, findPerson } from '../people/person.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';

const text = (longest: number) =>
  z.string().min(1).max(longest).refine(isStorable, 'holds what no text may; expected text').optional();

/** The filters of the trail, as people and programs give them. */
export const filterFields = {
  /** Whom it is about: their account's id, which may be gone, their address, user name, or `sub`. */
  person: text(512),
  /** Who acted: a person in the same ways, the id of a client, `command` or `system`. */
  actor: text(512),
  /** A type of event, e.g. `client.created`, or the beginning of several up to a dot, e.g. `client.`. */
  action: text(100),
  client: text(512),
  session: text(128),
  ip: z
    .string()
    .refine((text) => isIP(text) !== 0, 'is no IP address; expected one')
    .optional(),
  outcome: z.enum(['success', 'failure']).optional(),
  /** In our words, e.g. `locked`. */
  reason: text(100),
  from: z.date().optional(),
  to: z.date().optional(),
};

export type GivenFilters = z.output<z.ZodObject<typeof filterFields>>;

export interface ResolvesFilters extends FindsPeopleWithin {
  readonly clients: Pick<ClientStore, 'find'>;
  readonly digestKey: Buffer;
}

export interface ResolvedFilters {
  readonly filters: AuditFilters;
  /** The same as the trail tells what was asked for: addresses and free text as digests. */
  readonly told: Readonly<Record<string, string>>;
}

/**
 * What was asked for, in the ids that the trail has. Throws `account_unknown` (404), `action_unknown` and `times_crossed` (400).
 * Somebody who was deleted is found by their id. Somebody beyond the limit is as unknown as somebody who is not there.
 */
export async function resolveFilters(
  deps: ResolvesFilters,
  given: GivenFilters,
  limit: Limit = EVERYTHING,
): Promise<ResolvedFilters> {
  const { person, actor, action, client, session, ip, outcome, reason, from, to } = given;
  if (action !== undefined && !isAction(action)) throw actionUnknown(action);
  if (from !== undefined && to !== undefined && from >= to)
    throw badRequest('times_crossed', 'There is no time that is from "from" on and before "to".');
  const digest = (text: string) => digestName(hmacSha256(deps.digestKey, `audit filter ${text}`));
  const filters: AuditFilters = {
    person: person === undefined ? undefined : await accountId(deps, person, limit),
    actor: actor === undefined ? undefined : await actorId(deps, actor, limit),
    action,
    client,
    session,
    ip: ip === undefined ? undefined : plainAddress(ip),
    outcome,
    reason,
    from,
    to,
  };
  const isClient = client !== undefined && (await deps.clients.find(client)) !== undefined;
  const said: Record<string, string | undefined> = {
    person: filters.person,
    actor: filters.actor,
    action,
    ...(isClient ? { client } : { clientDigest: client && digest(client) }),
    sessionDigest: session && digest(session),
    ipDigest: filters.ip && digest(filters.ip),
    outcome,
    ...(reason !== undefined && WORD.test(reason) ? { reason } : { reasonDigest: reason && digest(reason) }),
    from: from?.toISOString(),
    to: to?.toISOString(),
  };
  const told = Object.entries(said).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { filters, told: Object.fromEntries(told) };
}

/** How reasons look that are ours. */
const WORD = /^[a-z][a-z0-9_]{0,63}$/;

const isAction = (action: string): boolean =>
  isPrefix(action) ? DECIDED_TYPES.some((type) => type.startsWith(action)) : DECIDED_TYPES.includes(action);

function actionUnknown(action: string) {
  const subjects = [...new Set(DECIDED_TYPES.map((type) => `${type.split('.', 1)[0]}.`))].sort();
  const subject = DECIDED_TYPES.filter((type) => type.startsWith(`${action.split('.', 1)[0]}.`)).sort();
  const expected = subject.length > 0 ? subject : subjects;
  return badRequest(
    'action_unknown',
    `There is no event type ${JSON.stringify(action)}. There are: ${expected.join(', ')}`,
  );
}

/** The account of a person who is named in any way; an id may be of somebody who is gone. */
async function accountId(deps: FindsPeopleWithin, person: string, limit: Limit): Promise<string> {
  try {
    const { id } = await findPerson(deps, { person });
    if (limit !== EVERYTHING && !(await deps.rights.reachesPerson(id, limit))) throw accountUnknown(person);
    return id;
  } catch (error) {
    if (isCode(error, 'account_unknown') && isAccountId(person)) return person.toLowerCase();
    throw error;
  }
}

async function actorId(deps: ResolvesFilters, actor: string, limit: Limit): Promise<string> {
  if (actor === 'command' || actor === 'system') return actor;
  if ((await deps.clients.find(actor)) !== undefined) return actor;
  return accountId(deps, actor, limit);
}

/** An address as it is stored: IPv6 in its short form (RFC 5952), IPv4 in IPv6 as IPv4. */
function plainAddress(ip: string): string {
  if (isIP(ip) === 4) return ip;
  const short = new URL(`http://[${ip.split('%', 1)[0]}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
