import { GatehouseError } from '../kernel/errors.ts';
import type { Actor } from './actor.ts';

/** Everything that an act can need, as roles and scopes will name it: the subject, and whether it is only read. */
export const PERMISSIONS = [
  'people:read',
  'people:write',
  'invitations:write',
  'passwords:read',
  'passwords:write',
  'factors:write',
  'sessions:read',
  'sessions:write',
  'clients:read',
  'clients:write',
  'resources:read',
  'resources:write',
  'keys:read',
  'keys:write',
  'mail:read',
  'mail:write',
  'audit:read',
  'audit:write',
  'notices:read',
  'notices:write',
  'setup:write',
  'audit:read',
  'audit:write',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/**
 * Throws `not_permitted` (403) unless the actor may do what needs the permission. Whoever runs a command has the machine with the
 * keys and the database, so nothing is kept from them. People and programs get permissions later, and have none until then.
 */
export function assertPermitted(actor: Actor, needs: Permission): void {
  if (actor.kind === 'command' || actor.kind === 'system') return;
  throw new GatehouseError('not_permitted', {
    status: 403,
    message: 'This is not permitted.',
    detail: `a ${actor.kind} was refused ${needs}`,
  });
}
