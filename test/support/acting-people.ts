import type { z } from 'zod';
import type { Act } from '../../src/administration/act.ts';
import type { PersonActor } from '../../src/administration/actor.ts';
import type { AdministrationDependencies } from '../../src/administration/index.ts';
import type { RoleTerms } from '../../src/domain/accounts/role-terms.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import type { App } from '../../src/wire.ts';
import { asFixture } from './evidence/fixture.ts';

/** People who administer, for tests: signed in with a second factor just now, with a reason. */
export const actingAs = ({ id }: { readonly id: string }, more: Partial<PersonActor> = {}): PersonActor => ({
  kind: 'person',
  accountId: id,
  sessionId: 'session',
  level: 'aal2',
  provenAt: new Date(),
  scopes: [...ADMIN_SCOPES],
  reason: 'ticket 7',
  origin: {},
  ...more,
});

/** Does an act as somebody, and answers its result, or the code of what was refused. */
export const doAs = async <Input extends z.ZodType, Result extends z.ZodType>(
  { administration }: Pick<App, 'administration'>,
  actor: Parameters<App['administration']['perform']>[1],
  act: Act<AdministrationDependencies, Input, Result>,
  input: z.input<Input>,
): Promise<z.output<Result> | string> =>
  administration.perform(act, actor, input).catch((error: { code?: string }) => {
    if (error.code === undefined || /^[A-Z0-9]{5}$/u.test(error.code)) throw error;
    return error.code;
  });

/** Puts terms of roles and a unit in place, past every act. */
export const placed = (
  { database, accounts }: App,
  id: string,
  { unit, terms = [] }: { readonly unit?: string; readonly terms?: readonly RoleTerms[] },
): Promise<void> =>
  asFixture(database, async (tx) => {
    await tx.query('update accounts set unit = $2 where id = $1', [id, unit ?? null]);
    await accounts.roleTerms.set(tx, id, terms);
  });
