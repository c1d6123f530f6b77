import type { Command } from 'commander';
import type { z } from 'zod';
import { type ClientFile, clientFileSchema } from '../domain/clients/policy.ts';
import { readResource, type resourceSchema } from '../domain/resources/store.ts';
import { badRequest, notFound } from '../kernel/errors.ts';
import { whyRefused } from '../oidc/client-reading.ts';
import { registerClient, registrationProblems } from '../oidc/clients.ts';
import type { App } from '../wire.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { readJsonObject } from './json-file.ts';
import { commandOrigin } from './origin.ts';
import type { WithApp } from './with-app.ts';

/** `gatehouse clients …`: the applications that may sign people in or ask for tokens. */
export function registerClients(
  program: Command,
  withApp: WithApp,
  terminal: Terminal = processTerminal,
): void {
  const clients = program.command('clients').description('the applications that may ask for tokens');

  clients
    .command('create')
    .description('register a client and print it, its secret this once')
    .argument('<file>', 'RFC 7591 client metadata as JSON; - reads the standard input')
    .action(async (file: string) => {
      const metadata = await readJsonObject(file);
      await withApp(async (app) => {
        const { response, warnings } = await createClient(app, clientFileOf(app, metadata));
        terminal.print(toJson(response));
        for (const warning of warnings) terminal.warn(warning);
      });
    });

  clients
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }) =>
      withApp(async (app) => {
        const list = await app.clients.store.list();
        if (options.json) return terminal.print(toJson(list.map(({ metadata }) => metadata)));
        for (const client of list) {
          const refused =
            whyRefused(app.protocol.active.current, client).length > 0
              ? '  (refused: see clients check)'
              : '';
          terminal.print(`${client.id}  ${client.metadata.client_name ?? ''}${refused}`.trimEnd());
        }
        if (list.length === 0) terminal.print('There are no clients yet.');
      }),
    );

  clients
    .command('show')
    .argument('<id>')
    .action((id: string) =>
      withApp(async (app) => {
        const client = await app.clients.store.find(id);
        if (client === undefined) throw notFound('client_unknown', `There is no client "${id}".`);
        terminal.print(toJson(client.metadata));
        for (const problem of whyRefused(app.protocol.active.current, client)) {
          terminal.warn(`refused: ${problem}`);
        }
      }),
    );

  clients
    .command('check')
    .description('say which stored clients are refused, and why; before an upgrade, with the new version')
    .action(() => withApp((app) => checkClients(app, terminal)));

  clients
    .command('delete')
    .description('remove a client; everything that it holds stops working')
    .argument('<id>')
    .option(...YES)
    .action((id: string, { yes }: { yes?: boolean }) =>
      withApp(async (app) => {
        const client = await app.clients.store.find(id);
        if (client === undefined) throw notFound('client_unknown', `There is no client "${id}".`);
        await confirm(terminal, {
          yes,
          act: `Delete the client ${named(id, client.metadata.client_name)}`,
          loses: [
            'Nobody can sign in to it any more, and every token and session that it has ends at once.',
            'Its registration with its secret, and what people have allowed it, are lost.',
          ],
        });
        await app.database.transaction(async (tx) => {
          if (!(await app.clients.store.delete(tx, id)))
            throw notFound('client_unknown', `There is no client "${id}".`);
          await app.lifecycle.access.endAllOfClient(tx, id);
          await app.clients.consents.forgetClient(tx, id);
          await app.logouts.outbox.forgetClient(tx, id);
          const event = { type: 'client.deleted', outcome: 'success', actor: 'command', client: id } as const;
          const origin = commandOrigin('clients delete');
          await app.audit.log.record(tx, { ...event, origin, details: {} });
        });
        terminal.print(`Deleted ${id}.`);
      }),
    );
}

