import type { ApprovalTarget } from '../domain/approvals/store.ts';
import type { Executor, Transaction } from '../storage/database.ts';
import type { Actor } from './actor.ts';
import { type AdmissionDependencies, assertMayLeadInto, type Guarded, permittedLimit } from './admission.ts';
import { type Approved, approvalOwn, assertSameVersion, targetChanged } from './four-eyes.ts';
import { EVERYTHING, type Limit } from './rights/limit.ts';

/** What an act is about, and so what a limited right is limited by. */
export interface About<Input, Target, Finding> {
  /**
   * `new…`: it is made by the act, and the limit is about where it will be, or whose. `installation`: what is so for everybody, so that
   * a right that is limited does not do.
   */
  readonly subject: 'person' | 'client' | 'unit' | 'group' | 'newPerson' | 'newClient' | 'installation';
  /** Throws what there is to say of one who is not there, or beyond the limit: nobody learns which (404). */
  find(dependencies: Finding, input: Input, limit: Limit): Promise<Target>;
  /** The same in the transaction of the act, with the target held until its end where the limit could change meanwhile. */
  hold(dependencies: Finding, tx: Executor, input: Input, target: Target, limit: Limit): Promise<void>;
  /** Throws where the target is not to be changed by anybody. Asked unless the act only looks, or only takes access away. */
  assertMayChange?(target: Target): void;
  /** The account into which such an act can lead. */
  accountOf?(target: Target): string;
  /** What is kept of the target with a request that waits for a second person. */
  keptOf?(target: Target): ApprovalTarget;
  /** Its version in the transaction, in which nobody changes it any more. */
  heldVersion?(dependencies: Finding, tx: Executor, target: Target): Promise<string | undefined>;
  /**
   * The target as it is in the transaction, in which nobody changes it any more; undefined where there is none. Of acts that are
   * dangerous to some targets alone.
   */
  asItIs?(dependencies: Finding, tx: Transaction, target: Target): Promise<Target | undefined>;
}

/** Acts that nobody is kept from in an emergency: they give nothing to anybody, or lift what a stranger has brought about. */
const TAKE_ACCESS_AWAY: ReadonlySet<string> = new Set([
  'people.disable',
  'people.unlock',
  'sessions.end',
  'sessions.end_all',
]);

/** A list: the limit is a condition of its SQL. */
export const ROWS = 'rows';

/** What of an act decides who may do it to whom. */
export interface Targeted<Input, Target, Finding> extends Guarded {
  /** Left out where it is the whole installation: then a right that is limited does not do. */
  readonly about?: About<Input, Target, Finding> | typeof ROWS;
  /** The accounts that it is about, or that gain by it, where there are more than one: none of them approves it. */
  readonly involves?: (input: Input, target: Target) => readonly string[];
  /** The same where there may be too many to name: whether somebody is one of them. */
  readonly isInvolved?: (dependencies: Finding, account: string, target: Target) => Promise<boolean>;
  /** It can lead into the account of its person. */
  readonly leadsIn?: boolean;
  /** It needs a reason, and a fresh proof of who asks. */
  readonly dangerous?: boolean | ((input: Input, target: Target) => boolean);
}

/** The target, for whom the actor may do the act. Throws what {@link About.find} and the checks of `admission.ts` throw. */
export async function admittedTarget<Input, Target, Finding>(
  act: Targeted<Input, Target, Finding>,
  dependencies: AdmissionDependencies & Finding,
  actor: Actor,
  input: Input,
  limit: Limit,
): Promise<Target> {
  const about = aboutOf(act);
  const target = (await about?.find(dependencies, input, limit)) as Target;
  if (!act.scope.endsWith(':read') && !TAKE_ACCESS_AWAY.has(act.name)) about?.assertMayChange?.(target);
  if (act.leadsIn && about?.accountOf) await assertMayLeadInto(about.accountOf(target), dependencies, actor);
  return target;
}

