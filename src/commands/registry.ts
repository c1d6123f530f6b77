import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { z } from 'zod';
import { clientFileSchema } from '../domain/clients/policy.ts';
import { resourceSchema } from '../domain/resources/store.ts';
import { badRequest, notFound } from '../kernel/errors.ts';
import { registerClient } from '../oidc/clients.ts';
import type { House } from '../wire.ts';
import { processTerminal, type Terminal } from './environment.ts';
import type { WithHouse } from './house.ts';
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
    .action((file: string) =>
      withHouse(async (house) => {
        const { response } = await createClient(house, await readJson(file, clientFileSchema));
        terminal.print(toJson(response));
      }),
    );

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
    .action((id: string) =>
      withHouse(async (house) => {
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
    .action((file: string) =>
      withHouse(async (house) => {
        const resource = await readJson(file, resourceSchema);
        await createResource(house, resource);
        terminal.print(toJson(resource));
      }),
    );

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
    .argument('<identifier>')
    .action((identifier: string) =>
      withHouse(async (house) => {
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

async function readJson<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.infer<Schema>> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((cause) => {
    throw badRequest('file_unreadable', `cannot read ${file}`, cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badRequest('file_invalid', `${file} is not JSON`, cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  throw badRequest('file_invalid', problems.join('\n'), parsed.error);
}

const toJson = (value: unknown) => JSON.stringify(value, null, 2);
