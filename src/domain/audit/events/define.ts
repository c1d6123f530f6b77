import { z } from 'zod';
import type { Personal } from '../personal.ts';

/** The words in which an event is described: its subject, who may act, and one type for each kind of detail. */

/** Who an event is about. */
export type EventSubject = 'people' | 'clients' | 'system';

/** Who may have acted; `nobody`: it is not known who, as where an unknown address was typed. */
export type EventActor = 'person' | 'client' | 'command' | 'system' | 'nobody';

export type EventOutcome = 'success' | 'failure';

type Details = z.ZodObject;

/** What is said of one type of event, and which details it has in each version of its schema. */
export interface EventDefinition<
  Versions extends readonly [Details, ...Details[]] = readonly [Details, ...Details[]],
> {
  readonly about: EventSubject;
  /** One or two English sentences, for an auditor: what has happened. */
  readonly when: string;
  readonly outcomes: readonly EventOutcome[];
  readonly actors: readonly EventActor[];
  /**
   * The details by version, from version 1 on; the last is written, all are read. A version that was released is never changed:
   * a type whose details change gets another one behind it.
   */
  readonly versions: Versions;
}

/** Events of one subject, each type with what is said of it. */
export const defineEvents = <const Events extends Readonly<Record<string, EventDefinition>>>(
  events: Events,
): Events => events;

export const SUCCESS = ['success'] as const;
export const FAILURE = ['failure'] as const;
export const EITHER = ['success', 'failure'] as const;

/** An object of exactly these members. */
export const details = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.strictObject(shape);

export const text = (meaning: string) => z.string().describe(meaning);
export const texts = (meaning: string) => z.array(z.string()).describe(meaning);
export const count = (meaning: string) => z.int().describe(meaning);
export const flag = (meaning: string) => z.boolean().describe(meaning);
export const time = (meaning: string) => z.iso.datetime().describe(meaning);
export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, meaning: string) =>
  z.enum(values).describe(meaning);

const DIGEST = z.strictObject({ sha256: z.string().regex(/^[\w-]{43}$/u) }).brand<'personal'>();

/**
 * A value that identifies a person. It stands in the details as the SHA-256 of a random salt and the value; salt and value are
 * kept beside the event, and are erased with the person.
 */
export const personalText = (meaning: string) => DIGEST.meta({ personal: true, description: meaning });

/** The same under a keyed digest that stays the same: what was typed is found again by who types it again. */
export const identifierDigest = () =>
  text('Keyed digest of the identifier that was typed; the same identifier has the same digest.');

/** What details may hold: JSON without null and without fractions. */
export const auditedJson: z.ZodType<unknown> = z.lazy(() =>
  z.union([z.string(), z.boolean(), z.int(), z.array(auditedJson), z.record(z.string(), auditedJson)]),
);

/** Details as code gives them to the trail: nothing is changed, and what is stored as a digest is the value itself. */
export type Written<Stored> =
  Stored extends z.output<typeof DIGEST>
    ? Personal
    : Stored extends readonly (infer Each)[]
      ? readonly Written<Each>[]
      : Stored extends object
        ? { readonly [Name in keyof Stored]: Written<Stored[Name]> }
        : Stored;

type LastOf<Versions extends readonly unknown[]> = Versions extends readonly [...unknown[], infer Last]
  ? Last
  : never;

/** The details of the current version of an event, as code gives them. */
export type WrittenDetails<Event extends EventDefinition> =
  LastOf<Event['versions']> extends infer Schema extends z.ZodType ? Written<z.output<Schema>> : never;
