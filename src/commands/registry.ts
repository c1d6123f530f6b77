import type { Command } from 'commander';
import type { z } from 'zod';
import { clientFileSchema } from '../domain/clients/policy.ts';
import { resourceSchema } from '../domain/resources/store.ts';
import { notFound } from '../kernel/errors.ts';
import { registerClient } from '../oidc/clients.ts';
import type { House } from '../wire.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import type { WithHouse } from './house.ts';
import { readJsonFile } from './json-file.ts';
import { commandOrigin } from './origin.ts';

/** `gatehouse clients …`: the applications that may sign people in or ask for tokens. */
export function registerClients(
  program: Command,
  withHouse: WithHouse,
  terminal: Terminal = processTerminal,
): void {
  const clients = program.command('clients').description('the applications that may ask for tokens');

  clients
    .command('create')
    .description('register a client and print it, its secret this once')
    .argument('<file>', 'RFC 7591 client metadata as JSON; - reads the standard input')
    .action(async (file: string) => {
      const metadata = await readJsonFile(file, clientFileSchema);
      await withHouse(async (house) => {
        const { response } = await createClient(house, metadata);
        terminal.print(toJson(response));
      });
    });

  clients
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }) =>
      withHouse(async (house) => {
        const list = await house.clients.list();
        if (options.json) return terminal.print(toJson(list.map(({ metadata }) => metadata)));
        for (const { id, metadata } of list) terminal.print(`${id}  ${metadata.client_name ?? ''}`.trimEnd());
        if (list.length === 0) terminal.print('There are no clients yet.');
      }),
    );

  clients
    .command('show')
    .argument('<id>')
    .action((id: string) =>
      withHouse(async (house) => {
        const client = await house.clients.find(id);
        if (client === undefined) throw notFound('client_unknown', `There is no client "${id}".`);
        terminal.print(toJson(client.metadata));
      }),
    );

  clients
    .command('delete')
    .description('remove a client; everything that it holds stops working')
    .argument('<id>')
    .option(...YES)
    .action((id: string, { yes }: { yes?: boolean }) =>
      withHouse(async (house) => {
        const client = await house.clients.find(id);
        if (client === undefined) throw notFound('client_unknown', `There is no client "${id}".`);
        await confirm(terminal, {
          yes,
          act: `Delete the client ${named(id, client.metadata.client_name)}`,
          loses: [
            'Nobody can sign in to it any more, and every token and session that it has ends at once.',
            'Its registration with its secret, and what people have allowed it, are lost.',
          ],
        });
        await house.database.transaction(async (tx) => {
          if (!(await house.clients.delete(tx, id)))
            throw notFound('client_unknown', `There is no client "${id}".`);
          await house.access.endAllOfClient(tx, id);
          await house.consents.forgetClient(tx, id);
          await house.logouts.forgetClient(tx, id);
          const event = { type: 'client.deleted', outcome: 'success', actor: 'command', client: id } as const;
          const origin = commandOrigin('clients delete');
          await house.audit.record(tx, { ...event, origin, details: {} });
        });
        terminal.print(`Deleted ${id}.`);
      }),
    );
}

/** Registers a client with its audit event, in one transaction. */
export async function createClient(house: House, file: z.infer<typeof clientFileSchema>) {
  const registration = await registerClient(house.active.current, file, house);
  const { client } = registration;
  const name = client.metadata.client_name;
  await house.database.transaction(async (tx) => {
    await house.clients.create(tx, client);
    await house.audit.record(tx, {
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
  withHouse: WithHouse,
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
      const resource = await readJsonFile(file, resourceSchema);
      await withHouse(async (house) => {
        await createResource(house, resource);
        terminal.print(toJson(resource));
      });
    });

  resources
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }) =>
      withHouse(async (house) => {
        const list = await house.resources.list();
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
      withHouse(async (house) => {
        const resource = await house.resources.find(identifier);
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
        await house.database.transaction(async (tx) => {
          if (!(await house.resources.delete(tx, identifier))) {
            throw notFound('resource_unknown', `There is no resource "${identifier}".`);
          }
          const event = { type: 'resource.deleted', outcome: 'success', actor: 'command' } as const;
          const origin = commandOrigin('resources delete');
          await house.audit.record(tx, { ...event, origin, details: { identifier } });
        });
        terminal.print(`Deleted ${identifier}.`);
      }),
    );
}

/** Registers a resource with its audit event, in one transaction. */
export async function createResource(house: House, resource: z.infer<typeof resourceSchema>): Promise<void> {
  const { identifier, name, scopes, token_algorithm: tokenAlgorithm, token_seconds: tokenSeconds } = resource;
  await house.database.transaction(async (tx) => {
    await house.resources.create(tx, { identifier, name, scopes, tokenAlgorithm, tokenSeconds });
    const event = { type: 'resource.created', outcome: 'success', actor: 'command' } as const;
    const origin = commandOrigin('resources create');
    await house.audit.record(tx, { ...event, origin, details: { identifier } });
  });
}

/** What was typed, and the name that people know it by. */
const named = (id: string, name: unknown) =>
  typeof name === 'string' && name !== '' ? `"${id}" (${name.replace(/\p{C}/gu, '?')})` : `"${id}"`;

const toJson = (value: unknown) => JSON.stringify(value, null, 2);
