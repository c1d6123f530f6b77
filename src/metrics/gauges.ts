import type { Gauge } from 'prom-client';
import type { Readings } from './meters.ts';

/** What is asked how things stand. */
export interface GaugeSources {
  /** Reads the database. */
  readonly readings: () => Promise<Readings>;
  /** Password hashes that wait for their turn on this node. */
  readonly hashesWaiting: () => number;
}

type MakeGauge = (name: string, help: string, ...labels: string[]) => Gauge;

/**
 * What is read when somebody looks, and not before. While one reading is under way whoever else looks waits for it, so that
 * many readers cost no more than one. Where the database does not answer, what it would have said is left out: an old value
 * would hide that nobody knows.
 */
export function createGauges(make: MakeGauge, { readings, hashesWaiting }: GaugeSources) {
  const database = make('database_up', '1 where the database has answered this reading, else 0');
  const hashes = make('password_hashes_waiting', 'Password hashes that wait for their turn');
  const open = make('sessions_open', 'Sessions that last');
  const approvers = make(
    'acts_without_approvers',
    'Acts that wait for a second person, and that fewer than two people could approve',
  );
  const sweeper = make(
    'session_sweeper_lag_seconds',
    'How long ago the first session was over that has not been ended',
  );
  const cleanUp = make(
    'cleanup_lag_seconds',
    'How long ago the first artefact should have been removed that is there',
  );
  const waiting = make('queue_waiting', 'What waits to be sent', 'queue');
  const auditEvents = make('audit_sealed_events', 'Events of the audit trail that are sealed');
  const auditLag = make('audit_unsealed_seconds', 'Age of the oldest audit event that is not sealed');
  const auditInvalid = make(
    'audit_invalid_events',
    'Sealed audit events that were changed, or written by somebody else, before they were sealed',
  );
  const auditCheckpoint = make(
    'audit_checkpoint_age_seconds',
    'How long ago the newest state of the audit trail was signed',
  );
  const auditFits = make(
    'audit_tree_fits',
    '1 where the tree of the audit trail is the one signed last, else 0',
  );
  const oldest = make('queue_oldest_seconds', 'For how long the oldest of it has waited', 'queue');
  const anchors = make(
    'audit_anchor_age_seconds',
    'How long ago an anchor was known to keep the newest checkpoint of the audit trail',
    'anchor',
  );

  const months = make('audit_months_ahead', 'Months after this one that the audit trail has a partition for');
  const unplaced = make('audit_unplaced_events', 'Events of the audit trail whose month has no partition');

  const sinkWaiting = make('audit_sink_waiting', 'Sealed audit events that a sink was not given', 'sink');
  const sinkLag = make('audit_sink_lag_seconds', 'Age of the oldest of them', 'sink');

  const drift = make(
    'configuration_drift',
    'Objects and settings that differ from a configuration document that was applied, as of the last night',
    'document',
  );

  const audited = [auditEvents, auditLag, auditInvalid, auditCheckpoint, auditFits];

  function forget(): void {
    for (const gauge of [open, approvers, sweeper, cleanUp, months, unplaced, ...audited]) gauge.remove();
    for (const gauge of [waiting, oldest, anchors, sinkWaiting, sinkLag, drift]) gauge.reset();
  }

  function set({
    openSessions,
    actsWithoutApprovers,
    sessionSweeperLag,
    cleanUpLag,
    mail,
    logoutNotices,
    audit,
    auditMonths,
    auditSinks,
    anchors: anchorAges,
    configurationDrift,
  }: Readings): void {
    for (const [document, count] of Object.entries(configurationDrift)) drift.set({ document }, count);
    months.set(auditMonths.ahead);
    unplaced.set(auditMonths.unplaced);
    open.set(openSessions);
    approvers.set(actsWithoutApprovers);
    sweeper.set(sessionSweeperLag);
    cleanUp.set(cleanUpLag);
    auditEvents.set(audit.size);
    auditLag.set(audit.unsealedSeconds);
    auditInvalid.set(audit.invalid);
    if (audit.checkpointSeconds === undefined) auditCheckpoint.remove();
    else auditCheckpoint.set(audit.checkpointSeconds);
    auditFits.set(audit.fits ? 1 : 0);
    for (const [sink, backlog] of Object.entries(auditSinks)) {
      sinkWaiting.set({ sink }, backlog.waiting);
      sinkLag.set({ sink }, backlog.oldestSeconds);
    }
    for (const [queue, backlog] of Object.entries({ mail, logout_notices: logoutNotices })) {
      waiting.set({ queue }, backlog.waiting);
      oldest.set({ queue }, backlog.oldestSeconds);
    }
    for (const [anchor, age] of Object.entries(anchorAges)) anchors.set({ anchor }, age);
  }

  async function readOnce(): Promise<void> {
    try {
      set(await readings());
      database.set(1);
    } catch {
      forget();
      database.set(0);
    }
  }

  let underWay: Promise<void> | undefined;
  return {
    async refresh(): Promise<void> {
      hashes.set(hashesWaiting());
      underWay ??= readOnce().finally(() => {
        underWay = undefined;
      });
      await underWay;
    },
  };
}
