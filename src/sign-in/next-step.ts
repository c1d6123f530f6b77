import { type Concern, nextDue } from '../domain/agreements/policy.ts';
import { excessOf, type SessionLimit } from '../domain/sessions/policy.ts';
import {
  type Attempt,
  type Demands,
  isByTemporaryCode,
  type PasswordChange,
  provenAt,
  provenLately,
  reachedBy,
  withoutOldSession,
  withoutStale,
  withoutStandIn,
} from './attempt.ts';
import { levelToChange, type ProtectedAct } from './change-policy.ts';
import {
  allKinds,
  FACTORS,
  type FactorKind,
  type FactorTable,
  type HeldFactors,
  hasOwn,
  isPass,
  kindsOf,
  type OwnFactorKind,
  ownReaching,
  PASSWORDLESS,
  strongestFirst,
} from './factors/kinds.ts';
import { higherOf, type Level, levelFor, lowestOf, reaches } from './levels.ts';

/** What an account has to sign in with beside its password, and what it has put off. */
export interface FactorFacts {
  /** How many of each kind; of what is set up, used up or over none. */
  readonly held: HeldFactors;
  /** The person trusts this device, and still may. */
  readonly deviceTrusted: boolean;
  /** An administrator has removed their factors: a first one asks for a temporary code. */
  readonly codeNeeded: boolean;
}

/** Whether somebody without a second factor is asked to set one up, and may put it off (`domain/second-factors`). */
export interface Grace {
  readonly offered: boolean;
  readonly skippable: boolean;
  /** How many times more, where that is limited. */
  readonly skipsLeft?: number;
  readonly until?: Date;
}

/** What holds for the account of an attempt, at this client, on this device. */
export interface Circumstances {
  readonly facts: FactorFacts;
  /** The strongest of what its roles and the client ask for. */
  readonly policy: 'off' | 'optional' | 'required' | 'phishing_resistant';
  readonly grace: Grace;
  /** Given where the person is to choose what ends when they are signed in too often. */
  readonly sessionLimit?: SessionLimit | undefined;
  /** The documents that are in force: none where that is another's to decide. */
  readonly documents?: readonly Concern[];
}

export type Step =
  | { readonly kind: 'password' }
  /** `kinds` are those that the person has and that would do, the one to offer first in front. */
  | { readonly kind: 'second_factor'; readonly accountId: string; readonly kinds: readonly FactorKind[] }
  | {
      readonly kind: 'enrol_factor';
      readonly accountId: string;
      readonly kinds: readonly OwnFactorKind[];
      /** Set when the person may put it off. */
      readonly skip: Pick<Grace, 'skipsLeft' | 'until'> | undefined;
    }
  | { readonly kind: 'store_codes'; readonly accountId: string }
  | { readonly kind: 'change_password'; readonly accountId: string; readonly change: PasswordChange }
  /** Everything was shown, and the person has to agree to this edition of a document before access is given. */
  | { readonly kind: 'agree'; readonly accountId: string; readonly document: Concern }
  /** At least so many of the person's other sessions have to end. */
  | { readonly kind: 'choose_session'; readonly accountId: string; readonly atLeast: number }
  | {
      readonly kind: 'done';
      readonly accountId: string;
      /** The level that was reached; what a client is told of it is decided for each request. */
      readonly acr: Level;
      readonly amr: readonly string[];
      /** What `auth_time` will say, which may be a while before the protocol hears of it. */
      readonly provenAt: Date;
      /** The sessions that end as this one begins. */
      readonly ending: readonly string[];
    }
  | { readonly kind: 'impossible'; readonly error: 'unmet_authentication_requirements' | 'login_required' };

/** Nothing more is asked of the person: the protocol is told. */
export type End = Step & { readonly kind: 'done' | 'impossible' };

export const isEnd = (step: Step): step is End => step.kind === 'done' || step.kind === 'impossible';

const UNMET: Step = { kind: 'impossible', error: 'unmet_authentication_requirements' };

/** Whether the account has a second factor. Codes to recover one are none. */
export const isEnrolled = ({ held }: FactorFacts, factors: FactorTable = FACTORS): boolean =>
  hasOwn(held, factors);

/** Whether a first factor of the account asks for a temporary code. A person who has a factor shows that. */
export const needsCode = (facts: FactorFacts, factors: FactorTable = FACTORS): boolean =>
  facts.codeNeeded && !isEnrolled(facts, factors);

