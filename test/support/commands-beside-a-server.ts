import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { registerKeys } from '../../src/commands/keys.ts';
import { registerClients, registerResources } from '../../src/commands/registry.ts';
import { registerSessions } from '../../src/commands/sessions.ts';
import { registerSetup } from '../../src/commands/setup.ts';
import { registerUsers } from '../../src/commands/users.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { type AuditRow, eventsDuring, type Person } from './protocol.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts';

interface Outcome {
  readonly printed: string[];
  /** What was said on standard error beside it. */
  readonly warned: string[];
  readonly error: GatehouseError | undefined;
  readonly events: AuditRow[];
}

/** Commands that run beside a server: to be called in a `describe`. */
export function useCommandsBesideServer(options: TestServerOptions = {}) {
  let server: TestServer;
  let person: Person;
  let folder: string;

  before(async () => {
    server = await startTestServer(options);
    person = await server.addAccount();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-commands-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await server.stop();
  });

  async function run(...args: string[]): Promise<Outcome> {
    const printed: string[] = [];
    const warned: string[] = [];
    const terminal = {
      print: (text: string) => void printed.push(text),
      warn: (text: string) => void warned.push(text),
      fail: () => {},
    };
    const program = new Command('gatehouse').exitOverride();
    program.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    const withApp = <T>(work: (app: TestServer['app']) => Promise<T>) => work(server.app);
    registerClients(program, withApp, terminal);
    registerResources(program, withApp, terminal);
    registerKeys(program, withApp, terminal);
    registerSessions(program, withApp, terminal);
    registerSetup(program, withApp, terminal);
    registerUsers(program, withApp, terminal);
    const { events, result: error } = await eventsDuring(server, () =>
      program.parseAsync(args, { from: 'user' }).then(
        () => undefined,
        (thrown: GatehouseError) => thrown,
      ),
    );
    // The trail names the command by its words; what was typed after them may be a secret.
    const words = args[0] === 'setup-link' ? 1 : 2;
    for (const { command } of events)
      expect(command).to.be.oneOf([null, ['gatehouse', ...args.slice(0, words)].join(' ')]);
    return { printed, warned, error, events };
  }

  async function file(value: unknown): Promise<string> {
    const path = join(folder, `${Math.random()}.json`);
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
    return path;
  }

  const create = async (metadata: object): Promise<Record<string, string>> => {
    const { printed, error } = await run('clients', 'create', await file(metadata));
    if (error !== undefined) throw error;
    return JSON.parse(printed.join('\n')) as Record<string, string>;
  };

  return {
    get server() {
      return server;
    },
    get person() {
      return person;
    },
    run,
    file,
    create,
  };
}
