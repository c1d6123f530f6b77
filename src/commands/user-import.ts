import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { z } from 'zod';
import type { CommandActor } from '../administration/actor.ts';
import { people } from '../administration/people/index.ts';
import { unknownRoleText } from '../domain/accounts/unknown-roles.ts';
import type { StagingProgress } from '../domain/passwords/staged-hash-store.ts';
import { badRequest } from '../kernel/errors.ts';
import type { AdministeredApp } from './acting.ts';
import type { Terminal } from './environment.ts';

export interface ImportOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `users import`. Rejects, after it has told every problem of the file, where nothing was imported. */
export async function importUsers(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  file: string,
  { dryRun = false, json = false }: ImportOptions,
): Promise<void> {
  await assertReadableTwice(file);
  const onProgress = progressTo(terminal);
  const onWrapping = wrappingTold(terminal);
  const input = { open: () => createReadStream(file), dryRun, ...(json ? {} : { onProgress, onWrapping }) };
  const report = await administration.perform(people.import, actor, input);
  printReport(terminal, report, { dryRun, json });
  const { wrong } = report;
  if (wrong > 0) {
    throw badRequest(
      'import_refused',
      `Nothing was imported: ${wrong} of ${countOf(report.lines, 'line')} cannot be used.`,
    );
  }
  if (report.lines === 0) throw badRequest('import_empty', 'The file holds no accounts.');
}

const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function printReport(
  terminal: Terminal,
  { lines, imported, unchanged, wrong, problems, unknownRoles }: z.output<typeof people.import.result>,
  { dryRun, json }: { dryRun: boolean; json: boolean },
): void {
  const warnings = unknownRoles.map((role) => ({ line: role.line, message: unknownRoleText(role) }));
  if (json) {
    terminal.print(JSON.stringify({ accounts: imported, unchanged, lines, wrong, problems, warnings }));
    return;
  }
  for (const { line, message } of [...warnings, ...problems]) terminal.warn(`line ${line}: ${message}`);
  if (wrong > problems.length) terminal.warn(`… and ${wrong - problems.length} more lines`);
  if (wrong > 0 || lines === 0) return;
  const before = unchanged === 0 ? '' : `; ${unchanged} of its lines were imported before`;
  terminal.print(
    dryRun
      ? `The file is good: ${countOf(lines - unchanged, 'account')} would be imported${before}.`
      : `Imported ${countOf(imported, 'account')}${before}.`,
  );
}

/** After so many lines people are told that it goes on. */
const TOLD_EVERY = 10_000;

function progressTo(terminal: Terminal): (done: number, lines: number) => void {
  let next = TOLD_EVERY;
  return (done, lines) => {
    if (done < next || done === lines) return;
    next = done + TOLD_EVERY;
    terminal.warn(`${done} of ${lines} lines`);
  };
}

/** After so many weak hashes people are told that it goes on: about a minute's work. */
const WRAPPED_TOLD_EVERY = 2_000;

function wrappingTold(terminal: Terminal): (progress: StagingProgress) => void {
  let told = 0;
  return ({ seen, wrapped, before }) => {
    if (wrapped - told < WRAPPED_TOLD_EVERY) return;
    told = wrapped;
    const kept = before === 0 ? '' : `, ${before} of them by an earlier run`;
    terminal.warn(
      `${wrapped} weak password hashes are wrapped${kept}; ${seen} looked at. No account is made yet.`,
    );
  };
}

async function assertReadableTwice(file: string): Promise<void> {
  try {
    if ((await stat(file)).isFile()) return;
  } catch (cause) {
    throw badRequest('file_unreadable', `${file} cannot be read.`, cause);
  }
  throw badRequest('file_unreadable', `${file} is not a file; it has to be one, because it is read twice.`);
}
