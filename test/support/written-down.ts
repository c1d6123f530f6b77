import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { registerLifecycle } from '../../src/commands/lifecycle.ts';
import { registerClients, registerResources } from '../../src/commands/registry.ts';
import { refuseRepeatedOptions } from '../../src/commands/repeated-options.ts';
import { registerUsers } from '../../src/commands/users.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { startTestServer, type TestServer } from './server.ts';

/** A server beside which commands run, with files that the test writes: to be called in a `describe`. */
export function useWrittenDown() {
  let server: TestServer;
  let folder: string;

  before(async () => {
    server = await startTestServer({
      settings: {
        SESSION_POLICIES: '{"clinician":{"timeoutMinutes":10}}',
        PASSWORD_EXPIRY_ROLES: 'pharmacist',
      },
    });
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-written-'));
    await server.addAccount({ roles: ['nurse', 'administrator'] });
    await server.addResource({
      identifier: 'https://records.example.org',
      name: 'Records',
      scopes: ['records:read'],
    });
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await server.stop();
  });

  async function run(...words: string[]) {
    const printed: string[] = [];
    const warned: string[] = [];
    const terminal = {
      print: (text: string) => void printed.push(text),
      warn: (text: string) => void warned.push(text),
      fail: () => {},
    };
    const withApp = <T>(work: (app: TestServer['app']) => Promise<T>) => work(server.app);
    const program = new Command('gatehouse').exitOverride();
    registerUsers(program, withApp, terminal);
    registerLifecycle(program, withApp, terminal);
    registerClients(program, withApp, terminal);
    registerResources(program, withApp, terminal);
    refuseRepeatedOptions(program);
    for (const command of [
      program,
      ...program.commands,
      ...program.commands.flatMap(({ commands }) => commands),
    ]) {
      command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    }
    const error = await program.parseAsync(words, { from: 'user' }).then(
      () => undefined,
      (thrown: GatehouseError) => thrown,
    );
    return { printed: printed.join('\n'), warned, error };
  }
  async function file(content: unknown): Promise<string> {
    const path = join(folder, `${Math.random()}.json`);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }
  const count = async () => (await server.app.clients.store.list()).length;

  return {
    get server() {
      return server;
    },
    run,
    file,
    count,
  };
}