/** Throws `clients_refused` after it has named each with its reasons. */
async function checkClients(app: App, terminal: Terminal): Promise<void> {
  const list = await app.clients.store.list();
  const refused = list.map((client) => ({
    client,
    problems: whyRefused(app.protocol.active.current, client),
  }));
  let count = 0;
  for (const { client, problems } of refused) {
    if (problems.length === 0) continue;
    count += 1;
    terminal.print([client.id, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
  if (count > 0) throw badRequest('clients_refused', `${count} of ${list.length} clients are refused.`);
  terminal.print(`All ${list.length} clients keep the rules.`);
}

/** Everything that is wrong with the file is said at once. */
function clientFileOf(app: App, value: Record<string, unknown>): ClientFile {
  const parsed = clientFileSchema.safeParse(value);
  // What we say of a member by itself is said of all members; the schema only tells a file that is no registration at all.
  if (parsed.success) return value as ClientFile;
  const problems = registrationProblems(app.config.server.issuer, value);
  throw badRequest('file_invalid', problems.join('\n'), parsed.error);
}

/** Registers a client with its audit event, in one transaction. */
export async function createClient(app: App, file: ClientFile) {
  const registration = await registerClient(app.protocol.active.current, file, app);
  const { client } = registration;
  const name = client.metadata.client_name;
  await app.database.transaction(async (tx) => {
    await app.clients.store.create(tx, client);
    await app.audit.log.record(tx, {
      type: 'client.created',
      outcome: 'success',
      actor: 'command',
      client: client.id,
      origin: commandOrigin('clients create'),
      details: typeof name === 'string' ? { name } : {},
    });
  });
  return registration;
}

/** `gatehouse resources …`: the services for which access tokens are issued as JWTs. */
export function registerResources(
  program: Command,
  withApp: WithApp,
  terminal: Terminal = processTerminal,
): void {
  const resources = program.command('resources').description('the services that accept access tokens');

  resources
    .command('create')
    .argument(
      '<file>',
      'identifier, name, scopes[] (names, or name and description), token_algorithm, token_seconds as JSON; - reads the standard input',
    )
    .action(async (file: string) => {
      const { resource, problems } = readResource(await readJsonObject(file));
      if (resource === undefined) throw badRequest('file_invalid', problems.join('\n'));
      await withApp(async (app) => {
        await createResource(app, resource);
        terminal.print(toJson(resource));
      });
    });

  resources
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }) =>
      withApp(async (app) => {
        const list = await app.clients.resources.list();
        if (options.json) return terminal.print(toJson(list));
        for (const { identifier, name } of list) terminal.print(`${identifier}  ${name}`);
        if (list.length === 0) terminal.print('There are no resources yet.');
      }),
    );

  resources
    .command('delete')
    .description('remove a resource; no more access tokens are issued for it')
    .argument('<identifier>')
    .option(...YES)
    .action((identifier: string, { yes }: { yes?: boolean }) =>
      withApp(async (app) => {
        const resource = await app.clients.resources.find(identifier);
        if (resource === undefined) {
          throw notFound('resource_unknown', `There is no resource "${identifier}".`);
        }
        await confirm(terminal, {
          yes,
          act: `Delete the resource ${named(identifier, resource.name)}`,
          loses: [
            'Applications get no more access tokens for it.',
            `Its scopes are lost: ${resource.scopes.map(({ name }) => name).join(', ') || 'it has none'}.`,
          ],
        });
        await app.database.transaction(async (tx) => {
          if (!(await app.clients.resources.delete(tx, identifier))) {
            throw notFound('resource_unknown', `There is no resource "${identifier}".`);
          }
          const event = { type: 'resource.deleted', outcome: 'success', actor: 'command' } as const;
          const origin = commandOrigin('resources delete');
          await app.audit.log.record(tx, { ...event, origin, details: { identifier } });
        });
        terminal.print(`Deleted ${identifier}.`);
      }),
    );
}

/** Registers a resource with its audit event, in one transaction. */
export async function createResource(app: App, resource: z.infer<typeof resourceSchema>): Promise<void> {
  const { identifier, name, scopes, token_algorithm: tokenAlgorithm, token_seconds: tokenSeconds } = resource;
  await app.database.transaction(async (tx) => {
    await app.clients.resources.create(tx, { identifier, name, scopes, tokenAlgorithm, tokenSeconds });
    const event = { type: 'resource.created', outcome: 'success', actor: 'command' } as const;
    const origin = commandOrigin('resources create');
    await app.audit.log.record(tx, { ...event, origin, details: { identifier } });
  });
}

/** What was typed, and the name that people know it by. */
const named = (id: string, name: unknown) =>
  typeof name === 'string' && name !== '' ? `"${id}" (${name.replace(/\p{C}/gu, '?')})` : `"${id}"`;

const toJson = (value: unknown) => JSON.stringify(value, null, 2);
