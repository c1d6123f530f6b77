import type { Command } from 'commander';
import type { z } from 'zod';
import type { CommandActor } from '../administration/actor.ts';
import { audit } from '../administration/audit/index.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from './acting.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { readLostFile } from './lost-file.ts';
import { safeText } from './safe-text.ts';
import { UsageError } from './usage.ts';

interface RecoverOptions {
  readonly reason?: string;
  readonly lost?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

type Plan = z.output<typeof audit.recoveryPlan.result>;
type Recovered = z.output<typeof audit.recover.result>;

/** `gatehouse recover`: what has to be done after the database was put back to an earlier state. */
export function registerRecover(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  changing(program.command('recover'))
    .description(
      'after a restore of the database: end every session, token, link and sign-in, list what was lost, and declare the restore in the audit trail',
    )
    .option('--lost <file>', 'events since the backup: an exported bundle, or JSON lines of a sink')
    .option('--json', 'print the result as one JSON object')
    .option(...YES)
    .action((options: RecoverOptions, command: Command) => {
      if (options.reason === undefined)
        throw new UsageError(
          'reason_missing',
          'Say why with --reason: it is what auditors read about the restore.',
        );
      return withApp((app) => recover(app, terminal, operatorOf(command), options));
    });
}

async function recover(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  { lost: file, yes, json = false }: RecoverOptions,
): Promise<void> {
  const plan = await administration.perform(audit.recoveryPlan, actor, {});
  const known = file === undefined ? undefined : await readLostFile(file, plan.sealed);
  for (const line of anchorLines(plan)) terminal.warn(safeText(line));
  const doubt = doubtOf(plan);
  if (yes === true && doubt !== undefined) terminal.warn(doubt);
  await confirm(terminal, {
    yes,
    act: 'Recover from a restore of the database',
    loses: [
      ...(doubt === undefined ? [] : [doubt]),
      'Everybody is signed out, of every application and device.',
      'Every token, code, mailed link, temporary access code and sign-in under way ends; mail and notices that wait are dropped.',
    ],
  });
  const done = await administration.perform(
    audit.recover,
    actor,
    known === undefined ? {} : { lost: [...known.changes] },
  );
  if (json) return terminal.print(JSON.stringify(done));
  for (const line of resultLines(done, known?.events)) terminal.print(safeText(line));
}

/** Where nothing says that the database was put back, whoever runs this may be at the wrong one. */
function doubtOf({ anchors }: Plan): string | undefined {
  if (anchors.length === 0)
    return 'No anchors are set (AUDIT_ANCHORS): nothing can tell whether this database was put back to an earlier state.';
  const isSaid = anchors.some(({ state }) => ['shorter', 'another', 'strange'].includes(state));
  return isSaid
    ? undefined
    : 'No anchor says that this database was put back to an earlier state. Go on only if you know that a backup was restored.';
}

function anchorLines({ sealed, anchors }: Plan): string[] {
  const lines = anchors.map(({ anchor, state, problem, size, at }) => {
    if (state === 'unreadable')
      return `${anchor} cannot be read (${problem}): where it keeps more than this database, run this again once it can be.`;
    if (size === null) return `${anchor} keeps no checkpoint.`;
    const kept = `${anchor} keeps a checkpoint over ${size} events${at === null ? '' : ` of ${at.toISOString()}`}`;
    if (state === 'held') return `${kept}, which this database holds.`;
    const by = state === 'strange' ? ', and whose key it does not know' : '';
    return `${kept}, which this database does not hold${by}.`;
  });
  return [`${countOf(sealed, 'event')} sealed in this database.`, ...lines];
}

const ENDED: readonly (readonly [name: string, noun: string])[] = [
  ['sessions', 'session'],
  ['artefacts', 'token, code or grant'],
  ['signInAttempts', 'sign-in under way'],
  ['links', 'mailed link'],
  ['temporaryCodes', 'temporary access code'],
  ['trustedDevices', 'trusted device'],
  ['setUps', 'set-up of an authenticator app'],
  ['requests', 'request that waited'],
  ['mails', 'mail that waited'],
  ['notices', 'notice to an application that waited'],
];

function resultLines(
  { lost, ended, changes, peopleWithRecoveryCodes }: Recovered,
  events?: number,
): string[] {
  const lines = ENDED.flatMap(([name, noun]) => {
    const count = ended[name] ?? 0;
    return count === 0 ? [] : [`Ended: ${noun}: ${count}`];
  });
  lines.push(
    'Codes of authenticator apps that could have been used by now are spent. JWT access tokens from before are on no status list any more, so that services refuse them.',
    'Applications are told of the sessions that ended here. Sessions that began since the backup are unknown, and nobody can be told of them: have applications end what they began since.',
  );
  const codes = ended.recoveryCodes ?? 0;
  if (codes > 0)
    lines.push(
      `Recovery codes were used or replaced since the backup by ${codes} people: theirs are gone, and they make new ones.`,
    );
  if (changes === null) {
    if (peopleWithRecoveryCodes > 0)
      lines.push(
        `${peopleWithRecoveryCodes} people have recovery codes: those that were used since the backup work again, and without --lost nobody knows which.`,
      );
    lines.push(
      lost === null
        ? 'Events may have been lost. Which cannot be told without a copy of them (--lost).'
        : `${countOf(lost, 'event')} lost, as far as the anchors know. Which cannot be told without a copy of them (--lost).`,
    );
    return lines;
  }
  lines.push(`${countOf(events ?? 0, 'lost event')} in the file; what was changed and is gone:`);
  for (const { at, type, account, client, actor, details } of changes) {
    const about = [account && `account ${account}`, client && `client ${client}`, actor && `by ${actor}`];
    const more = Object.keys(details).length === 0 ? [] : [JSON.stringify(details)];
    lines.push(
      `  ${[at, type, ...about.filter((part) => part !== undefined && part !== ''), ...more].join('  ')}`,
    );
  }
  if (changes.length === 0) lines.push('  nothing');
  return lines;
}

const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