/** Whether the act is dangerous as it is asked for. */
export const isDangerous = <Input, Target, Finding>(
  { dangerous = false }: Targeted<Input, Target, Finding>,
  input: Input,
  target: Target,
): boolean => (typeof dangerous === 'function' ? dangerous(input, target) : dangerous);

/** What is kept of a target. */
export const keptTarget = <Input, Target, Finding>(
  act: Targeted<Input, Target, Finding>,
  target: Target,
): ApprovalTarget => aboutOf(act)?.keptOf?.(target) ?? {};

/** Throws `approval_own` (403) where the act is about the one who approves it. */
export async function assertNotInvolved<Input, Target, Finding>(
  act: Targeted<Input, Target, Finding>,
  dependencies: Finding,
  approver: Actor,
  { input, target }: { readonly input: Input; readonly target: Target },
): Promise<void> {
  if (approver.kind !== 'person') return;
  const { accountId: id } = approver;
  const isNamed = act.involves?.(input, target).includes(id) === true;
  if (!isNamed && !(await act.isInvolved?.(dependencies, id, target))) return;
  throw approvalOwn('the approver is involved');
}

/**
 * The first thing in the transaction in which an approved act is done: the target is held, then the decision is made, then the right
 * of whoever approves is asked for again. Accounts are held before approvals, as whoever deletes one holds them (decision 17). Throws
 * `target_changed` (409) where what it is about is not as it was when it was asked for.
 */
export async function enterApproved<Input, Target, Finding>(
  act: Targeted<Input, Target, Finding>,
  dependencies: AdmissionDependencies & Finding,
  tx: Transaction,
  { input, target }: { readonly input: Input; readonly target: Target },
  { approver, version, claim }: Pick<Approved, 'approver' | 'version' | 'claim'>,
): Promise<void> {
  const about = aboutOf(act);
  const heldVersion = version === undefined ? undefined : about?.heldVersion?.bind(about);
  const held = await heldVersion?.(dependencies, tx, target);
  await claim(tx);
  await stillAdmitted(act, dependencies, approver, tx, { input, target });
  if (heldVersion !== undefined) assertSameVersion(version, held);
}

/**
 * Throws `target_changed` (409) where an act that was not dangerous when it was asked for has become so, because its target was
 * changed since: in the transaction, with the target held.
 */
export async function assertStillHarmless<Input, Target, Finding>(
  act: Targeted<Input, Target, Finding>,
  dependencies: AdmissionDependencies & Finding,
  tx: Transaction,
  { input, target }: { readonly input: Input; readonly target: Target },
): Promise<void> {
  const about = aboutOf(act);
  if (typeof act.dangerous !== 'function' || about?.asItIs === undefined) return;
  const now = await about.asItIs(dependencies, tx, target);
  if (now !== undefined && isDangerous(act, input, now)) throw targetChanged();
}

/**
 * Asks once more in the transaction, in which nobody can change it any more: the actor may have lost the right, the target may have
 * been moved or promoted since. Answers how far the right reaches now.
 */
export async function stillAdmitted<Input, Target, Finding>(
  act: Targeted<Input, Target, Finding>,
  dependencies: AdmissionDependencies & Finding,
  actor: Actor,
  tx: Executor,
  { input, target }: { readonly input: Input; readonly target: Target },
): Promise<Limit> {
  const limit = await permittedLimit(act, dependencies, actor, tx);
  const about = aboutOf(act);
  const leadsIn = act.leadsIn === true && about?.accountOf !== undefined && !isOperator(actor);
  if (about === undefined || (limit === EVERYTHING && !leadsIn)) return limit;
  await about.hold(dependencies, tx, input, target, limit);
  if (leadsIn && about.accountOf) await assertMayLeadInto(about.accountOf(target), dependencies, actor, tx);
  return limit;
}

const isOperator = ({ kind }: Actor) => kind === 'command' || kind === 'system';

const aboutOf = <Input, Target, Finding>({ about }: Targeted<Input, Target, Finding>) =>
  about === ROWS ? undefined : about;
