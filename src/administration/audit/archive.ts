import { basename, join } from 'node:path';
import { z } from 'zod';
import type { ExportMonth, LeafRange } from '../../domain/audit/retention/archive-file.ts';
import {
  assertFolder,
  assertSameFile,
  assertUnused,
  clearPart,
  finishFile,
  partOf,
} from '../../domain/audit/retention/archive-file.ts';
import type { AuditArchive, AuditArchives } from '../../domain/audit/retention/archive-store.ts';
import type { AuditHolds } from '../../domain/audit/retention/holds-store.ts';
import {
  type AuditMonth,
  endOfRetention,
  type MonthContent,
  monthOf,
  monthText,
  type Obstacle,
  obstacleOf,
  rangeOf,
} from '../../domain/audit/retention/policy.ts';
import type { Clock } from '../../kernel/clock.ts';
import { badRequest, conflict } from '../../kernel/errors.ts';
import { type Database, repeatRolledBack } from '../../storage/database.ts';
import { defineStepwise, type RunsSteps } from '../stepwise.ts';

export interface ArchivesAudit {
  readonly auditArchives: AuditArchives;
  readonly auditHolds: Pick<AuditHolds, 'settle'>;
  readonly auditRetentionYears: number;
  readonly exportAuditMonth: ExportMonth;
  /** A connection of the tables' owner. */
  readonly openOwner: () => Promise<Database>;
  readonly clock: Clock;
}

interface Run extends Pick<ArchivesAudit, 'auditArchives' | 'auditHolds' | 'exportAuditMonth'> {
  readonly owner: Database;
  readonly step: RunsSteps;
  readonly folder: string;
}

const month = z
  .string()
  .refine((text) => monthOf(text) !== undefined, 'must be a month as YYYY-MM')
  .transform((text) => monthOf(text) as Date);

const archived = z.object({
  partition: z.string(),
  /** When the first event of it may have been; null: from the beginning. */
  from: z.date().nullable(),
  to: z.date(),
  events: z.int(),
  /** Indexes of leaves. */
  first: z.int().nullable(),
  last: z.int().nullable(),
  file: z.string().nullable(),
  sha256: z.string().nullable(),
});

/**
 * Takes months out of the trail whose time is over, the oldest first, each in a transaction with its event: exported and the file
 * verified, then detached; with `drop` its table is removed too. Stops at the first that has to stay, and says why. Asked for again,
 * it goes on, also where it was killed. Throws `retention_not_over`, `folder_unusable` (400), `archive_under_way`, `file_exists`,
 * `month_changed`, `archive_missing` (409).
 */
export const archive = defineStepwise({
  name: 'audit.archive',
  summary: 'Moves old months of the audit trail into files.',
  scope: 'system:write',
  operatorOnly: true,
  irreversible: true,
  input: z.strictObject({
    /** Months that end by the beginning of this one, as `YYYY-MM` (UTC). */
    before: month,
    /** Where the files are written. */
    folder: z.string().min(1),
    /** Also removes the tables of what is archived, of an earlier time too; the files have to be in the folder. */
    drop: z.boolean().default(false),
  }),
  result: z.object({
    archived: z.array(archived),
    dropped: z.array(archived),
    /** The first that has to stay. */
    kept: z
      .object({
        partition: z.string(),
        because: z.enum(['held', 'unsealed', 'not_anchored']),
        hold: z.int().nullable(),
      })
      .nullable(),
  }),
  async run(
    { auditRetentionYears: years, openOwner, clock, ...deps }: ArchivesAudit,
    { input: { before, folder, drop }, stepOn },
  ) {
    await assertFolder(folder);
    const owner = await openOwner();
    try {
      await deps.auditArchives.assertOwner(owner);
      assertOver(before, endOfRetention(await earlierNow(owner, clock), years), years);
      const run: Run = { ...deps, owner, step: stepOn(owner), folder };
      const { result, dropped } = await deps.auditArchives.alone(owner, async () => {
        await finishFiles(run, before);
        const done = await archiveMonths(run, before);
        return { result: done, dropped: drop && done.kept === null ? await dropArchives(run, before) : [] };
      });
      return { ...result, archived: result.archived.map(told), dropped: dropped.map(told) };
    } finally {
      await owner.close();
    }
  },
});

const told = ({ name, from, to, events, first, last, file, sha256 }: AuditArchive) => ({
  partition: name,
  from: from ?? null,
  to,
  events,
  first: first ?? null,
  last: last ?? null,
  file: file ?? null,
  sha256: sha256 ?? null,
});

