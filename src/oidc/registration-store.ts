import type { Write } from '../storage/unit-of-work.ts';

/** The code with which a unit fails when the client or the resource of its token was changed or removed meanwhile. */
export const REGISTRATION_CHANGED = 'registration_changed';

export interface HeldRegistration {
  readonly clientId: string;
  readonly clientSince: Date;
  readonly identifier: string;
  /** Null for the resource that is built in, which is no row. */
  readonly resourceSince: Date | null;
  readonly scopes: readonly string[];
}

/**
 * Fails the unit with {@link REGISTRATION_CHANGED} unless client and resource are the ones that were read, with these scopes; who
 * changes one meanwhile waits, and then finds the token (decision 15). Must come before what the unit takes hold of otherwise.
 */
export const registrationHolds = (held: HeldRegistration): Write => ({
  otherwise: REGISTRATION_CHANGED,
  sql: (parameter) => `
    select 1 from registration_holds(${parameter(held.clientId)}, ${parameter(held.clientSince)},
      ${parameter(held.identifier)}, ${parameter(held.resourceSince)}, ${parameter([...held.scopes])}::text[]) as holds
    where holds`,
});
