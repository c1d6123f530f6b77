import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { concernsOf } from '../domain/agreements/policy.ts';
import { person } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import { UNLIMITED } from '../domain/rate-limits/policy.ts';
import type { FactorSettings } from '../domain/second-factors/policy.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import { excessOf, type SessionSettings } from '../domain/sessions/policy.ts';
import type { Admissions } from './admission-store.ts';
import { type AdvanceDependencies, createAdvance, type Effects } from './advance.ts';
import { type AgreedText, type AgreementDependencies, agreed } from './agree.ts';
import { type Attempt, inEpoch, type ProvenFactor, voided, withFactor, withSession } from './attempt.ts';
import { mayComplete } from './change-policy.ts';
import {
  atBreakGlass,
  circumstancesOf,
  onSharedDevice,
  sessionLimitOf,
  whereSkipped,
} from './circumstances.ts';
import { createFactorMatchers, type MatcherDependencies } from './factors/matchers.ts';
import { isEnd, nextStep, provesFor, type Step } from './next-step.ts';
import type { Person, PersonStore } from './person-store.ts';
import type { Answer, SignInRequest, SignInStatus } from './request.ts';
import {
  type FactorDependencies,
  type ShownFactor,
  type SignInState,
  submitFactor,
  submitPasskey,
} from './submit-factor.ts';
import { type SubmitDependencies, submitPassword } from './submit-password.ts';

export interface SignInDependencies
  extends Omit<AdvanceDependencies, 'accounts' | 'notices'>,
    Omit<SubmitDependencies, 'admissions' | 'circumstancesOf' | 'people'>,
    Omit<FactorDependencies, 'accounts' | 'admissions' | 'devices' | 'matchers' | 'people'>,
    Omit<MatcherDependencies, 'notices'>,
    AgreementDependencies {
  readonly accounts: AccountStore;
  readonly admissions: Admissions;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'skipped'>;
  readonly notices: AdvanceDependencies['notices'] & MatcherDependencies['notices'];
  readonly people: PersonStore;
  readonly factorSettings: FactorSettings;
  readonly sessionSettings: SessionSettings;
}

/** Every way in which a sign-in goes on. Pages and routes translate; nothing else decides. */
export interface SignIn {
  look(request: SignInRequest): Promise<SignInStatus>;
  /** Name and password. */
  password(request: SignInRequest, typed: { identifier: string; password: string }): Promise<Answer>;
  /** What is shown beside the password, where that is the step and what was asked for; undefined where it is not. */
  factor(request: SignInRequest, shown: ShownFactor, trust: boolean): Promise<Answer | undefined>;
  /** A passkey in the place of name and password. */
  passkey(request: SignInRequest, response: string): Promise<Answer>;
  /**
   * A second factor of this account was set up in this sign-in: `writes` make it one. Undefined where that is not the step,
   * or where the sign-in is somebody else's by now.
   */
  enrolled(
    request: SignInRequest,
    accountId: string,
    factor: Omit<ProvenFactor, 'at'>,
    made: Effects & { readonly codes: boolean },
  ): Promise<Answer | undefined>;
  /** The page of a change is shown (a factor, a new password): it may be completed for a while, however old the evidence gets. */
  changeShown(request: SignInRequest, state: SignInState): void;
  /** Whether the codes that came with a factor may be made anew in this sign-in: as long as setting it up may take. */
  mayRemakeCodes(state: SignInState): boolean;
  /** The person has stored the recovery codes. Undefined where that is not the step. */
  codesStored(request: SignInRequest): Promise<Answer | undefined>;
  /**
   * The person has chosen which of their sessions end for this one. Undefined where that is not the step; `too_few` where
   * others have to end as well.
   */
  sessionsChosen(request: SignInRequest, uids: readonly string[]): Promise<Answer | 'too_few' | undefined>;
  /** The person agrees to the document that they were shown. Undefined where that is not the step, or another text is. */
  agreed(request: SignInRequest, given: AgreedText): Promise<Answer | undefined>;
  /** Puts off setting up a second factor. Undefined where that is not the step, or not allowed. */
  skip(request: SignInRequest): Promise<Answer | undefined>;
  /** The password that was proven was changed, as had to be; `account` has the new one. */
  passwordChanged(request: SignInRequest, before: SignInState, account: Account): Promise<Answer>;
  /** Goes on by what there is, without anything new. */
  proceed(request: SignInRequest, looked: SignInStatus): Promise<Answer>;
}

