import { type Command, Option } from 'commander';
import { phaseOf, SIGNING_ALGORITHMS, type SigningAlgorithm } from '../domain/keys/policy.ts';
import { conflict } from '../kernel/errors.ts';
import type { App } from '../wire.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';
import { rotateEncryption } from './rotate-encryption.ts';
import { UsageError } from './usage.ts';
import type { WithApp } from './with-app.ts';

/** `gatehouse keys …`: what tokens are signed with. */
export function registerKeys(program: Command, withApp: WithApp, terminal: Terminal = processTerminal): void {
  const keys = program
    .command('keys')
    .description('the keys that sign tokens, and those that seal what is stored');

  keys
    .command('list')
    .option('--json', 'print as JSON')
    .action((options: { json?: boolean }) =>
      withApp(async ({ keys: store, clock }) => {
        const all = await store.list();
        const rows = all.map((key) => ({
          kid: key.kid,
          algorithm: key.algorithm,
          phase: phaseOf(key, all, clock.now()),
          activates_at: key.activatesAt.toISOString(),
          retires_at: key.retiresAt?.toISOString() ?? null,
        }));
        if (options.json) return terminal.print(JSON.stringify(rows, null, 2));
        for (const row of rows) {
          const until = row.retires_at === null ? '' : `  until ${row.retires_at}`;
          terminal.print(`${row.kid}  ${row.algorithm}  ${row.phase}  from ${row.activates_at}${until}`);
        }
      }),
    );

  keys
    .command('rotate')
    .description(
      'publish a new key for each algorithm; it signs after the delay, the old one is retired later',
    )
    .addOption(new Option('--algorithm <name>', 'only this one').choices(SIGNING_ALGORITHMS))
    .option('--after <seconds>', 'until the new key signs; default KEY_ACTIVATION_DELAY_SECONDS')
    .action((options: { algorithm?: SigningAlgorithm; after?: string }) =>
      withApp(async (app) => {
        const delay =
          options.after === undefined ? app.config.keys.activationDelaySeconds : seconds(options.after);
        const algorithms = options.algorithm === undefined ? SIGNING_ALGORITHMS : [options.algorithm];
        await app.database.transaction(async (tx) => {
          for (const { kid, algorithm } of await app.keys.store.removeRetired(tx)) {
            await app.audit.log.record(tx, { ...event('key.retired'), details: { kid } });
            terminal.print(`removed ${kid} (${algorithm}), retired`);
          }
          for (const name of algorithms) {
            const { kid, algorithm, activatesAt } = await app.keys.store.rotate(tx, name, delay);
            await app.audit.log.record(tx, { ...event('key.published'), details: { kid, algorithm } });
            terminal.print(`published ${kid} (${algorithm}), signs from ${activatesAt.toISOString()}`);
          }
        });
      }),
    );

  keys
    .command('rotate-mfa')
    .description('seal what authenticator apps share anew, under the first key of MFA_ENCRYPTION_KEY')
    .action(() => withApp((app) => rotateMfa(app, terminal)));

  keys
    .command('rotate-encryption')
    .description('seal everything else anew, under the first key of ENCRYPTION_KEYS')
    .action(() => withApp((app) => rotateEncryption(app, terminal)));
}

/** Seeds that no key opens are left as they are, told, and make it fail in the end: whoever drops a key then loses them. */
async function rotateMfa(
  { database, audit, totpResealing }: Pick<App, 'database' | 'audit' | 'totpResealing'>,
  terminal: Terminal,
): Promise<void> {
  const { keyId } = totpResealing;
  const unopened = new Set<string>();
  let resealed = 0;
  let after: string | undefined;
  do {
    after = await database.transaction(async (tx) => {
      const batch = await totpResealing.reseal(tx, RESEAL_BATCH, after);
      const details = { keyId, resealed: batch.resealed, failed: batch.unopened.length };
      if (details.resealed + details.failed > 0) {
        await audit.record(tx, { ...event('mfa_key.rotated', 'keys rotate-mfa'), details });
      }
      resealed += batch.resealed;
      for (const account of batch.unopened) unopened.add(account);
      return batch.next;
    });
  } while (after !== undefined);
  terminal.print(`Sealed anew under the key "${keyId}": ${resealed}.`);
  if (unopened.size === 0) {
    terminal.print('Every authenticator app is under it. Older keys can be dropped.');
    return;
  }
  for (const account of unopened) terminal.warn(`No key opens an authenticator app of ${account}.`);
  throw conflict(
    'mfa_keys_missing',
    `${unopened.size} ${unopened.size === 1 ? 'person has' : 'people have'} an authenticator app that no configured key ` +
      'opens. Put the missing key back into MFA_ENCRYPTION_KEY, or reset their factors (gatehouse users reset-factors).',
  );
}

const RESEAL_BATCH = 500;

const event = <Type extends string>(type: Type, subcommand = 'keys rotate') =>
  ({ type, outcome: 'success', actor: 'command', origin: commandOrigin(subcommand) }) as const;

const MAX_DELAY = 604_800;

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || value > MAX_DELAY) {
    throw new UsageError('delay_invalid', `--after: expected whole seconds, at most ${MAX_DELAY}`);
  }
  return value;
}
