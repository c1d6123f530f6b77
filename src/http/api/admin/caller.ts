import type { ClientActor, PersonActor } from '../../../administration/actor.ts';
import type { Access } from '../access.ts';

/** Who calls the API of administration, as its access token says and as the database has just confirmed. */
export interface AdminCaller {
  /** A person with the level and the time of their sign-in, or a program with its scopes. */
  readonly actor: PersonActor | ClientActor;
}

/** Makes the access of routes that are called with an access token for `ISSUER/api/admin` that has the scope. */
export type AdminAccess = (scope: string) => Access<AdminCaller>;