/** Of the clocks of this machine and of the database the one that is behind: a clock that is ahead must not make events old. */
async function earlierNow(owner: Database, clock: Clock): Promise<Date> {
  const [row] = await owner.query<{ now: Date | string }>('select now() as now');
  const ours = clock.now();
  const theirs = new Date(row?.now ?? ours);
  return ours < theirs ? ours : theirs;
}

function assertOver(before: Date, end: Date, years: number): void {
  if (before <= end) return;
  throw badRequest(
    'retention_not_over',
    `Events are kept for ${years} years (AUDIT_RETENTION_YEARS): what can be archived is before ${monthText(end)}.`,
  );
}

interface Kept {
  readonly partition: string;
  readonly because: Obstacle;
  readonly hold: number | null;
}

const keptBecause = (
  { name }: AuditMonth,
  because: Obstacle,
  { hold }: Pick<MonthContent, 'hold'>,
): Kept => ({
  partition: name,
  because,
  hold: because === 'held' ? (hold ?? null) : null,
});

async function archiveMonths(
  run: Run,
  before: Date,
): Promise<{ archived: AuditArchive[]; kept: Kept | null }> {
  const { auditArchives, owner } = run;
  const done: AuditArchive[] = [];
  for (const each of await auditArchives.over(owner, before)) {
    const content = await owner.transaction((tx) => auditArchives.content(tx, each));
    const obstacle = obstacleOf(content);
    if (obstacle !== undefined) return { archived: done, kept: keptBecause(each, obstacle, content) };
    done.push(await archiveMonth(run, each, content));
  }
  return { archived: done, kept: null };
}

async function archiveMonth(run: Run, each: AuditMonth, content: MonthContent): Promise<AuditArchive> {
  const { auditArchives, auditHolds, step } = run;
  const range = rangeOf(await auditArchives.archivedUntil(run.owner), content.last);
  const exported = range === undefined ? undefined : await exportMonth(run, each, range);
  const archive = {
    ...each,
    events: content.events,
    first: range?.first,
    last: range?.last,
    file: exported?.file,
    sha256: exported?.sha256,
  };
  // All of it is SQL: where a lock was not to be had in time, it is tried again.
  await repeatRolledBack(() =>
    step(async ({ tx, record }) => {
      await auditHolds.settle(tx);
      await auditArchives.close(tx, each);
      const now = await auditArchives.content(tx, each);
      if (obstacleOf(now) !== undefined || now.events !== content.events) {
        throw conflict('month_changed', `${each.name} has changed meanwhile, and stays. Run it again.`);
      }
      const { name: partition, to, events, first, last, file, sha256 } = archive;
      await record({
        type: 'audit.archived',
        details: {
          partition,
          to: to.toISOString(),
          events,
          ...(first === undefined || last === undefined ? {} : { first, last }),
          ...(file === undefined || sha256 === undefined ? {} : { file: basename(file), sha256 }),
        },
      });
      await auditArchives.detach(tx, archive);
    }),
  );
  if (exported !== undefined) await finishFile(exported.file, exported.sha256);
  return archive;
}

async function exportMonth(
  { exportAuditMonth, folder }: Run,
  { name }: AuditMonth,
  range: LeafRange,
): Promise<{ file: string; sha256: string }> {
  const file = join(folder, `${name}.zip`);
  await assertUnused(file);
  await clearPart(file);
  return { file, sha256: await exportAuditMonth(range, partOf(file)) };
}

/** A run that was killed once a month was out of the trail has left its file under its name for the time being. */
async function finishFiles({ auditArchives, owner, folder }: Run, before: Date): Promise<void> {
  for (const { file, sha256 } of await auditArchives.kept(owner, before)) {
    if (file === undefined || sha256 === undefined) continue;
    for (const place of new Set([file, join(folder, basename(file))])) await finishFile(place, sha256);
  }
}

async function dropArchives(run: Run, before: Date): Promise<AuditArchive[]> {
  const { auditArchives, auditHolds, owner, step, folder } = run;
  const done: AuditArchive[] = [];
  for (const each of await auditArchives.kept(owner, before)) {
    const { file, sha256, name, events } = each;
    if (file !== undefined && sha256 !== undefined)
      await assertSameFile(join(folder, basename(file)), sha256);
    const dropped = await repeatRolledBack(() =>
      step(async ({ tx, record }) => {
        await auditHolds.settle(tx);
        if ((await auditArchives.holdOn(tx, each)) !== undefined) return false;
        const details = { partition: name, events, ...(sha256 === undefined ? {} : { sha256 }) };
        await record({ type: 'audit.archive_dropped', details });
        await auditArchives.drop(tx, each);
        return true;
      }),
    );
    if (dropped) done.push(each);
  }
  return done;
}
