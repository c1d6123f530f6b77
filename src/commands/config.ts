import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CommandActor } from '../administration/actor.ts';
import { approverProblem } from '../administration/approvers.ts';
import { ACT_NAMES, ACTS, problemsOfAdministration } from '../administration/index.ts';
import { matrixAsTable } from '../administration/rights/matrix.ts';
import { administrativeRoles } from '../administration/rights/roles.ts';
import { system } from '../administration/system.ts';
import { guide, listing } from '../config/describe.ts';
import { ConfigurationError, type Resolution } from '../config/load.ts';
import { eventCatalogue } from '../domain/audit/events/catalogue.ts';
import { rulesAsTable } from '../domain/clients/rules/index.ts';
import { openApiDocument } from '../http/api/admin/openapi.ts';
import { VERSION } from '../kernel/version.ts';
import { type AdministeredApp, operatorOf } from './acting.ts';
import { resolveForCommand, type Terminal } from './environment.ts';

/** Where `config docs` writes, and where the documentation points to. */
export const GUIDE_FILE = join(import.meta.dirname, '../../docs/configuration.md');
/** The guide to clients, which people write, but for its table of rules. */
export const CLIENTS_GUIDE_FILE = join(import.meta.dirname, '../../docs/clients.md');
/** The catalogue of audit events. */
export const EVENTS_GUIDE_FILE = join(import.meta.dirname, '../../docs/audit-events.md');

/** The description of the API of administration. */
export const OPENAPI_FILE = join(import.meta.dirname, '../../docs/openapi.json');

/** What is written there: of an issuer that is nobody's. A server tells its own. */
export const openApiText = (): string =>
  `${JSON.stringify(openApiDocument(ACTS, { issuer: 'https://id.example.org', version: VERSION }), null, 2)}\n`;

/** The guide to administration, which people write, but for its table of acts and roles. */
export const ADMINISTRATION_GUIDE_FILE = join(import.meta.dirname, '../../docs/administration.md');

const MATRIX_IN_GUIDE = /(<!-- matrix: [^\n]*-->\n)[\s\S]*?(<!-- end of matrix -->)/;

/** The guide to administration with the table of the acts and roles that there are now. */
export const withMatrix = (administrationGuide: string): string =>
  administrationGuide.replace(
    MATRIX_IN_GUIDE,
    (_all, start: string, end: string) =>
      `${start}${matrixAsTable(ACTS, administrativeRoles({}, ACT_NAMES))}\n${end}`,
  );

const RULES_IN_GUIDE = /(<!-- rules: [^\n]*-->\n)[\s\S]*?(\n<!-- end of rules -->)/;

/** The guide to clients with the table of the rules that there are now. */
export const withRules = (clientsGuide: string): string =>
  clientsGuide.replace(
    RULES_IN_GUIDE,
    (_all, start: string, end: string) => `${start}${rulesAsTable()}${end}`,
  );

/** Opens what acts are asked of. */
type OpensAdministered = <T>(work: (app: AdministeredApp) => Promise<T>) => Promise<T>;

/** `gatehouse config show|check|docs`, of the server's own settings. Answers the group, for what belongs to it as well. */
export function registerConfig(
  program: Command,
  withApp: OpensAdministered,
  terminal: Terminal,
  env = process.env,
): Command {
  const config = program
    .command('config')
    .description('look at the configuration, and apply what is declared in documents');

  config
    .command('show')
    .description('list every setting, its value (secrets masked) and where it came from')
    .action(async () => {
      const resolution = await resolveForCommand({ env });
      terminal.print(listing(resolution));
      for (const warning of resolution.warnings) terminal.warn(`gatehouse: ${warning}`);
    });

  config
    .command('check')
    .description('say what is wrong with the configuration, all at once')
    .option('--database', 'ask the database as well, for what the configuration by itself does not tell')
    .action(async ({ database = false }: { database?: boolean }, command: Command) => {
      const resolution = await resolveForCommand({ env });
      for (const warning of resolution.warnings) terminal.warn(`gatehouse: ${warning}`);
      const problems = [...blocking(resolution), ...problemsOfActs(resolution)];
      if (problems.length > 0) throw new ConfigurationError(problems);
      if (database) await checkDatabase(withApp, operatorOf(command));
      terminal.print(`The configuration is valid (${resolution.values.get('NODE_ENV')}).`);
    });

  config
    .command('docs')
    .description(
      'write docs/configuration.md, docs/audit-events.md and docs/openapi.json from their schemas, and the tables in docs/clients.md and docs/administration.md',
    )
    .action(async () => {
      await writeFile(GUIDE_FILE, guide());
      await writeFile(CLIENTS_GUIDE_FILE, withRules(await readFile(CLIENTS_GUIDE_FILE, 'utf8')));
      const administrationGuide = await readFile(ADMINISTRATION_GUIDE_FILE, 'utf8');
      await writeFile(ADMINISTRATION_GUIDE_FILE, withMatrix(administrationGuide));
      await writeFile(EVENTS_GUIDE_FILE, eventCatalogue());
      await writeFile(OPENAPI_FILE, openApiText());
      terminal.print(
        `Wrote ${GUIDE_FILE}, ${EVENTS_GUIDE_FILE}, ${OPENAPI_FILE}, ${CLIENTS_GUIDE_FILE} and ${ADMINISTRATION_GUIDE_FILE}.`,
      );
    });
  return config;
}

/** What is wrong as people, roles and settings are together. */
async function checkDatabase(withApp: OpensAdministered, actor: CommandActor): Promise<void> {
  const { approversMissing } = await withApp(({ administration }) =>
    administration.perform(system.status, actor, {}),
  );
  const problem = approverProblem(approversMissing);
  if (problem !== undefined) throw new ConfigurationError([problem]);
}

/** What is absent in development is no mistake: the start supplies it. */
function blocking({ problems, absent, values }: Resolution): readonly string[] {
  if (values.get('NODE_ENV') !== 'development') return problems;
  const supplied = new Set(absent.values());
  return problems.filter((problem) => !supplied.has(problem));
}

/** Acts that are named and that there are none of: the configuration by itself knows no acts. */
const problemsOfActs = ({ config }: Resolution): string[] =>
  config === undefined ? [] : problemsOfAdministration(config.administration);