/**
 * The one dispatcher: what the person has to do next, from the evidence alone. Pure. `circumstances` are those of the
 * attempt's account; without them nobody who has proven anything gets any further (it throws). `factors` are the kinds there are.
 */
export function nextStep(
  given: Attempt,
  circumstances: Circumstances | undefined,
  demands: Demands,
  now: Date,
  factors: FactorTable = FACTORS,
): Step {
  const demanded = demands.acr === undefined ? 'aal1' : lowestOf(demands.acr);
  // Asking for anything cannot help where no sign-in reaches the level (RFC 9470, section 5).
  if (demanded === undefined) return UNMET;
  const fresh = withoutStale(given, demands, now);
  if (reachedBy(fresh, factors) === undefined || fresh.accountId === undefined) return { kind: 'password' };
  const { accountId } = fresh;
  if (demands.accountId !== undefined && demands.accountId !== accountId) {
    return { kind: 'impossible', error: 'login_required' };
  }
  if (circumstances === undefined) throw new Error('nobody is let in whose second factors are not known');

  const attempt = withoutRemoved(fresh, circumstances.facts, factors);
  const reached = reachedBy(attempt, factors);
  if (reached === undefined) return { kind: 'password' };
  const asked = factorStep(attempt, accountId, {
    codeShown: isByTemporaryCode(provenLately({ ...fresh, passkey: undefined }, now), factors),
    reached: reached.level,
    demanded,
    circumstances,
    demands,
    now,
    factors,
  });
  if (asked !== undefined) return asked;
  if (attempt.codesPending) return { kind: 'store_codes', accountId };
  const { passwordChange: change, passwordAt } = attempt;
  if (change !== undefined && passwordAt !== undefined) {
    // A second factor only where the sign-in had one: a trusted device was spared it, and a temporary code stood in for it.
    const level = reaches(reached.level, 'aal2') ? 'aal2' : 'aal1';
    const again = proofStep(attempt, accountId, level, 'to_sign_in', { circumstances, now, factors });
    return again ?? { kind: 'change_password', accountId, change };
  }
  // Held here once more, whatever the steps above have made of it.
  if (levelFor(reached.level, demands.acr) === undefined) return UNMET;
  const { ending, agreed: agreedHere } = attempt;
  const goesOn = attempt.carriedAt !== undefined;
  const document = nextDue(circumstances.documents ?? [], { agreedHere, goesOn });
  if (document !== undefined) return { kind: 'agree', accountId, document };
  const atLeast = circumstances.sessionLimit === undefined ? 0 : excessOf(circumstances.sessionLimit, ending);
  if (atLeast > 0) return { kind: 'choose_session', accountId, atLeast };
  const { level: acr, amr } = reached;
  return { kind: 'done', accountId, acr, amr, provenAt: provenAt(attempt), ending };
}

/** Factors that were removed since they were proven, e.g. by an administrator, prove nothing any more. */
function withoutRemoved(attempt: Attempt, facts: FactorFacts, factors: FactorTable): Attempt {
  if (!isEnrolled(facts, factors)) return { ...attempt, secondFactor: undefined, passkey: undefined };
  return facts.held[PASSWORDLESS] > 0 ? attempt : { ...attempt, passkey: undefined };
}

interface StepInput {
  /** A temporary code was shown lately enough to set up a factor on it, where that needs one. */
  readonly codeShown: boolean;
  readonly reached: Level;
  /** The lowest level that the client's demand accepts. */
  readonly demanded: Level;
  readonly circumstances: Circumstances;
  readonly demands: Demands;
  readonly now: Date;
  readonly factors: FactorTable;
}

