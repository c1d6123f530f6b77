import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { GatehouseError } from '../kernel/errors.ts';

/** The sample application and the sample service, each a process of its own that ends with this one. */

const fileOf = (name: string) => fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url));

/** Ends the example when the channel to us closes, which it does however we end; keeps such lines out of the examples. */
const END_WITH_PARENT = 'data:text/javascript,process.on("disconnect",()=>process.exit())';
const START_MS = 15_000;

export interface Examples {
  stop(): Promise<void>;
}

export interface ExamplePorts {
  readonly application: number;
  readonly service: number;
}

export interface ExampleSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly ports: ExamplePorts;
  /** Called when one ends by itself. */
  readonly onEnd: (name: string) => void;
}

/** Resolves when both listen. Throws `example_failed` when one does not. */
export async function startExamples(settings: ExampleSettings): Promise<Examples> {
  const { issuer, ports } = settings;
  let stopping = false;
  const children: ChildProcess[] = [];
  const stop = async () => {
    stopping = true;
    await Promise.all(children.map(end));
  };
  const launch = async (name: string, file: string, env: Record<string, string>) => {
    const child = start(file, env);
    children.push(child);
    await listening(name, child);
    child.once('exit', () => {
      if (!stopping) settings.onEnd(name);
    });
  };
  try {
    await Promise.all([
      launch('sample application', 'relying-party', {
        ISSUER: issuer,
        PORT: String(ports.application),
        CLIENT_ID: settings.clientId,
        CLIENT_SECRET: settings.clientSecret,
        SERVICE: `http://localhost:${ports.service}`,
      }),
      launch('sample service', 'service', { ISSUER: issuer, PORT: String(ports.service) }),
    ]);
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function start(name: string, settings: Record<string, string>): ChildProcess {
  // Only what they need: the server's own secrets are none of theirs.
  const env = { PATH: process.env.PATH ?? '', ...settings };
  return spawn(process.execPath, ['--import', END_WITH_PARENT, fileOf(name)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

/** An example says one line when it listens. */
async function listening(name: string, child: ChildProcess): Promise<void> {
  const started = child.stdout === null ? Promise.reject() : once(child.stdout, 'data');
  const ended = once(child, 'exit').then(() => Promise.reject());
  const late = AbortSignal.timeout(START_MS);
  await Promise.race([started, ended, once(late, 'abort').then(() => Promise.reject())]).catch((cause) => {
    throw new GatehouseError('example_failed', { message: `The ${name} did not start.`, cause });
  });
  child.stdout?.resume();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