export function createSignIn(deps: SignInDependencies): SignIn {
  const { attempts, clock } = deps;
  const { sightingOf, recordResult, advance } = createAdvance(deps);
  const factorDeps = { ...deps, matchers: createFactorMatchers(deps) };
  const circumstancesFor =
    ({ client, sessionUid, shared }: SignInRequest) =>
    ({ account, facts }: Person) => {
      const found = circumstancesOf(facts, account, client.secondFactor, deps.factorSettings, clock.now());
      const sessionLimit = sessionLimitOf(facts, account, sessionUid, deps.sessionSettings);
      const documents = concernsOf(deps.documents, facts.agreed);
      const circumstances = {
        ...(shared === undefined ? found : onSharedDevice(found)),
        sessionLimit,
        documents,
      };
      return account.breakGlass ? atBreakGlass(circumstances) : circumstances;
    };

  /** For a step of an attempt: what its person has put off in it is not brought up again. */
  function circumstancesAt(request: SignInRequest, { skipped, passwordAt }: Attempt, person: Person) {
    const found = circumstancesFor(request)(person);
    return skipped ? whereSkipped(found, passwordAt ?? clock.now()) : found;
  }

  async function look(request: SignInRequest): Promise<SignInStatus> {
    const { uid, session, deviceId, demands } = request;
    const { attempt: stored, person } = await attempts.findWithPerson(uid, session?.accountId, deviceId);
    if (stored.completed) return { kind: 'completed' };
    const now = clock.now();
    const attempt = carriedInEpoch(withSession(stored, session), person?.account);
    if (person === undefined || !stillProves(attempt, person.account)) {
      const nothing = voided(attempt);
      return { kind: 'anonymous', attempt: nothing, step: nextStep(nothing, undefined, demands, now) };
    }
    const circumstances = circumstancesAt(request, attempt, person);
    const step = nextStep(attempt, circumstances, demands, now);
    const { account, deviceIsKnown } = person;
    return { kind: 'known', attempt, account, circumstances, deviceIsKnown, step };
  }

  /** The state of the sign-in, where its step is of this kind. */
  async function at<Kind extends Step['kind']>(
    request: SignInRequest,
    kind: Kind,
  ): Promise<(SignInState & { step: Step & { kind: Kind } }) | undefined> {
    const looked = await look(request);
    if (looked.kind !== 'known') return undefined;
    const { step } = looked;
    return isOf(step, kind) ? { ...looked, step } : undefined;
  }

  const stepAfter = (request: SignInRequest, attempt: Attempt, { circumstances }: SignInState) =>
    nextStep(attempt, circumstances, request.demands, clock.now());

  return {
    look,

    async password(request, typed) {
      const attempt = await attempts.find(request.uid);
      // No password is verified where nothing can come of it: a guess there would be told to nobody.
      if (attempt.completed) return { kind: 'ended_elsewhere' };
      const sighting = sightingOf(request);
      const { address, deviceId, demands } = request;
      const result = await submitPassword(attempt, { ...typed, address, deviceId }, demands, sighting.at, {
        ...deps,
        circumstancesOf: circumstancesFor(request),
      });
      return recordResult(request, attempt, result, sighting);
    },

    async factor(request, shown, trust) {
      const state = await at(request, 'second_factor');
      if (state === undefined || !state.step.kinds.includes(shown.kind)) return undefined;
      const sighting = sightingOf(request);
      const submitted = { ...request, sighting, trust };
      const result = await submitFactor(state, shown, submitted, factorDeps);
      return recordResult(request, state.attempt, result, sighting);
    },

    async passkey(request, response) {
      const attempt = await attempts.find(request.uid);
      if (attempt.completed) return { kind: 'ended_elsewhere' };
      const sighting = sightingOf(request);
      const submitted = { ...request, sighting, trust: false };
      const result = await submitPasskey(attempt, response, submitted, circumstancesFor(request), factorDeps);
      return recordResult(request, attempt, result, sighting);
    },

    async enrolled(request, accountId, factor, { codes, ...made }) {
      const state = await at(request, 'enrol_factor');
      if (state?.account.id !== accountId) return undefined;
      const kind = state.step.kinds.find((each) => each === factor.kind);
      if (kind === undefined) return undefined;
      const { facts } = state.circumstances;
      const held = { ...facts.held, [kind]: facts.held[kind] + 1 };
      const circumstances = { ...state.circumstances, facts: { ...facts, held } };
      const proven = withFactor(state.attempt, { ...factor, at: clock.now() });
      const attempt = {
        ...proven,
        codesPending: proven.codesPending || codes,
        changeBegunAt: proven.changeBegunAt ?? clock.now(),
      };
      const step = stepAfter(request, attempt, { ...state, circumstances });
      return advance(request, state, { attempt, step }, made);
    },

    changeShown({ uid, client, expiresAt, unit }, { attempt }) {
      const now = clock.now();
      if (mayComplete(attempt.changeBegunAt, now)) return;
      unit.add(attempts.changeBegun(uid, { clientId: client.id, now, expiresAt }));
    },

    mayRemakeCodes: ({ attempt, circumstances }) =>
      provesFor('make_recovery_codes', attempt, circumstances, clock.now()),

    async codesStored(request) {
      const state = await at(request, 'store_codes');
      if (state === undefined) return undefined;
      const attempt = { ...state.attempt, codesPending: false, changeBegunAt: undefined };
      return advance(request, state, { attempt, step: stepAfter(request, attempt, state) });
    },

    async sessionsChosen(request, uids) {
      const state = await at(request, 'choose_session');
      const sessionLimit = state?.circumstances.sessionLimit;
      if (state === undefined || sessionLimit === undefined) return undefined;
      // What has ended meanwhile is no choice any more, and what was never theirs is none.
      const ending = sessionLimit.open.filter((uid) => uids.includes(uid));
      if (excessOf(sessionLimit, ending) > 0) return 'too_few';
      const attempt = { ...state.attempt, ending };
      return advance(request, state, { attempt, step: stepAfter(request, attempt, state) });
    },

    async agreed(request, given) {
      const state = await at(request, 'agree');
      const saidYes = state && agreed(request, state, given, clock.now(), deps);
      if (state === undefined || saidYes === undefined) return undefined;
      const { attempt, made } = saidYes;
      return advance(request, state, { attempt, step: stepAfter(request, attempt, state) }, made);
    },

    async skip(request) {
      const state = await at(request, 'enrol_factor');
      if (state?.step.skip === undefined) return undefined;
      const { account, circumstances } = state;
      const { skipsLeft, until } = state.step.skip;
      const event: AuditEvent = {
        type: 'factor.setup_skipped',
        outcome: 'success',
        actor: person(account.id),
        account: account.id,
        client: request.client.id,
        details: {
          ...(skipsLeft === undefined ? {} : { skipsLeft: skipsLeft - 1 }),
          ...(until === undefined ? {} : { until: until.toISOString() }),
        },
      };
      const attempt = { ...state.attempt, skipped: true };
      const step = stepAfter(request, attempt, state);
      const write = deps.factorEnrolments.skipped(account.id, circumstances.skipLimit);
      return advance(request, state, { attempt, step }, { writes: [write], events: [event] });
    },

    async passwordChanged(request, from, account) {
      const { passwordChangedAt: passwordSetAt } = account;
      // The change has ended every other sign-in that was under way.
      const changed = { ...from.attempt, passwordChange: undefined, passwordSetAt, changeBegunAt: undefined };
      const attempt = inEpoch(changed, account);
      // That has ended the sessions that took the slots.
      const state = { ...from, circumstances: { ...from.circumstances, sessionLimit: undefined } };
      return advance(request, state, { attempt, step: stepAfter(request, attempt, state), account });
    },

    async proceed(request, looked) {
      if (looked.kind === 'completed') return { kind: 'ended_elsewhere' };
      const { attempt, step } = looked;
      if (!isEnd(step)) return { kind: 'goes_on', limits: UNLIMITED };
      if (looked.kind === 'anonymous') {
        // Nobody was asked for anything: there is nothing to settle.
        const location = await request.finishInteraction(step);
        return { kind: 'over', location, deviceId: undefined, limits: UNLIMITED };
      }
      return advance(request, looked, { attempt, step });
    },
  };
}

const isOf = <Kind extends Step['kind']>(step: Step, kind: Kind): step is Step & { kind: Kind } =>
  step.kind === kind;

/** What a session brings is of the present epoch: one that has ended access has ended the session, too. */
const carriedInEpoch = (attempt: Attempt, account: Account | undefined): Attempt =>
  attempt.carriedAt === undefined || attempt.accessEpoch !== undefined || account === undefined
    ? attempt
    : inEpoch(attempt, account);

/**
 * Whether what was proven earlier still proves something: the person's access may have been ended since (and perhaps given
 * back), or they have set another password because this one was in other hands.
 */
function stillProves(
  { accountId, accessEpoch, passwordAt, passwordSetAt, passwordChange, carriedAt }: Attempt,
  account: Account,
): boolean {
  if (accountId !== account.id || accessEpoch !== account.accessEpoch) return false;
  if (account.status !== 'active') return false;
  if (account.passwordCompromised && passwordChange === undefined) return false;
  // A session that was carried over would have ended with its password.
  if (passwordAt === undefined || carriedAt !== undefined) return true;
  return passwordSetAt?.getTime() === account.passwordChangedAt?.getTime();
}
