import { normaliseIdentifier } from '../../../domain/accounts/policy.ts';
import type { Account } from '../../../domain/accounts/store.ts';
import type { Client } from '../../../domain/clients/store.ts';
import type { Lockout } from '../../../domain/lockout/store.ts';
import { expiresAt } from '../../../domain/passwords/expiry.ts';
import type { PasswordRules } from '../../../domain/passwords/rules.ts';
import { demandFor, type FactorSettings, graceOf, isDemand } from '../../../domain/second-factors/policy.ts';
import { mostSessions, type SessionSettings } from '../../../domain/sessions/policy.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { addSeconds } from '../../../kernel/clock.ts';
import type { DormantPeople } from '../../../lifecycle/dormancy.ts';
import { stateOf } from '../../../lifecycle/links.ts';
import type { HindranceStore, KeptMail } from '../../../sign-in/hindrance-store.ts';
import type { PersonStore } from '../../../sign-in/person-store.ts';
import { FAILURE_HOURS, LATE_MAIL_MINUTES, type MailFact, type SignInFacts } from './policy.ts';

export interface GathersFacts {
  readonly hindrances: HindranceStore;
  readonly signInPeople: Pick<PersonStore, 'facts'>;
  readonly lockout: Pick<Lockout, 'request' | 'policy'>;
  readonly passwordRules: Pick<PasswordRules, 'policyFor' | 'requiredChange'>;
  readonly factorSettings: FactorSettings;
  readonly sessionSettings: SessionSettings;
  readonly dormantPeople: Pick<DormantPeople, 'standing'>;
  readonly clock: Clock;
}

/** The application that somebody wants to sign in to. */
type AskedClient = Pick<Client, 'id' | 'metadata'> & { readonly disabledAt?: Date | undefined };

/** Everything that decides whether the person can sign in, at this client where one is given: a few statements. */
export async function gatherFacts(
  deps: GathersFacts,
  account: Account,
  client: AskedClient | undefined,
): Promise<SignInFacts> {
  const now = deps.clock.now();
  const [known, dormancy, kept] = await Promise.all([
    deps.signInPeople.facts(account.id, undefined),
    deps.dormantPeople.standing(account.id),
    deps.hindrances.of(account.id, {
      keys: keysOf(deps, account),
      now,
      failuresSince: addSeconds(now, -FAILURE_HOURS * 3_600),
      maxConsecutiveFailures: deps.lockout.policy.maxConsecutiveFailures,
    }),
  ]);
  const { roles, status } = account;
  const asked = client?.metadata.second_factor;
  const demand = demandFor(roles, isDemand(asked) ? asked : undefined, deps.factorSettings);
  const present = account.passwordHash !== undefined;
  const changeDue = present ? deps.passwordRules.requiredChange(account, now) : undefined;
  const changedAt = account.passwordChangedAt ?? account.createdAt;
  const { sessionSettings } = deps;
  return {
    status,
    disabledAt: kept.disabledAt,
    disablesAt: kept.disablesAt,
    enablesAt: kept.enablesAt,
    dormancy,
    locks: kept.locks.map(({ ofDevice, since, until }) => ({
      counter: ofDevice ? 'known_device' : 'unknown_devices',
      since,
      until,
    })),
    password: {
      present,
      ineffective: kept.passwordDisabled,
      changeDue,
      expiresAt: present ? expiresAt(changedAt, deps.passwordRules.policyFor(account)) : undefined,
    },
    invitation: invitationOf(kept.invitation, account, now),
    factors: {
      demand,
      grace: graceOf(demand, deps.factorSettings, known.state, now),
      authenticators: known.held.totp,
      passkeys: known.held.passkey,
      recoveryCodes: known.held.recovery_code,
      codeNeeded: known.codeNeeded,
      codeUntil: kept.codeUntil,
    },
    client: client && { id: client.id, disabled: client.disabledAt !== undefined },
    sessions: {
      open: known.openSessions.length,
      most: mostSessions(roles, sessionSettings),
      policy: sessionSettings.capPolicy,
    },
    mails: kept.mails.flatMap((mail) => mailFactOf(mail, now)),
    failures: kept.failures,
  };
}

/** Under which failures are counted on devices that are not known: for each name that the person may type. */
function keysOf({ lockout }: GathersFacts, { email, username }: Account): Buffer[] {
  const typed = username === undefined ? [email] : [email, username];
  return typed.map((each) => {
    const identifier = normaliseIdentifier(each);
    return lockout.request({ identifier, accountId: undefined, knownDevice: undefined }).keyHash;
  });
}

/** A link works as long as nothing has changed on which it depends, as whoever opens it finds. */
function invitationOf(
  link: { state: string | undefined; revoked: boolean; expiresAt: Date } | undefined,
  account: Account,
  now: Date,
): SignInFacts['invitation'] {
  if (link === undefined) return undefined;
  const { state, revoked, expiresAt: until } = link;
  return { works: !revoked && until > now && state === stateOf(account), expiresAt: until };
}

function mailFactOf(mail: KeptMail, now: Date): MailFact[] {
  const { id, kind, state, createdAt, finishedAt, bouncedAt, bouncedForGood } = mail;
  const fact = { mail: id, kind, permanent: bouncedForGood };
  if (bouncedAt !== undefined) return [{ ...fact, state: 'bounced', since: bouncedAt }];
  if (state === 'dead') return [{ ...fact, state: 'given_up', since: finishedAt ?? createdAt }];
  const isLate = createdAt <= addSeconds(now, -LATE_MAIL_MINUTES * 60);
  return state === 'waiting' && isLate ? [{ ...fact, state: 'late', since: createdAt }] : [];
}