/** What is still to be shown, or to be set up, beside a password; undefined when it is enough. */
function factorStep(attempt: Attempt, accountId: string, input: StepInput): Step | undefined {
  const { reached, demanded, circumstances, factors } = input;
  const { facts, policy, grace } = circumstances;
  const needed = higherOf(demanded, levelOfPolicy(input));
  // What a client demands cannot be put off.
  const { offered: asked, skippable, ...limits } = grace;
  const skip = asked && skippable && policy === 'optional' && reaches(reached, demanded) ? limits : undefined;
  const offered = skip !== undefined && !isEnrolled(facts, factors) && !attempt.skipped;
  if (reaches(reached, needed) && !offered) return undefined;

  const missing = ownReaching(needed, facts.held, factors) === 0;
  const byCode = needsCode(facts, factors);
  // Where nobody is asked for a second factor, nobody can set one up either, unless they had one that was removed.
  if (policy === 'off' && missing && !byCode) return UNMET;
  if (!missing) {
    const kinds = challengesFor(needed, facts, 'to_sign_in', factors);
    return { kind: 'second_factor', accountId, kinds };
  }
  // Always the same page, whatever has become of the code: it says where to ask for another one.
  if (byCode && !input.codeShown) {
    return { kind: 'second_factor', accountId, kinds: kindsOf('pass', factors) };
  }
  const kinds = kindsOf('own', factors).filter((kind) => reaches(factors[kind].level, needed));
  const evidence = withoutStandIn(attempt, factors);
  const level = levelToEnrol(kinds, facts, policy, factors);
  const unproven = byCode ? undefined : proofStep(evidence, accountId, level, 'to_change', input);
  return unproven ?? { kind: 'enrol_factor', accountId, kinds, skip };
}

/** The level that is enough to set up whichever of these. */
const levelToEnrol = (
  kinds: readonly OwnFactorKind[],
  { held }: FactorFacts,
  policy: Circumstances['policy'],
  factors: FactorTable,
): Level =>
  kinds.map((kind) => levelToChange(factors[kind].addAct, held, policy, factors)).reduce(higherOf, 'aal1');

/**
 * What has to be shown, perhaps again, before a change at this level: whoever is at a browser, or at a page of a sign-in, that
 * somebody has left must not make themselves a way in. Undefined where what was shown is enough.
 */
function proofStep(
  attempt: Attempt,
  accountId: string,
  level: Level,
  purpose: Purpose,
  { circumstances: { facts }, now, factors }: Pick<StepInput, 'circumstances' | 'now' | 'factors'>,
): Step | undefined {
  const reached = reachedBy(provenLately(attempt, now), factors);
  if (reached !== undefined && reaches(reached.level, level)) return undefined;
  // Beside a factor that is shown now the password of this attempt may be old; by itself it may not.
  const asksForPassword = level === 'aal1' || withoutOldSession(attempt, now).passwordAt === undefined;
  if (asksForPassword) return { kind: 'password' };
  return { kind: 'second_factor', accountId, kinds: challengesFor(level, facts, purpose, factors) };
}

/** Whether what was shown in the attempt, and when, is enough for this act of the account's own person. */
export function provesFor(
  act: ProtectedAct,
  attempt: Attempt,
  { facts, policy }: Pick<Circumstances, 'facts' | 'policy'>,
  now: Date,
  factors: FactorTable = FACTORS,
): boolean {
  const reached = reachedBy(provenLately(withoutStandIn(attempt, factors), now), factors);
  return reached !== undefined && reaches(reached.level, levelToChange(act, facts.held, policy, factors));
}

/** The level that the organisation asks for, whatever the client does. */
function levelOfPolicy({ circumstances: { facts, policy, grace }, demands, factors }: StepInput): Level {
  if (policy === 'off') return 'aal1';
  if (policy === 'phishing_resistant') return 'phr';
  const due = policy === 'required' || isEnrolled(facts, factors) || (grace.offered && !grace.skippable);
  if (!due) return 'aal1';
  // Trust spares the code, never the setting up; and a client that asks for a sign-in now (`max_age=0`) wants all of it.
  const spared = facts.deviceTrusted && isEnrolled(facts, factors) && demands.maxAgeSeconds !== 0;
  return spared ? 'aal1' : 'aal2';
}

type Purpose = 'to_sign_in' | 'to_change';

/**
 * What the person has that leads to the level, the strongest first. A temporary code stands in for what they have left at home,
 * for nothing but a sign-in, and never for a passkey that has to be one.
 */
function challengesFor(
  needed: Level,
  { held }: FactorFacts,
  purpose: Purpose,
  factors: FactorTable,
): readonly FactorKind[] {
  const kinds = allKinds(factors).filter(
    (kind) =>
      held[kind] > 0 &&
      reaches(factors[kind].level, needed) &&
      (purpose === 'to_sign_in' || !isPass(kind, factors)),
  );
  return strongestFirst(kinds, factors);
}
