import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { CommandActor } from '../administration/actor.ts';
import { clients as clientActs } from '../administration/clients/index.ts';
import { MOST_ITEMS } from '../administration/list.ts';
import { resources as resourceActs } from '../administration/resources.ts';
import { PRESETS, type PresetName } from '../domain/clients/presets.ts';
import { readResource } from '../domain/resources/store.ts';
import { badRequest } from '../kernel/errors.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import { nameFile, registerClientChanges, secretLine } from './client-changes.ts';
import { registerClientProblems } from './client-problems.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { readJsonObject } from './json-file.ts';

/** `gatehouse clients …`: the applications that may sign people in or ask for tokens. */
export function registerClients(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const clients = program.command('clients').description('the applications that may ask for tokens');

  changing(clients.command('create'))
    .description('register a client and print it, its secret this once')
    .argument('<file>', 'RFC 7591 client metadata as JSON; - reads the standard input')
    .addOption(
      new Option(
        '--preset <kind>',
        'fill in what is safe for a client of this kind, so that the file needs only what is particular',
      ).choices(PRESETS),
    )
    .action(async (file: string, { preset }: { preset?: PresetName }, command: Command) => {
      const metadata = await readJsonObject(file);
      await withApp(async ({ administration }) => {
        const { registration, warnings } = await administration
          .perform(clientActs.create, operatorOf(command), { metadata, preset })
          .catch(nameFile);
        terminal.print(toJson(registration));
        for (const warning of warnings) terminal.warn(warning);
      });
    });

  clients
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }, command: Command) =>
      withApp(async (app) => {
        const list = await everyClient(app, operatorOf(command));
        if (options.json) return terminal.print(toJson(list.map(({ metadata }) => metadata)));
        for (const { id, name, problems, status } of list) {
          const refused = problems.length > 0 ? '  (refused: see clients check)' : '';
          const disabled = status === 'disabled' ? '  (disabled)' : '';
          terminal.print(`${id}  ${name ?? ''}${disabled}${refused}`.trimEnd());
        }
        if (list.length === 0) terminal.print('There are no clients yet.');
      }),
    );

  clients
    .command('show')
    .argument('<id>')
    .action((client: string, _options: unknown, command: Command) =>
      withApp(async ({ administration }) => {
        const shown = await administration.perform(clientActs.show, operatorOf(command), { client });
        terminal.print(toJson(shown.metadata));
        for (const secret of shown.secrets) terminal.warn(secretLine(secret));
        for (const problem of shown.problems) terminal.warn(`refused: ${problem}`);
      }),
    );

  clients
    .command('check')
    .description('say which stored clients are refused, and why; before an upgrade, with the new version')
    .action((_options: unknown, command: Command) =>
      withApp((app) => checkClients(app, terminal, operatorOf(command))),
    );

  registerClientChanges(clients, withApp, terminal);
  registerClientProblems(clients, withApp, terminal);

  changing(clients.command('delete'))
    .description('remove a client; everything that it holds stops working')
    .argument('<id>')
    .option(...YES)
    .action((client: string, { yes }: { yes?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const actor = operatorOf(command);
        const { id, metadata } = await administration.perform(clientActs.show, actor, { client });
        await confirm(terminal, {
          yes,
          act: `Delete the client ${named(id, metadata.client_name)}`,
          loses: [
            'Nobody can sign in to it any more, and every token and session that it has ends at once.',
            'Its registration with its secret, and what people have allowed it, are lost.',
          ],
        });
        await administration.perform(clientActs.delete, actor, { client });
        terminal.print(`Deleted ${id}.`);
      }),
    );
}

/** Every client by its id, page after page. */
async function everyClient({ administration }: AdministeredApp, actor: CommandActor) {
  const all: z.output<typeof clientActs.list.result>['items'] = [];
  let cursor: string | undefined;
  do {
    const page = await administration.perform(clientActs.list, actor, { limit: MOST_ITEMS, cursor });
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

/** Throws `clients_refused` after it has named each with its reasons. */
async function checkClients(app: AdministeredApp, terminal: Terminal, actor: CommandActor): Promise<void> {
  const list = await everyClient(app, actor);
  const refused = list.filter(({ problems }) => problems.length > 0);
  for (const { id, problems } of refused) {
    terminal.print([id, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
  if (refused.length > 0) {
    throw badRequest('clients_refused', `${refused.length} of ${list.length} clients are refused.`);
  }
  terminal.print(`All ${list.length} clients keep the rules.`);
}

/** `gatehouse resources …`: the services for which access tokens are issued as JWTs. */
export function registerResources(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const resources = program.command('resources').description('the services that accept access tokens');

  changing(resources.command('create'))
    .argument(
      '<file>',
      'identifier, name, scopes[] (names, or name and description), token_algorithm, token_seconds as JSON; - reads the standard input',
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      const { resource, problems } = readResource(await readJsonObject(file));
      if (resource === undefined) throw badRequest('file_invalid', problems.join('\n'));
      const { token_algorithm: tokenAlgorithm, token_seconds: tokenSeconds, ...rest } = resource;
      await withApp(async ({ administration }) => {
        const input = { ...rest, tokenAlgorithm, tokenSeconds };
        await administration.perform(resourceActs.create, operatorOf(command), input);
        terminal.print(toJson(resource));
      });
    });

  resources
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const { resources: list } = await administration.perform(resourceActs.list, operatorOf(command), {});
        if (options.json) return terminal.print(toJson(list));
        for (const { identifier, name } of list) terminal.print(`${identifier}  ${name}`);
        if (list.length === 0) terminal.print('There are no resources yet.');
      }),
    );

  changing(resources.command('delete'))
    .description('remove a resource; no more access tokens are issued for it')
    .argument('<identifier>')
    .option(...YES)
    .action((identifier: string, { yes }: { yes?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const actor = operatorOf(command);
        const resource = await administration.perform(resourceActs.show, actor, { identifier });
        await confirm(terminal, {
          yes,
          act: `Delete the resource ${named(identifier, resource.name)}`,
          loses: [
            'Applications get no more access tokens for it.',
            `Its scopes are lost: ${resource.scopes.map(({ name }) => name).join(', ') || 'it has none'}.`,
          ],
        });
        await administration.perform(resourceActs.delete, actor, { identifier });
        terminal.print(`Deleted ${identifier}.`);
      }),
    );
}

/** What was typed, and the name that people know it by. */
const named = (id: string, name: unknown) =>
  typeof name === 'string' && name !== '' ? `"${id}" (${name.replace(/\p{C}/gu, '?')})` : `"${id}"`;

const toJson = (value: unknown) => JSON.stringify(value, null, 2);
