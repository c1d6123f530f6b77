import { z } from 'zod';
import type { TrailExport } from '../../domain/audit/bundle/export.ts';
import { LINE_FORMATS } from '../../domain/audit/bundle/format.ts';
import type { Proof } from '../../domain/audit/bundle/proof.ts';
import type { Report } from '../../domain/audit/bundle/report.ts';
import { NODE_CRYPTOGRAPHY } from '../../domain/audit/node-cryptography.ts';
import { parseVkey, type VerifierKey } from '../../domain/audit/tree/note.ts';
import { badRequest } from '../../kernel/errors.ts';
import { type Act, type ActDependencies, admitted, defineRead, described, recorder } from '../act.ts';
import { type Actor, auditedBy } from '../actor.ts';
import { defineAuditedRead } from './audited-read.ts';

/** Taking evidence out of the trail: bundles, proofs of single events, and the check of the live database. */

interface Exports {
  readonly trailExport: TrailExport;
}

const exportInput = z.strictObject({
  /** Events at this time or later. */
  from: z.date().optional(),
  /** Events before this time. */
  to: z.date().optional(),
  format: z.enum(LINE_FORMATS).default('ndjson'),
  /** Where the bundle goes; it is closed at the end, and aborted where it cannot be made. */
  sink: z.custom<WritableStream<Uint8Array>>(
    (value) => value instanceof WritableStream,
    'is no stream; expected one',
  ),
});

const exportResult = z.object({ first: z.int(), last: z.int(), events: z.int(), size: z.int() });

const exportDescription = {
  name: 'audit.export',
  summary: 'Takes an excerpt out of the audit trail, as a bundle that proves itself.',
  http: {
    method: 'GET',
    path: '/audit/export',
    file: { type: 'application/zip', name: 'audit-bundle.zip' },
  },
  scope: 'audit:read',
  input: exportInput,
  result: exportResult,
} as const;

/**
 * Writes a bundle. The trail tells of it before the first byte leaves: where that cannot be written, nothing does. Reads without a
 * transaction, which would hold up the sealing. Throws `nothing_sealed`, `events_archived` (404), `times_crossed` (400),
 * `audit_tree_damaged`.
 */
export const exportTrail: Act<ActDependencies & Exports, typeof exportInput, typeof exportResult> = {
  ...described(exportDescription),
  readOnly: true,
  atomic: false,
  irreversible: false,
  async perform(dependencies, actor, given) {
    const { trailExport, database } = dependencies;
    const { from, to, format, sink } = (await admitted(exportDescription, dependencies, actor, given)).input;
    if (from !== undefined && to !== undefined && from >= to)
      throw badRequest('times_crossed', 'There is no time that is from "from" on and before "to".');
    const plan = await trailExport.plan(from, to);
    const { first, last, size } = plan;
    const details = { format, first, last, size, from: from?.toISOString(), to: to?.toISOString() };
    await database.transaction((tx) =>
      recorder(dependencies, tx, auditedBy(actor))({ type: 'audit.exported', details: defined(details) }),
    );
    const { events } = await trailExport.write(plan, format, exporter(actor), sink);
    return exportResult.parse({ first, last, events, size });
  },
};

function exporter(actor: Actor): string {
  switch (actor.kind) {
    case 'command':
      return `${actor.user}, ${actor.command}`;
    case 'person':
      return `account ${actor.accountId}`;
    case 'client':
      return `client ${actor.clientId}`;
    case 'system':
      return 'Gatehouse';
  }
}

/** Details have no member that is undefined. */
const defined = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };

/** Proof that one event is sealed, to be handed out by itself. Throws `event_not_sealed` (404), `audit_tree_damaged`. */
export const prove = defineAuditedRead({
  name: 'audit.prove',
  summary: 'Proves that one event is sealed.',
  http: { method: 'GET', path: '/audit/events/{event}/proof' },
  scope: 'audit:read',
  input: z.strictObject({ event: z.uuid() }),
  result: z.object({ proof: z.custom<Proof>() }),
  async run({ trailExport }: Exports, { input, record }) {
    const proof = await trailExport.proveEvent(input.event.toLowerCase());
    const { index, size } = proof;
    await record({ type: 'audit.exported', details: { format: 'proof', first: index, last: index, size } });
    return { proof };
  },
});

/**
 * Proof that the tree of one checkpoint is the beginning of another's, the newest where none is named. Throws `checkpoint_unknown`
 * (404), `audit_tree_damaged`.
 */
export const proveConsistency = defineRead({
  name: 'audit.prove_consistency',
  summary: 'Proves that an earlier audit trail is the beginning of a later one.',
  http: { method: 'GET', path: '/audit/consistency' },
  scope: 'audit:read',
  input: z.strictObject({ from: z.int().min(1), size: z.int().min(1).optional() }),
  result: z.object({ proof: z.custom<Proof>() }),
  run: async ({ trailExport }: Exports, { from, size }) => ({
    proof: await trailExport.proveConsistency(from, size),
  }),
});

export interface ChecksTrail {
  readonly checkTrail: (given: {
    readonly keys: readonly VerifierKey[];
    readonly anchors: readonly string[];
  }) => Promise<Report>;
}

/**
 * Verifies what the database has: sealed events, tree, checkpoints, and what waits. Throws `audit_key_invalid` (400) where a key is
 * none.
 */
export const check = defineRead({
  name: 'audit.check',
  summary: 'Checks the whole audit trail.',
  http: { method: 'POST', path: '/audit/check' },
  scope: 'audit:read',
  input: z.strictObject({
    /** Public keys from elsewhere, as vkeys; without one the first of the database is believed. */
    keys: z.array(z.string()).max(100).default([]),
    /** Signed notes that were kept elsewhere. */
    anchors: z.array(z.string()).default([]),
  }),
  result: z.object({ report: z.custom<Report>() }),
  async run({ checkTrail }: ChecksTrail, { keys, anchors }) {
    const parsed = keys.map((key) => parseVkey(NODE_CRYPTOGRAPHY.sha256, key));
    if (parsed.includes(undefined))
      throw badRequest('audit_key_invalid', 'A key is not one of those that gatehouse audit key prints.');
    return { report: await checkTrail({ keys: parsed as VerifierKey[], anchors }) };
  },
});
