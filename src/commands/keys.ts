import { type Command, Option } from 'commander';
import type { CommandActor } from '../administration/actor.ts';
import { keys as acts } from '../administration/keys/index.ts';
import { MAX_ACTIVATION_DELAY_SECONDS } from '../administration/keys/signing.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../domain/keys/policy.ts';
import { conflict } from '../kernel/errors.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { rotateEncryption } from './rotate-encryption.ts';
import { UsageError } from './usage.ts';

/** `gatehouse keys …`: what tokens are signed with. */
export function registerKeys(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const keys = program
    .command('keys')
    .description('the keys that sign tokens, and those that seal what is stored');

  keys
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const { keys: list } = await administration.perform(acts.list, operatorOf(command), {});
        if (options.json) return terminal.print(JSON.stringify(list, null, 2));
        for (const { kid, algorithm, phase, activatesAt, retiresAt } of list) {
          const until = retiresAt === null ? '' : `  until ${retiresAt.toISOString()}`;
          terminal.print(`${kid}  ${algorithm}  ${phase}  from ${activatesAt.toISOString()}${until}`);
        }
      }),
    );

  changing(keys.command('rotate'))
    .description(
      'publish a new key for each algorithm; it signs after the delay, the old one is retired later',
    )
    .addOption(new Option('--algorithm <name>', 'only this one').choices(SIGNING_ALGORITHMS))
    .option('--after <seconds>', 'until the new key signs; default KEY_ACTIVATION_DELAY_SECONDS')
    .action(({ algorithm, after }: { algorithm?: SigningAlgorithm; after?: string }, command: Command) =>
      withApp(async ({ administration }) => {
        const activationDelaySeconds = after === undefined ? undefined : seconds(after);
        const input = { algorithm, activationDelaySeconds };
        const { removed, published } = await administration.perform(acts.rotate, operatorOf(command), input);
        for (const key of removed) terminal.print(`removed ${key.kid} (${key.algorithm}), retired`);
        for (const key of published) {
          const from = key.activatesAt.toISOString();
          terminal.print(`published ${key.kid} (${key.algorithm}), signs from ${from}`);
        }
      }),
    );

  changing(keys.command('rotate-mfa'))
    .description('seal what authenticator apps share anew, under the first key of MFA_ENCRYPTION_KEY')
    .action((_options: unknown, command: Command) =>
      withApp((app) => rotateMfa(app, terminal, operatorOf(command))),
    );

  changing(keys.command('rotate-encryption'))
    .description('seal everything else anew, under the first key of ENCRYPTION_KEYS')
    .action((_options: unknown, command: Command) =>
      withApp((app) => rotateEncryption(app, terminal, operatorOf(command))),
    );
}

/** Seeds that no key opens are told, and make it fail in the end. */
async function rotateMfa(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
): Promise<void> {
  const { keyId, resealed, unopened } = await administration.perform(acts.rotateMfa, actor, {});
  terminal.print(`Sealed anew under the key "${keyId}": ${resealed}.`);
  if (unopened.length === 0) {
    terminal.print('Every authenticator app is under it. Older keys can be dropped.');
    return;
  }
  for (const account of unopened) terminal.warn(`No key opens an authenticator app of ${account}.`);
  throw conflict(
    'mfa_keys_missing',
    `${unopened.length} ${unopened.length === 1 ? 'person has' : 'people have'} an authenticator app that no configured key ` +
      'opens. Put the missing key back into MFA_ENCRYPTION_KEY, or reset their factors (gatehouse users reset-factors).',
  );
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || value > MAX_ACTIVATION_DELAY_SECONDS) {
    throw new UsageError(
      'delay_invalid',
      `--after: expected whole seconds, at most ${MAX_ACTIVATION_DELAY_SECONDS}`,
    );
  }
  return value;
}
