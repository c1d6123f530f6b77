import { z } from 'zod';
import type { FactorReset } from '../lifecycle/factor-reset.ts';
import type { TemporaryCodeIssuing } from '../lifecycle/temporary-codes.ts';
import { defineAct } from './act.ts';
import { accountUnknown, namedPerson, onePerson, onPerson } from './people/person.ts';

/** A temporary access code, which is told this once. */
const issuedCode = z.object({ code: z.string(), expiresAt: z.date() });

/**
 * Removes every second factor of a person who has lost them, ends their sessions, and makes the code with which they set up a
 * new one at the next sign-in.
 */
const reset = defineAct({
  name: 'factors.reset',
  scope: 'people:assist',
  irreversible: 'asks',
  dangerous: true,
  leadsIn: true,
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
  scope: 'people:assist',
  irreversible: false,
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

/** What can be done for people about their second factors. */
export const factors = { reset, issueTemporaryCode };
