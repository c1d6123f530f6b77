import { z } from 'zod';
import { drillDue, stateOf } from '../domain/break-glass/policy.ts';
import type { BreakGlassAccount, BreakGlassStore } from '../domain/break-glass/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { GatehouseError, notFound } from '../kernel/errors.ts';
import type { BreakGlass, SealedAccount } from '../lifecycle/break-glass.ts';
import type { Database } from '../storage/database.ts';
import { defineAct, defineRead } from './act.ts';

interface Keeps {
  readonly breakGlass: BreakGlass;
  readonly clock: Pick<Clock, 'now'>;
  /** After how many days without a drill an alarm reminds of it. */
  readonly drillDays: number;
}

interface Reads extends Omit<Keeps, 'breakGlass'> {
  readonly database: Database;
  readonly breakGlassStore: Pick<BreakGlassStore, 'list' | 'find'>;
}

/** Never a secret: those are told once, when the account is made. */
const shown = z.object({
  account: z.string(),
  username: z.string(),
  state: z.enum(['sealed', 'used', 'ended', 'reviewed', 'revoked']),
  createdAt: z.date(),
  /** The operating-system user who made it. */
  createdBy: z.string(),
  usedAt: z.date().nullable(),
  /** When its use is over. */
  endsAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  reviewedAt: z.date().nullable(),
  /** Id of the account of whoever has reviewed its use. */
  reviewedBy: z.string().nullable(),
  drilledAt: z.date().nullable(),
  /** When it is to be drilled next; null where it is sealed no more. */
  drillDueAt: z.date().nullable(),
});

function told(one: BreakGlassAccount, { clock, drillDays }: Pick<Keeps, 'clock' | 'drillDays'>) {
  const state = stateOf(one, clock.now());
  return {
    account: one.account,
    username: one.username,
    state,
    createdAt: one.createdAt,
    createdBy: one.createdBy,
    usedAt: one.usedAt ?? null,
    endsAt: one.endsAt ?? null,
    endedAt: one.endedAt ?? null,
    reviewedAt: one.reviewedAt ?? null,
    reviewedBy: one.reviewedBy ?? null,
    drilledAt: one.drilledAt ?? null,
    drillDueAt: state === 'sealed' ? drillDue(one, drillDays) : null,
  };
}

const onAccount = z.strictObject({
  /** Id of its account. */
  account: z.uuid(),
});

/**
 * Makes a break-glass account: an administrator for emergencies, whose secrets are told this once and are to be sealed on paper. It is
 * used once, and ends by itself.
 */
const create = defineAct({
  name: 'break_glass.create',
  summary: 'Makes a break-glass account, and tells its secrets this once.',
  scope: 'system:write',
  operatorOnly: true,
  irreversible: false,
  input: z.strictObject({}),
  result: z.object({
    account: z.string(),
    username: z.string(),
    password: z.string(),
    /** Stands in for the second factor, once. */
    code: z.string(),
    /** For an authenticator app, base32. */
    totpSecret: z.string(),
  }),
  prepare: ({ breakGlass }: Pick<Keeps, 'breakGlass'>): Promise<SealedAccount> => breakGlass.prepare(),
  async run({ breakGlass }: Pick<Keeps, 'breakGlass'>, { tx, by, prepared }) {
    const { account, code } = await breakGlass.create(tx, prepared, by);
    const { username, password, totpSecret } = prepared;
    return { account, username, password, code, totpSecret };
  },
});

/** Every break-glass account, the newest first. */
const list = defineRead({
  name: 'break_glass.list',
  summary: 'Every break-glass account, and how each stands.',
  scope: 'system:read',
  http: { method: 'GET', path: '/break-glass' },
  input: z.strictObject({}),
  result: z.object({ accounts: z.array(shown) }),
  async run({ database, breakGlassStore, ...deps }: Reads) {
    const found = await breakGlassStore.list(database);
    return { accounts: found.map((one) => told(one, deps)) };
  },
});

/** One of them. Throws `account_unknown` (404). */
const show = defineRead({
  name: 'break_glass.show',
  summary: 'How a break-glass account stands.',
  scope: 'system:read',
  http: { method: 'GET', path: '/break-glass/{account}' },
  input: onAccount,
  result: shown,
  async run({ database, breakGlassStore, ...deps }: Reads, { account }) {
    const found = await breakGlassStore.find(database, account);
    if (found === undefined)
      throw notFound('account_unknown', `There is no break-glass account "${account}".`);
    return told(found, deps);
  },
});

/** Disables one for good, with everything that it has: because its envelope was opened or lost, or another one takes its place. */
const revoke = defineAct({
  name: 'break_glass.revoke',
  summary: 'Disables a break-glass account for good.',
  scope: 'system:write',
  http: { method: 'POST', path: '/break-glass/{account}/revoke' },
  irreversible: true,
  input: onAccount,
  result: shown,
  run: async ({ breakGlass, ...deps }: Keeps, { tx, by, input }) =>
    told(await breakGlass.revoke(tx, input.account, by), deps),
});

/** Shorter than this, it says nothing of what was found. */
const SHORTEST_REVIEW = 20;
const LONGEST_REVIEW = 2_000;

/** A person signs for what somebody else has done with it. Throws `person_required` and `own_review` (403). */
const review = defineAct({
  name: 'break_glass.review',
  summary: 'Signs for what somebody else has done with a break-glass account.',
  scope: 'system:write',
  http: { method: 'POST', path: '/break-glass/{account}/review' },
  irreversible: false,
  input: onAccount.extend({
    /** What was done with it, and whether that was right. */
    text: z.string().trim().min(SHORTEST_REVIEW).max(LONGEST_REVIEW),
  }),
  result: shown,
  async run({ breakGlass, ...deps }: Keeps, { tx, by, actor, input: { account, text } }) {
    if (actor.kind !== 'person')
      throw new GatehouseError('person_required', {
        status: 403,
        message: 'A person has to sign for this, with an account of their own.',
      });
    return told(await breakGlass.review(tx, account, { reviewer: actor.accountId, text }, by), deps);
  },
});

/** The envelope was found whole, where it should be. */
const drill = defineAct({
  name: 'break_glass.drill',
  summary: 'Records that the envelope of a break-glass account was found whole.',
  scope: 'system:write',
  http: { method: 'POST', path: '/break-glass/{account}/drill' },
  irreversible: false,
  input: onAccount,
  result: shown,
  run: async ({ breakGlass, ...deps }: Keeps, { tx, by, input }) =>
    told(await breakGlass.drilled(tx, input.account, by), deps),
});

/** Sealed sign-ins of administration, for the day on which nobody else can sign in. */
export const breakGlass = { create, list, show, revoke, review, drill };
