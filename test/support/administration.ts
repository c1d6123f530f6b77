import type { z } from 'zod';
import type { Act } from '../../src/administration/act.ts';
import type { CommandActor } from '../../src/administration/actor.ts';
import {
  type Administration,
  type AdministrationDependencies,
  createAdministration,
} from '../../src/administration/index.ts';
import { setup } from '../../src/administration/setup.ts';
import type { App } from '../../src/wire.ts';

/** Who sets things up for tests. */
export const OPERATOR: CommandActor = { kind: 'command', command: 'gatehouse test', user: 'tester' };

/** Does an act as {@link OPERATOR}. */
export const act = <Input extends z.ZodType, Result extends z.ZodType>(
  { administration }: Pick<App, 'administration'>,
  which: Act<AdministrationDependencies, Input, Result>,
  input: z.input<Input>,
): Promise<z.output<Result>> => administration.perform(which, OPERATOR, input);

/** Administration for tests that need some acts only: what the others depend on is not there. */
export const administrationOf = (dependencies: Partial<AdministrationDependencies>): Administration =>
  createAdministration(dependencies as AdministrationDependencies);

/** A link that creates the first administrator. Rejects with `setup_done` where there is one. */
export const setupLink = async (app: Pick<App, 'administration'>): Promise<string> =>
  (await act(app, setup.issueLink, {})).link;
