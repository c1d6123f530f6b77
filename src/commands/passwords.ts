import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandActor } from '../administration/actor.ts';
import { passwords as acts } from '../administration/passwords/index.ts';
import { openBlocklist } from '../domain/passwords/blocklist.ts';
import { buildBlocklist } from '../domain/passwords/blocklist-builder.ts';
import { badRequest } from '../kernel/errors.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { registerForeignHashes } from './foreign-hashes.ts';
import { UsageError } from './usage.ts';

const BUNDLED = fileURLToPath(new URL('../../config/password-blocklist.bin', import.meta.url));

/**
 * `gatehouse passwords blocklist …`, which need no server, `gatehouse passwords …` about hashes, and `gatehouse users
 * require-password-change`, beside those of `users.ts`, which must have been registered.
 */
export function registerPasswords(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
  input: AsyncIterable<Buffer> = process.stdin,
): void {
  const passwords = program
    .command('passwords')
    .description('what passwords may not be, and how they are kept');
  const blocklist = passwords.command('blocklist').description('passwords that are common or were breached');

  blocklist
    .command('build')
    .description('make a blocklist for PASSWORD_BLOCKLIST_FILE; needs disk beside the output, little memory')
    .argument(
      '<file>',
      'lines of SHA-1:count (Have I Been Pwned) or of plain words; - reads the standard input',
    )
    .option('--output <file>', 'where to write it; otherwise beside the list, with .blocklist at its end')
    .option('--min-count <count>', 'leave out hashes that were seen less often', positive, 1)
    .option('--source <text>', 'where the list comes from, kept in the file')
    .action((file: string, options: BuildOptions) => build(terminal, file, options));

  blocklist
    .command('show')
    .description('tell what is in a blocklist; without a file, in the bundled one')
    .argument('[file]')
    .action((file: string | undefined) => show(terminal, file ?? BUNDLED));

  passwords
    .command('hashes')
    .description(
      'count the kinds of password hashes that accounts have; those of an import give way to ours as people sign in',
    )
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const { kinds } = await administration.perform(acts.countHashes, operatorOf(command), {});
        if (options.json) return terminal.print(JSON.stringify(kinds, null, 2));
        for (const { kind, accounts } of kinds) terminal.print(`${accounts}  ${kind}`);
        if (kinds.length === 0) terminal.print('No account has a password.');
      }),
    );

  registerForeignHashes(passwords, withApp, terminal, input);

  const users = program.commands.find((command) => command.name() === 'users') ?? program.command('users');
  changing(users.command('require-password-change'))
    .description('end every session of an account and ask for another password at the next sign-in')
    .argument('<user>', 'address, user name, subject or id')
    .option('--compromised', 'because somebody else knows the password, or may')
    .action((person: string, { compromised = false }: { compromised?: boolean }, command: Command) =>
      withApp((app) => requireChange(app, terminal, operatorOf(command), { person, compromised })),
    );
}

interface BuildOptions {
  readonly output?: string;
  readonly minCount: number;
  readonly source?: string;
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It has to be a number above 0.');
  return Number(text);
}

async function build(terminal: Terminal, file: string, { output, minCount, source }: BuildOptions) {
  const fromInput = file === '-';
  const target = output ?? (fromInput ? undefined : `${file}.blocklist`);
  if (target === undefined) {
    throw new UsageError('output_missing', 'A list from the standard input needs --output.');
  }
  if (!fromInput) await assertIs(file, 'isFile', 'cannot be read');
  await assertIs(dirname(target), 'isDirectory', 'is no folder to write to');
  const { lines, entries, bytes, kind } = await buildBlocklist({
    chunks: fromInput ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 }),
    output: target,
    sources: source === undefined ? [] : [source],
    minCount,
  });
  const of = kind === 'sha1' ? 'hashes' : 'words';
  terminal.print(`${target}: ${entries} passwords in ${bytes} bytes, from ${lines} lines of ${of}.`);
}

async function assertIs(path: string, what: 'isFile' | 'isDirectory', otherwise: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.[what]() !== true) throw badRequest('file_unreadable', `${path} ${otherwise}.`);
}

async function show(terminal: Terminal, file: string): Promise<void> {
  const list = await openBlocklist(file);
  const { entries, kind, bits, sources } = list.header;
  await list.close();
  const falsePositives = (entries / 2 ** bits) * 1e9 * (kind === 'sha1' ? 2 : 1);
  terminal.print(`${file}: ${entries} passwords, made from ${kind === 'sha1' ? 'hashes' : 'plain words'}.`);
  terminal.print(`Of a billion others, about ${Math.ceil(falsePositives)} are taken for one of them.`);
  for (const source of sources) terminal.print(`Source: ${source}`);
}

async function requireChange(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  input: { person: string; compromised: boolean },
): Promise<void> {
  const { person, changed } = await administration.perform(acts.requireChange, actor, input);
  terminal.print(
    changed
      ? `${person.email} is signed out and has to choose another password at the next sign-in.`
      : `${person.email} is signed out, and had to choose another password already.`,
  );
}
