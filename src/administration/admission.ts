import type { z } from 'zod';
import type { AdminScope } from '../domain/clients/admin-scopes.ts';
import { addSeconds, type Clock } from '../kernel/clock.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { type ShapeFinding, shapeFindings, shapeProblems } from '../kernel/shape-words.ts';
import { isLevel, type Level, reaches } from '../sign-in/levels.ts';
import type { Executor } from '../storage/database.ts';
import type { Actor, ClientActor, PersonActor } from './actor.ts';
import { EVERYTHING, type Limit } from './rights/limit.ts';
import type { RightsReader } from './rights/rights-store.ts';

/** What everybody has to pass before an act is done, in this order. Whatever is not known to be permitted is refused. */

export interface AdmissionDependencies {
  readonly rights: RightsReader;
  readonly clock: Pick<Clock, 'now'>;
}

/** The level that people have to be signed in with, whatever they do here. */
const LEVEL: Level = 'aal2';

/** How old the proof of a person may be who does what is dangerous, in seconds. */
export const FRESH_PROOF_SECONDS = 300;

/** The input does not have the shape that the act takes. */
export class InvalidInput extends GatehouseError {
  /** One line for each finding, without any value: `email: is missing; expected text`. */
  readonly problems: readonly string[];
  /** The same with the place of each, as far as there is one. */
  readonly findings: readonly ShapeFinding[];

  constructor(
    problems: readonly string[],
    findings: readonly ShapeFinding[] = [],
    { code = 'input_invalid', cause }: { readonly code?: string; readonly cause?: unknown } = {},
  ) {
    super(code, { status: 400, message: problems.join('; '), cause });
    this.problems = problems;
    this.findings = findings;
  }
}

/** The person has to show once more, or better, who they are (RFC 9470, section 3). */
export class ProofNeeded extends GatehouseError {
  /** The levels of which one has to be reached. */
  readonly acrValues: readonly Level[] = [LEVEL];
  /** How old the proof may be, in seconds. */
  readonly maxAge: number | undefined;

  constructor(message: string, maxAge?: number) {
    super('insufficient_user_authentication', { status: 401, message });
    this.maxAge = maxAge;
  }
}

/** What of an act decides who may do it. */
export interface Guarded {
  readonly name: string;
  readonly scope: AdminScope;
  readonly operatorOnly?: boolean;
  /** What a limited right is limited by here; without it, only an unlimited one will do. */
  readonly about?: unknown;
}

/**
 * How far the actor may do the act. Whoever runs a command has the machine with the keys and the database, so nothing is kept from
 * them. Of anybody else the token's scope has to allow it; of a person, a role as well. Throws `not_permitted` (403) and
 * {@link ProofNeeded} (401).
 */
export async function permittedLimit(
  { name, scope, operatorOnly, about }: Guarded,
  { rights }: Pick<AdmissionDependencies, 'rights'>,
  actor: Actor,
  executor?: Executor,
): Promise<Limit> {
  if (actor.kind === 'command' || actor.kind === 'system') return EVERYTHING;
  if (operatorOnly || !actor.scopes.includes(scope)) throw notPermitted(actor, name);
  if (actor.kind === 'client') return EVERYTHING;
  const limit = (await rights.of(actor.accountId, executor)).limitFor(name);
  if (limit === undefined || (limit !== EVERYTHING && !canBeLimited(about))) throw notPermitted(actor, name);
  if (!isLevel(actor.level) || !reaches(actor.level, LEVEL))
    throw new ProofNeeded('This needs a sign-in with a second factor.');
  return limit;
}

/** Of a right that is there, and does not reach so far. */
export const notPermittedHere = (message = 'This is not permitted.'): GatehouseError =>
  new GatehouseError('not_permitted', { status: 403, message });

/** Whether what an act is about can be within a limit at all. */
const canBeLimited = (about: unknown): boolean =>
  about !== undefined && (about as { readonly subject?: unknown }).subject !== 'installation';

const notPermitted = (actor: PersonActor | ClientActor, name: string) =>
  new GatehouseError('not_permitted', {
    status: 403,
    message: 'This is not permitted.',
    detail: `a ${actor.kind} was refused ${name}`,
  });

/** The input as the act takes it. Throws {@link InvalidInput} (400). */
export function validInput<Input extends z.ZodType>(schema: Input, given: unknown): z.output<Input> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  throw new InvalidInput(
    shapeProblems(issues, { input: given, whole: 'the input' }),
    shapeFindings(issues, { input: given }),
  );
}

/**
 * Refuses what leads into the account of somebody with an administrative right that the actor lacks: they would have it then.
 * Throws `target_outranks` (403).
 */
export async function assertMayLeadInto(
  accountId: string,
  { rights }: Pick<AdmissionDependencies, 'rights'>,
  actor: Actor,
  executor?: Executor,
): Promise<void> {
  if (actor.kind === 'command' || actor.kind === 'system') return;
  // Of somebody who is disabled, too: whoever comes into the account now has it when it is enabled.
  const theirs = await rights.of(accountId, executor, true);
  if (!theirs.isAdministrative) return;
  if (actor.kind === 'person' && (await rights.of(actor.accountId, executor)).covers(theirs)) return;
  throw new GatehouseError('target_outranks', {
    status: 403,
    message: 'This person may do what you may not. Somebody with at least their rights has to do this.',
  });
}

/**
 * What is dangerous needs a reason, and of a person a proof of who they are that is not older than {@link FRESH_PROOF_SECONDS}. The
 * operator gives a reason where a second person will read it, or would have. Throws `reason_required` (400), {@link ProofNeeded} (401).
 */
export function assertMayBeDangerous(
  { clock }: Pick<AdmissionDependencies, 'clock'>,
  actor: Actor,
  waits: boolean,
): void {
  if (actor.kind === 'system' || (actor.kind === 'command' && !waits && !actor.emergency)) return;
  if (actor.reason === undefined)
    throw new GatehouseError('reason_required', { status: 400, message: 'This needs a reason.' });
  if (actor.kind === 'person' && addSeconds(actor.provenAt, FRESH_PROOF_SECONDS) < clock.now())
    throw new ProofNeeded('Show once more who you are.', FRESH_PROOF_SECONDS);
}
