import type { Command } from 'commander';
import type { CommandActor } from '../administration/actor.ts';
import { passwords as acts } from '../administration/passwords/index.ts';
import { badRequest } from '../kernel/errors.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import type { Terminal } from './environment.ts';

/** `gatehouse passwords wrap` and `gatehouse passwords firebase-key`: hashes that were made elsewhere. */
export function registerForeignHashes(
  passwords: Command,
  withApp: WithAdministration,
  terminal: Terminal,
  input: AsyncIterable<Buffer>,
): void {
  changing(passwords.command('wrap'))
    .description(
      'wrap the weak password hashes that an earlier version has stored; may be cut off and run again. First bring every node to this version',
    )
    .action((_options: unknown, command: Command) =>
      withApp((app) => wrapStored(app, terminal, operatorOf(command))),
    );

  changing(passwords.command('firebase-key'))
    .description(
      'keep the signer key of a Firebase project, which its password hashes need; reads it, in base64 or as the hash_config that Firebase shows, from the standard input',
    )
    .option('--name <name>', 'what hashes call it (k=NAME), where there are several projects', 'default')
    .option('--replace', 'put it in the place of one that was wrong')
    .action((options: { name: string; replace?: boolean }, command: Command) =>
      withApp((app) => addSignerKey(app, terminal, operatorOf(command), input, options)),
    );
}

/** After so many hashes people are told that it goes on. */
const TOLD_EVERY = 2_000;

async function wrapStored(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
): Promise<void> {
  let told = 0;
  const onProgress = (wrapped: number) => {
    if (wrapped - told < TOLD_EVERY) return;
    told = wrapped;
    terminal.warn(`${wrapped} weak password hashes are wrapped.`);
  };
  const done = await administration.perform(acts.wrapHashes, actor, { onProgress });
  const { accounts, former, unreadable } = done;
  terminal.print(
    accounts + former === 0
      ? 'There are no weak password hashes that are not wrapped.'
      : `Wrapped the weak password hashes of ${accounts} accounts, and ${former} of former passwords.`,
  );
  if (unreadable > 0) {
    terminal.warn(
      `${unreadable} stored hashes cannot be read, or would cost too much to verify: they let nobody in, and stay as they are.`,
    );
  }
}

async function addSignerKey(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  input: AsyncIterable<Buffer>,
  { name, replace = false }: { name: string; replace?: boolean },
): Promise<void> {
  const key = signerKeyIn(await readAll(input));
  const { added } = await administration.perform(acts.addSignerKey, actor, { name, key, replace });
  terminal.print(added ? `The signer key "${name}" is kept.` : `The signer key "${name}" was here already.`);
}

/** Far more than a key or a hash_config has. */
const MOST_BYTES = 16 * 1024;

async function readAll(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw badRequest('signer_key_invalid', 'The standard input is longer than any key.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `base64_signer_key: …,` of the console, `"base64_signer_key": "…"`, or the key by itself. */
function signerKeyIn(text: string): string {
  const [, named] = /\bbase64_signer_key"?\s*[:=]\s*"?([A-Za-z0-9+/=]+)/.exec(text) ?? [];
  const key = named ?? text.trim();
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return key;
  throw badRequest(
    'signer_key_invalid',
    'The standard input has no signer key; expected base64, or the hash_config that the Firebase console shows.',
  );
}
