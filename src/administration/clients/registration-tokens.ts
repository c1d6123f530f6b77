import { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { ClientRegistrationStore, RegistrationToken } from '../../domain/clients/registration-store.ts';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { notFound } from '../../kernel/errors.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';
import { ROWS } from '../about.ts';
import { defineAct, TOLD_ONCE } from '../act.ts';
import { defineList } from '../list.ts';
import { ownerWithin } from './limited.ts';

/** Initial access tokens (RFC 7591, section 3): who may have programs register clients. Of each, only its digest is kept. */

const DAY = 86_400;
const LONGEST = 90 * DAY;

const tokenSchema = z.object({
  id: z.string(),
  /** What it is for, in the words of who issued it. */
  name: z.string(),
  /** The id of the account that answers for what is registered with it. */
  owner: z.string().nullable(),
  /** How many clients may be registered with it, and how many are left. */
  uses: z.int(),
  usesLeft: z.int(),
  createdAt: z.date(),
  expiresAt: z.date(),
});

const told = ({ owner, ...token }: RegistrationToken) => ({ ...token, owner: owner ?? null });

/**
 * Makes an initial access token, which is told this once; with it programs register so many clients, for which its owner answers. A
 * right that is limited to somebody's own clients issues it for them alone. Throws `account_unknown` (404), `not_permitted` (403).
 */
export const issueRegistrationToken = defineAct({
  name: 'clients.issue_registration_token',
  scope: 'clients:write',
  summary: 'Issues a token with which programs register clients.',
  http: { method: 'POST', path: '/registration-tokens' },
  about: ROWS,
  irreversible: false,
  input: z.strictObject({
    name: z
      .string()
      .min(1)
      .max(200)
      .refine((text) => !/\p{C}/u.test(text), 'must be one line without control characters'),
    /** The id of the account that will answer for the clients. */
    owner: z.uuid().optional(),
    uses: z.int().min(1).max(1_000).default(1),
    lastsSeconds: z
      .int()
      .min(60)
      .max(LONGEST)
      .default(7 * DAY),
  }),
  result: tokenSchema.extend({
    /** The token itself. */
    token: z.string().meta(TOLD_ONCE),
  }),
  async run(
    {
      registrations,
      accounts,
      clock,
      random,
    }: {
      readonly registrations: Pick<ClientRegistrationStore, 'add'>;
      readonly accounts: Pick<AccountStore, 'findById'>;
      readonly clock: Clock;
      readonly random: Randomness;
    },
    { tx, input: { name, owner: wanted, uses, lastsSeconds }, limit, record },
  ) {
    const own = ownerWithin(limit);
    const owner = wanted ?? own;
    const account = owner === undefined ? undefined : await accounts.findById(owner);
    if ((own !== undefined && owner !== own) || (owner !== undefined && account === undefined))
      throw notFound('account_unknown', `There is no account "${owner}".`);
    const token = newToken(random);
    const createdAt = clock.now();
    const made = {
      ...{ id: random.uuid(), name, owner, uses, createdAt },
      expiresAt: addSeconds(createdAt, lastsSeconds),
    };
    await registrations.add(tx, made, token);
    await record({
      type: 'client.registration_token_issued',
      ...(owner === undefined ? {} : { account: owner }),
      details: { token: made.id, name, uses, until: made.expiresAt.toISOString() },
    });
    return { ...told({ ...made, usesLeft: uses }), token };
  },
});

/** The initial access tokens by when they were issued, those that are spent or over too. */
export const listRegistrationTokens = defineList({
  name: 'clients.list_registration_tokens',
  scope: 'clients:read',
  summary: 'Lists the tokens with which programs register clients.',
  http: { method: 'GET', path: '/registration-tokens' },
  filters: {},
  sorts: ['created'],
  item: tokenSchema,
  place: z.strictObject({ createdAt: z.string(), id: z.string() }),
  async run(
    { registrations }: { readonly registrations: Pick<ClientRegistrationStore, 'list'> },
    { after, most, descending, limit },
  ) {
    const { tokens, next } = await registrations.list({
      ownedBy: ownerWithin(limit),
      after,
      most,
      descending,
    });
    return { items: tokens.map(told), next };
  },
});

/** Ends an initial access token; what was registered with it stays. Throws `registration_token_unknown` (404). */
export const revokeRegistrationToken = defineAct({
  name: 'clients.revoke_registration_token',
  scope: 'clients:write',
  summary: 'Ends a token with which programs register clients.',
  http: { method: 'DELETE', path: '/registration-tokens/{token}' },
  about: ROWS,
  irreversible: false,
  input: z.strictObject({
    /** Its id. */
    token: z.uuid(),
  }),
  result: z.object({ id: z.string() }),
  async run(
    { registrations }: { readonly registrations: Pick<ClientRegistrationStore, 'revoke'> },
    { tx, input: { token: id }, limit, record },
  ) {
    const revoked = await registrations.revoke(tx, id, ownerWithin(limit));
    if (revoked === undefined)
      throw notFound('registration_token_unknown', `There is no registration token "${id}".`);
    await record({
      type: 'client.registration_token_revoked',
      ...(revoked.owner === undefined ? {} : { account: revoked.owner }),
      details: { token: id },
    });
    return { id };
  },
});
