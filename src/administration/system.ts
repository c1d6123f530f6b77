import { z } from 'zod';
import type { Readings } from '../metrics/meters.ts';
import type { SchemaState } from '../storage/readiness.ts';
import { defineRead } from './act.ts';
import type { ApproverCheck } from './approvers.ts';

/** A setting as it is in force. */
interface SettingInForce {
  readonly name: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly source: string;
  readonly default: string | null;
  readonly secret: boolean;
  readonly description: string;
}

interface JobStanding {
  readonly name: string;
  readonly started: boolean;
  readonly failures: number;
  readonly endedAt: Date | undefined;
}

/** What is known of the installation, and of the process that answers. */
export interface ReadsSystem {
  readonly settingsInForce: () => readonly SettingInForce[];
  readonly gatehouseVersion: string;
  readonly jobStandings: () => readonly JobStanding[];
  readonly readings: () => Promise<Readings>;
  readonly schemaState: () => Promise<SchemaState>;
  readonly approverCheck: ApproverCheck;
}

/** The configuration as it is in force, its secrets masked. */
const settings = defineRead({
  name: 'system.settings',
  summary: 'Lists every setting with its value (secrets are masked), where that came from, and the default.',
  scope: 'system:read',
  http: { method: 'GET', path: '/system/settings' },
  input: z.strictObject({}),
  result: z.object({
    settings: z.array(
      z.object({
        /** The environment variable. */
        name: z.string(),
        /** The key in the configuration file; null where it may not stand there. */
        key: z.string().nullable(),
        /** As text; null where there is none. */
        value: z.string().nullable(),
        source: z.string(),
        default: z.string().nullable(),
        secret: z.boolean(),
        description: z.string(),
      }),
    ),
  }),
  run: async ({ settingsInForce }: Pick<ReadsSystem, 'settingsInForce'>) => ({
    settings: [...settingsInForce()],
  }),
});

const seconds = z.number().min(0);
const backlog = z.object({ waiting: z.int(), oldestSeconds: seconds });

/** How the installation stands: versions, jobs of the process that answers, and what waits. */
const status = defineRead({
  name: 'system.status',
  summary: 'Tells versions, how the jobs of the answering process stand, and what waits and for how long.',
  scope: 'system:read',
  http: { method: 'GET', path: '/system/status' },
  input: z.strictObject({}),
  result: z.object({
    version: z.string(),
    database: z.object({ version: z.string(), migration: z.string().nullable(), pending: z.int() }),
    jobs: z.array(
      z.object({
        name: z.string(),
        /** Whether it runs in the process that answers. */
        started: z.boolean(),
        /** Rounds that have failed since the last that did not. */
        failures: z.int(),
        /** When its last round ended. */
        endedAt: z.date().nullable(),
      }),
    ),
    /** Acts of `FOUR_EYES` that fewer than two people could approve, and how many could: nothing of it is done so. */
    approversMissing: z.array(z.object({ act: z.string(), people: z.int() })),
    openSessions: z.int(),
    /** How late what runs by itself is. */
    lags: z.object({ endSessionsSeconds: seconds, cleanUpSeconds: seconds }),
    queues: z.object({ mail: backlog, logoutNotices: backlog }),
    audit: z.object({
      sealed: z.int(),
      unsealedSeconds: seconds,
      /** Sealed events that were changed, or written by somebody else, before. */
      invalid: z.int(),
      checkpointSeconds: seconds.nullable(),
      /** Whether the tree is the one that was signed last. */
      fits: z.boolean(),
      /** Months after this one that have a partition. */
      monthsAhead: z.int(),
      /** Events whose month has none. */
      unplaced: z.int(),
      /** For how long each anchor was not known to keep the newest checkpoint. */
      anchors: z.record(z.string(), seconds),
      /** What each sink was not given. */
      sinks: z.record(z.string(), backlog),
    }),
  }),
  async run(deps: Omit<ReadsSystem, 'settingsInForce'>) {
    const [readings, database] = [await deps.readings(), await deps.schemaState()];
    const { audit, auditMonths } = readings;
    return {
      version: deps.gatehouseVersion,
      database,
      jobs: deps.jobStandings().map(({ endedAt = null, ...job }) => ({ ...job, endedAt })),
      approversMissing: [...(await deps.approverCheck())],
      openSessions: readings.openSessions,
      lags: { endSessionsSeconds: readings.sessionSweeperLag, cleanUpSeconds: readings.cleanUpLag },
      queues: { mail: readings.mail, logoutNotices: readings.logoutNotices },
      audit: {
        sealed: audit.size,
        unsealedSeconds: audit.unsealedSeconds,
        invalid: audit.invalid,
        checkpointSeconds: audit.checkpointSeconds ?? null,
        fits: audit.fits,
        monthsAhead: auditMonths.ahead,
        unplaced: auditMonths.unplaced,
        anchors: readings.anchors,
        sinks: readings.auditSinks,
      },
    };
  },
});

/** What can be asked about the installation itself. */
export const system = { settings, status };
