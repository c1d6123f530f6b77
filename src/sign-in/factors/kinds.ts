import type { AuditDetails, AuditedFactor } from '../../domain/audit/events.ts';
import type { MailModels } from '../../domain/mail/mails.ts';
import { type Level, reaches } from '../levels.ts';

/**
 * What can be shown beside a password: each kind of factor is one descriptor here, and whoever decides something about a
 * factor reads it from the descriptor instead of asking which kind it is. Pure. What a kind does is in a file of its own in each
 * layer, found in a table that has to name every kind: `matchers.ts` beside this file, `lifecycle/factor-enrolment.ts` and
 * `factor-stores.ts`, `http/sign-in/challenges.ts` and `enrolment.ts`, `http/account/own-factor-pages.ts` and
 * `factor-wizard.ts`. So the compiler lists what a new kind still needs, its words included.
 */

interface Common {
  /** What it amounts to beside a password. */
  readonly level: Level;
  /** What `amr` calls it (RFC 8176, section 2): where it stays on one device, and where it is carried to others. */
  readonly amr: { readonly bound: string; readonly synced: string };
  /** The codes with which a unit fails where what was shown, or set up, was spent by a faster request. */
  readonly spentCodes: readonly string[];
}

/** What the mails about changes call a kind. */
export type MailedFactor = Exclude<MailModels['factor-changed']['factor'], 'all'>;

/** What is told of a kind that an account keeps. */
interface Kept extends Common {
  /** What the audit trail calls it, and under what name a reset counts it there. */
  readonly audited: AuditedFactor;
  readonly countedAs: keyof AuditDetails['factor.reset'];
  readonly mailed: MailedFactor;
}

/** A factor of the person's own: a person who has one is enrolled. Its owner sets it up, renames and removes it. */
interface Own extends Kept {
  readonly role: 'own';
  /** The act of setting one up (`change-policy.ts` says what that asks for). */
  readonly addAct: `add_${string}`;
}

/** Stands in for a factor that is lost, and proves as much. It is no factor by itself. */
interface Backup extends Kept {
  readonly role: 'backup';
}

/**
 * An operator hands it over. It lets its person in once, or lets them set up a first factor after a reset; it is no evidence on
 * which anything else may be changed, and no device is trusted for it.
 */
interface Pass extends Common {
  readonly role: 'pass';
}

export type FactorDescriptor = Own | Backup | Pass;

/**
 * A code of any kind is a one-time password to `amr`, those that are looked up as well (NIST SP 800-63B-4, section 3.1.2:
 * look-up secrets).
 */
const CODE = { level: 'aal2', amr: { bound: 'otp', synced: 'otp' }, spentCodes: ['factor_used'] } as const;

/** Every kind. Its order is that in which a sign-in offers to set them up. */
export const FACTORS = {
  totp: {
    role: 'own',
    ...CODE,
    spentCodes: ['factor_used', 'factor_setup_over'],
    addAct: 'add_authenticator',
    audited: 'totp',
    countedAs: 'totp',
    mailed: 'totp',
  },
  passkey: {
    role: 'own',
    level: 'phr',
    amr: { bound: 'hwk', synced: 'swk' },
    spentCodes: ['factor_used', 'challenge_used', 'passkey_exists'],
    addAct: 'add_passkey',
    audited: 'passkey',
    countedAs: 'passkeys',
    mailed: 'passkey',
  },
  recovery_code: {
    role: 'backup',
    ...CODE,
    audited: 'recovery_codes',
    countedAs: 'recoveryCodes',
    mailed: 'recovery-codes',
  },
  temporary_code: { role: 'pass', ...CODE },
} as const satisfies Readonly<Record<string, FactorDescriptor>>;

export type FactorKind = keyof typeof FACTORS;

type KindsOf<Role> = {
  [Kind in FactorKind]: (typeof FACTORS)[Kind]['role'] extends Role ? Kind : never;
}[FactorKind];

/** What counts as a factor by itself. */
export type OwnFactorKind = KindsOf<'own'>;
/** What an account keeps until it is used up or removed. */
export type KeptFactorKind = KindsOf<'own' | 'backup'>;
/** The act of setting up a factor of some kind. */
export type AddAct = (typeof FACTORS)[OwnFactorKind]['addAct'];

/** The only kind that can be shown in the place of name and password, where it has verified its user. */
export const PASSWORDLESS = 'passkey' satisfies OwnFactorKind;

/** The descriptors that the policies go by. Those of this file, but where a test adds a kind. */
export type FactorTable = Readonly<
  Record<OwnFactorKind, Own & { readonly addAct: AddAct }> &
    Record<Exclude<FactorKind, OwnFactorKind>, Backup | Pass>
>;

/** How many of each kind an account has. Of a pass: 1 where one may still be used. */
export type HeldFactors = Readonly<Record<FactorKind, number>>;
/** The same of the factors that count by themselves. */
export type HeldOwnFactors = Readonly<Record<OwnFactorKind, number>>;

/** All kinds, in the order of the table. */
export const allKinds = (factors: FactorTable = FACTORS): readonly FactorKind[] =>
  Object.keys(factors) as FactorKind[];

/** The kinds with this role, in the order of the table. */
export const kindsOf = <Role extends FactorDescriptor['role']>(
  role: Role,
  factors: FactorTable = FACTORS,
): readonly KindsOf<Role>[] =>
  allKinds(factors).filter((kind): kind is KindsOf<Role> => factors[kind].role === role);

/** Whether it lets its person in once and is worth nothing beyond that. */
export const isPass = (kind: FactorKind, factors: FactorTable = FACTORS): boolean =>
  factors[kind].role === 'pass';

/** The kinds that count by themselves, in the order of the table. */
export const OWN_KINDS = kindsOf('own');

/** These kinds, the strongest first; of equal ones in the order in which they are given. */
export const strongestFirst = <Kind extends FactorKind>(
  kinds: readonly Kind[],
  factors: FactorTable = FACTORS,
): readonly Kind[] =>
  kinds.toSorted((one, other) => {
    const [first, second] = [factors[one].level, factors[other].level];
    return first === second ? 0 : reaches(first, second) ? -1 : 1;
  });

/** How many factors an account has that count by themselves and give this level at least. */
export const ownReaching = (level: Level, held: HeldOwnFactors, factors: FactorTable = FACTORS): number =>
  kindsOf('own', factors)
    .filter((kind) => reaches(factors[kind].level, level))
    .reduce((sum, kind) => sum + held[kind], 0);

/** Whether an account has a second factor. What stands in for one is none. */
export const hasOwn = (held: HeldOwnFactors, factors: FactorTable = FACTORS): boolean =>
  ownReaching('aal1', held, factors) > 0;

/** What `amr` calls a factor that was shown. */
export const amrOf = (
  kind: FactorKind,
  { synced }: { readonly synced: boolean },
  factors: FactorTable = FACTORS,
): string => (synced ? factors[kind].amr.synced : factors[kind].amr.bound);

/**
 * The factor of which a session's `amr` tells, the strongest that it can have been; undefined where it tells of none. What
 * stands in for a factor cannot be told from it.
 */
export function factorOfAmr(
  amr: readonly string[],
  factors: FactorTable = FACTORS,
): { readonly kind: OwnFactorKind; readonly synced: boolean } | undefined {
  for (const kind of strongestFirst(kindsOf('own', factors), factors)) {
    const { bound, synced } = factors[kind].amr;
    const name = amr.find((each) => each === bound || each === synced);
    if (name !== undefined) return { kind, synced: name === synced && synced !== bound };
  }
  return undefined;
}
