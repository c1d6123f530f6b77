import { z } from 'zod';
import type { FactorRemoving } from '../lifecycle/factor-removing.ts';
import type { FactorReset } from '../lifecycle/factor-reset.ts';
import type { OwnFactors } from '../lifecycle/own-factors.ts';
import type { TemporaryCodeIssuing } from '../lifecycle/temporary-codes.ts';
import { OWN_KINDS } from '../sign-in/factors/kinds.ts';
import { defineAct, defineRead, TOLD_ONCE } from './act.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './people/person.ts';

/** A temporary access code, which is told this once. */
const issuedCode = z.object({ code: z.string().meta(TOLD_ONCE), expiresAt: z.date() });

/**
 * Removes every second factor of a person who has lost them, ends their sessions, and makes the code with which they set up a
 * new one at the next sign-in.
 */
const reset = defineAct({
  name: 'factors.reset',
  summary: 'Removes every second factor of a person, and issues a temporary access code.',
  http: { method: 'POST', path: '/people/{person}/reset-factors' },
  scope: 'people:assist',
  irreversible: 'asks',
  leadsIn: true,
  dangerous: true,
  input: onPerson,
  result: z.object({
    person: namedPerson,
    /** How many of each there were. */
    removed: z.object({
      totp: z.int(),
      passkeys: z.int(),
      recoveryCodes: z.int(),
      trustedDevices: z.int(),
    }),
    /** None for an account that is disabled. */
    issued: issuedCode.optional(),
  }),
  about: onePerson,
  async run({ factorReset }: { readonly factorReset: FactorReset }, { tx, by, input, target: person }) {
    const done = await factorReset.reset(tx, person.id, by);
    if (done === undefined) throw accountUnknown(input.person);
    return { person, removed: done.lost, issued: done.code };
  },
});

/**
 * Makes a code for a person who has left their second factor at home, or who needs another one to set up a new factor with.
 * Throws `account_disabled`, `factor_missing` or `passkey_needed` (409).
 */
const issueTemporaryCode = defineAct({
  name: 'factors.issue_temporary_code',
  summary: 'Issues a temporary access code, told this once.',
  http: { method: 'POST', path: '/people/{person}/access-code' },
  scope: 'people:assist',
  irreversible: false,
  leadsIn: true,
  dangerous: true,
  input: onPerson,
  result: z.object({
    person: namedPerson,
    /** To set up a first factor after a reset, or to sign in once without the factor that there is. */
    purpose: z.enum(['enrolment', 'sign_in']),
    issued: issuedCode,
  }),
  about: onePerson,
  async run(
    { temporaryCodeIssuing }: { readonly temporaryCodeIssuing: Pick<TemporaryCodeIssuing, 'issue'> },
    { tx, by, input, target: person },
  ) {
    const issued = await temporaryCodeIssuing.issue(tx, person.id, by);
    if (issued === undefined) throw accountUnknown(input.person);
    return { person, purpose: issued.purpose, issued };
  },
});

/** The second factors of a person, by kind, the oldest first. Tells nothing with which one could be shown. */
const list = defineRead({
  name: 'factors.list',
  summary: 'Lists the second factors of a person.',
  scope: 'people:read',
  http: { method: 'GET', path: '/people/{person}/factors' },
  about: onePerson,
  input: onPerson,
  result: z.object({
    person: namedPerson,
    factors: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(['totp', 'passkey']),
        /** What its owner calls it. */
        name: z.string().nullable(),
        createdAt: z.date(),
        lastUsedAt: z.date().nullable(),
        /** Of a passkey: whether it may be on several devices. */
        backedUp: z.boolean().nullable(),
      }),
    ),
    /** How many are left; null where there are none. */
    recoveryCodes: z.object({ left: z.int(), createdAt: z.date() }).nullable(),
    /** A first factor asks for a temporary access code. */
    codeNeeded: z.boolean(),
  }),
  async run({ ownFactors }: { readonly ownFactors: Pick<OwnFactors, 'of'> }, _input, { target: person }) {
    const { own, codes, codeNeeded } = await ownFactors.of(person.id);
    const factors = OWN_KINDS.flatMap((kind) =>
      own[kind].map(({ id, name, createdAt, lastUsedAt, backedUp }) => ({
        id,
        kind,
        name: name ?? null,
        createdAt,
        lastUsedAt: lastUsedAt ?? null,
        backedUp: backedUp ?? null,
      })),
    );
    const { left, createdAt } = codes;
    return {
      person,
      factors,
      recoveryCodes: createdAt === undefined ? null : { left, createdAt },
      codeNeeded,
    };
  },
});

/**
 * Removes one second factor of a person, which they have lost or somebody else has, or all their recovery codes
 * (`recovery_codes`); ends their sessions, and tells them. Throws `factor_unknown` (404), and `factor_must_stay` (409) for the last
 * one, which only a reset removes.
 */
const remove = defineAct({
  name: 'factors.remove',
  summary: 'Removes one second factor of a person, or all their recovery codes, and ends their sessions.',
  scope: 'people:assist',
  irreversible: 'asks',
  leadsIn: true,
  dangerous: true,
  http: { method: 'DELETE', path: '/people/{person}/factors/{factor}' },
  about: onePerson,
  input: onPerson.extend({
    /** Its id, or `recovery_codes`. */
    factor: z.string().max(100),
  }),
  result: z.object({ person: namedPerson, kind: z.enum(['totp', 'passkey', 'recovery_code']) }),
  async run(
    { factorRemoving }: { readonly factorRemoving: Pick<FactorRemoving, 'remove'> },
    { tx, by, input, target: person },
  ) {
    const kind = await factorRemoving.remove(tx, person.id, input.factor, by);
    if (kind === undefined) throw accountUnknown(input.person);
    return { person, kind };
  },
});

/** What can be done for people about their second factors. */
export const factors = { list, reset, remove, issueTemporaryCode };
