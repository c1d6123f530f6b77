import type { z } from 'zod';
import type { Act } from './act.ts';
import type { Actor } from './actor.ts';
import { approvals } from './approvals/index.ts';
import { audit } from './audit/index.ts';
import { breakGlass } from './break-glass.ts';
import { clients } from './clients/index.ts';
import { config } from './configuration/index.ts';
import { consents } from './consents.ts';
import { devices } from './devices.ts';
import { factors } from './factors.ts';
import { groups } from './groups/index.ts';
import { invitations } from './invitations.ts';
import { keys } from './keys/index.ts';
import type { Cursors } from './list-cursors.ts';
import { mail } from './mail.ts';
import { notices } from './notices.ts';
import { passwords } from './passwords/index.ts';
import { people } from './people/index.ts';
import { resources } from './resources.ts';
import { type ConfiguredRole, problemsOfPatterns, problemsOfRoles } from './rights/roles.ts';
import { sessions } from './sessions.ts';
import { setup } from './setup.ts';
import { system } from './system.ts';
import { type TransactionPart, takingPart } from './taking-part.ts';
import { units } from './units/index.ts';

/** The registry: every act there is, by subject. A new act is a line in its subject; a new subject is a line here. */
export const SUBJECTS = {
  people,
  invitations,
  passwords,
  factors,
  devices,
  sessions,
  consents,
  clients,
  resources,
  config,
  keys,
  mail,
  notices,
  audit,
  breakGlass,
  approvals,
  setup,
  units,
  groups,
  system,
};

type Values<T> = T[keyof T];
type EveryAct = Values<{ [Subject in keyof typeof SUBJECTS]: Values<(typeof SUBJECTS)[Subject]> }>;

/** Every act, in the order of the registry. */
export const ACTS: readonly EveryAct[] = Object.values(SUBJECTS).flatMap((acts): EveryAct[] =>
  Object.values(acts),
);

/** The names of all acts. */
export const ACT_NAMES: readonly string[] = ACTS.map(({ name }) => name);

/** What is wrong with the acts that settings name, a line each. */
export const problemsOfAdministration = ({
  roles,
  fourEyes,
}: {
  readonly roles: Readonly<Record<string, ConfiguredRole>>;
  readonly fourEyes: readonly string[];
}): string[] => [
  ...problemsOfRoles(roles, ACT_NAMES).map((problem) => `ADMINISTRATION_ROLES: ${problem}`),
  ...problemsOfPatterns(fourEyes, ACT_NAMES).map((problem) => `FOUR_EYES: ${problem}`),
];

type DependenciesOf<Acts> = [Acts] extends [
  { perform: (dependencies: infer Dependencies, ...rest: never) => unknown },
]
  ? Dependencies
  : never;

/** What all acts together depend on. Each names its own part. */
export type AdministrationDependencies = DependenciesOf<EveryAct> & { readonly cursors: Cursors };

export interface Administration {
  /** Does what {@link Act.perform} says, with the dependencies of this installation; `part` takes part in its transaction. */
  perform<Input extends z.ZodType, Result extends z.ZodType>(
    act: Act<AdministrationDependencies, Input, Result>,
    actor: Actor,
    input: z.input<Input>,
    part?: TransactionPart,
  ): Promise<z.output<Result>>;
}

export const createAdministration = (dependencies: AdministrationDependencies): Administration => ({
  perform: (act, actor, input, part) =>
    act.perform(
      part === undefined
        ? dependencies
        : { ...dependencies, database: takingPart(dependencies.database, part) },
      actor,
      input,
    ),
});
