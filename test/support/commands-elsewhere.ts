import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idsAsArguments } from '../../src/commands/ids-as-arguments.ts';
import { createProgram } from '../../src/commands/program.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { type App, typeCode, typePassword } from './factors.ts';
import type { Person } from './protocol.ts';
import type { TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

export interface CommandOutcome {
  readonly printed: string;
  readonly warned: string;
  readonly error: GatehouseError | undefined;
}

/** Somebody at a machine of their own: a browser, a folder for what commands keep, and no configuration of a server. */
export async function machineOf(person: Person, factor?: App) {
  let app = factor;
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-machine-'));
  const agent = new UserAgent();
  let signIns = 0;

  /** Does in the browser what the page wants, until the browser is sent to the command's port. */
  async function signInAt(address: string): Promise<void> {
    signIns += 1;
    let page: Page = await agent.open(address);
    for (let steps = 0; page.location === undefined && steps < 5; steps += 1) {
      if (page.forms.some(({ fields }) => 'password' in fields))
        page = await typePassword(agent, page, person);
      else if (page.forms.some(({ fields }) => 'factor' in fields))
        page = await agent.follow(await typeCode(agent, page, (await app?.fresh()) ?? ''));
      else page = await agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));
    }
    await fetch(page.location ?? 'nowhere');
  }

  async function gatehouse(...words: string[]): Promise<CommandOutcome> {
    const printed: string[] = [];
    const warned: string[] = [];
    const signing: Promise<void>[] = [];
    const terminal = {
      print: (text: string) => void printed.push(text),
      warn(text: string) {
        const address = /^Sign in with your browser[\s\S]*?(http\S+)/.exec(text)?.[1];
        if (address === undefined) warned.push(text);
        else signing.push(signInAt(address));
      },
      fail: () => undefined,
      ask: async () => 'yes',
    };
    const env = { HOME: folder, XDG_CONFIG_HOME: folder, DATA_DIR: join(folder, 'none') };
    const program = createProgram({ env, configFile: false }, terminal);
    const error = await program.parseAsync(idsAsArguments(words), { from: 'user' }).then(
      () => undefined,
      (thrown: GatehouseError) => thrown,
    );
    await Promise.all(signing);
    return { printed: printed.join('\n'), warned: warned.join('\n'), error };
  }

  return {
    folder: join(folder, 'gatehouse'),
    agent,
    gatehouse,
    get signIns() {
      return signIns;
    },
    /** They have an authenticator app from now on. */
    gets: (another: App) => {
      app = another;
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The same commands on the server's own machine, as its operator. */
export async function operatorAt({ app }: TestServer, ...words: string[]): Promise<CommandOutcome> {
  const printed: string[] = [];
  const warned: string[] = [];
  const terminal = {
    print: (text: string) => void printed.push(text),
    warn: (text: string) => void warned.push(text),
    fail: () => undefined,
    ask: async () => 'yes',
  };
  const program = createProgram({ env: {}, configFile: false }, terminal, (work) => work(app));
  const error = await program.parseAsync(idsAsArguments(words), { from: 'user' }).then(
    () => undefined,
    (thrown: GatehouseError) => thrown,
  );
  return { printed: printed.join('\n'), warned: warned.join('\n'), error };
}
