import type { Command } from 'commander';
import { InvalidInput } from '../administration/act.ts';
import { clients as acts } from '../administration/clients/index.ts';
import { DEFAULT_OVERLAP, LONGEST_OVERLAP } from '../administration/clients/secrets.ts';
import { badRequest } from '../kernel/errors.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { confirm, YES } from './confirmation.ts';
import type { Terminal } from './environment.ts';
import { readJsonObject } from './json-file.ts';
import { UsageError } from './usage.ts';

/** `gatehouse clients update | rotate-secret | end-secret`: what is changed of a client that is registered. */
export function registerClientChanges(
  clients: Command,
  withApp: WithAdministration,
  terminal: Terminal,
): void {
  changing(clients.command('update'))
    .description('replace the metadata of a client and say what changed; its secret stays')
    .argument('<file>', 'RFC 7591 client metadata with its client_id, as JSON; - reads the standard input')
    .option(...YES)
    .action(async (file: string, { yes }: { yes?: boolean }, command: Command) => {
      const metadata = await readJsonObject(file);
      await withApp(async ({ administration }) => {
        const actor = operatorOf(command);
        // Over HTTP it is named in the address.
        const { client_id: named } = metadata;
        const input = typeof named === 'string' ? { client: named, metadata } : { metadata };
        const seen = await administration.perform(acts.previewUpdate, actor, input).catch(nameFile);
        if (seen.changes.length === 0)
          return terminal.print(`Nothing changes: ${seen.id} is registered like that.`);
        if (seen.ends.length > 0)
          await confirm(terminal, { yes, act: `Update the client "${seen.id}"`, loses: seen.ends });
        const { id, changes, ends, secret, warnings } = await administration
          .perform(acts.update, actor, { ...input, expects: seen.version })
          .catch(nameFile);
        terminal.print(`Updated ${id}:`);
        for (const { member, before, after } of changes)
          terminal.print(`  ${member}: ${shown(before)} -> ${shown(after)}`);
        for (const line of ends) terminal.print(`  ${line}`);
        if (secret !== null) terminal.print(`  client_secret, shown this once: ${secret}`);
        for (const warning of warnings) terminal.warn(warning);
      });
    });

  changing(clients.command('rotate-secret'))
    .description('make a new secret for a client and print it this once; the old one works on for a while')
    .argument('<id>')
    .option('--overlap <time>', 'how long the old one works: 7d, 12h, 30m, or 0; at most 90d', '7d')
    .option(...YES)
    .action((client: string, { overlap, yes }: { overlap: string; yes?: boolean }, command: Command) => {
      const overlapSeconds = overlapOf(overlap);
      return withApp(async ({ administration }) => {
        const actor = operatorOf(command);
        if (overlapSeconds === 0) {
          await administration.perform(acts.show, actor, { client });
          await confirm(terminal, {
            yes,
            act: `Replace every secret of the client "${client}"`,
            loses: ['It cannot authenticate until it has the new one.'],
            danger: acts.rotateSecret.irreversible,
          });
        }
        const made = await administration.perform(acts.rotateSecret, actor, { client, overlapSeconds });
        terminal.print(JSON.stringify({ client_id: client, client_secret: made.secret }, null, 2));
        for (const { id, endsAt } of made.ending) {
          terminal.warn(
            overlapSeconds === 0
              ? `The secret ${id} has ended.`
              : `The secret ${id} works until ${endsAt.toISOString()}.`,
          );
        }
      });
    });

  changing(clients.command('end-secret'))
    .description('end one of two secrets of a client at once; clients show names them')
    .argument('<id>')
    .argument('<secret>', 'its name, as clients show tells it')
    .option(...YES)
    .action((client: string, secret: string, { yes }: { yes?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const actor = operatorOf(command);
        const { secrets } = await administration.perform(acts.show, actor, { client });
        const lastUsedAt = secrets.find(({ id }) => id === secret)?.lastUsedAt ?? null;
        await confirm(terminal, {
          yes,
          act: `End the secret ${secret} of the client "${client}"`,
          loses: [
            `Whoever still uses it cannot authenticate any more; it was last used ${when(lastUsedAt)}.`,
          ],
        });
        await administration.perform(acts.endSecret, actor, { client, secret });
        terminal.print(`Ended the secret ${secret} of ${client}.`);
      }),
    );
}

interface ShownSecret {
  readonly id: string;
  readonly createdAt: Date;
  readonly endsAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** What `clients show` says of a secret beside the metadata. */
export const secretLine = ({ id, createdAt, endsAt, lastUsedAt }: ShownSecret): string =>
  `secret ${id}: since ${createdAt.toISOString()}, ${endsAt === null ? 'no end' : `until ${endsAt.toISOString()}`}, ` +
  `last used ${when(lastUsedAt)}`;

const when = (at: Date | null) => (at === null ? 'never' : at.toISOString());

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60 };

/** Seconds of `7d`, `12h`, `30m` or `0`. Throws `overlap_invalid`. */
function overlapOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([dhm])$/u.exec(text) ?? [];
  const seconds = text === '0' ? 0 : Number(number) * (UNITS[unit] ?? Number.NaN);
  if (seconds >= 0 && seconds <= LONGEST_OVERLAP) return seconds;
  throw new UsageError(
    'overlap_invalid',
    `--overlap: expected days, hours or minutes such as ${DEFAULT_OVERLAP / 86_400}d, 12h or 30m, at most 90d, or 0 to end the old secret at once`,
  );
}

const shown = (value: unknown): string => {
  if (value === null) return '(none)';
  return (JSON.stringify(value) ?? '').replace(/\p{C}/gu, '?').slice(0, 2_000);
};

/** Input that is no client metadata at all came from the file. */
export function nameFile(error: unknown): never {
  if (error instanceof InvalidInput) throw badRequest('file_invalid', error.problems.join('\n'), error);
  throw error;
}
