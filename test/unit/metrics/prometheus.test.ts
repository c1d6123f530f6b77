import { expect } from 'chai';
import { routeClassOf } from '../../../src/http/kit/measured.ts';
import type { Readings } from '../../../src/metrics/meters.ts';
import { createMetrics } from '../../../src/metrics/prometheus.ts';
import { parseMetrics, sumOf } from '../../support/metrics.ts';

const READINGS: Readings = {
  openSessions: 7,
  actsWithoutApprovers: 3,
  sessionSweeperLag: 61.5,
  cleanUpLag: 0,
  mail: { waiting: 2, oldestSeconds: 30 },
  logoutNotices: { waiting: 0, oldestSeconds: 0 },
  auditMonths: { ahead: 13, unplaced: 0 },
  anchors: { https: 3 },
  auditSinks: { syslog: { waiting: 3, oldestSeconds: 7 } },
  configurationDrift: { default: 2 },
  audit: { size: 1200, unsealedSeconds: 1.5, invalid: 2, checkpointSeconds: undefined, fits: true },
};

describe('metrics', () => {
  const show = async (metrics: ReturnType<typeof createMetrics>) => parseMetrics(await metrics.show());

  it('show what was counted, in two registries that know nothing of each other', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.meters.sessionsEnded('idle', 3);
    one.meters.sessionsEnded('idle', 0);
    one.meters.cleanUp('artifacts', 1000);
    one.meters.round('end-sessions', 0.2, true);
    const samples = await show(one);
    expect(sumOf(samples, 'gatehouse_sessions_ended_total', { reason: 'idle' })).to.equal(3);
    expect(sumOf(samples, 'gatehouse_cleanup_rows_total', { kind: 'artifacts' })).to.equal(1000);
    expect(sumOf(samples, 'gatehouse_cleanup_batches_total', { kind: 'artifacts' })).to.equal(1);
    expect(sumOf(samples, 'gatehouse_job_round_seconds_count', { outcome: 'failed' })).to.equal(1);
    expect(sumOf(samples, 'process_resident_memory_bytes')).to.be.above(0);
    expect(sumOf(await show(other), 'gatehouse_sessions_ended_total')).to.equal(undefined);
  });

  it('show a zero for every outcome of a queue before the first, so that the first is seen', async () => {
    const samples = await show(createMetrics());
    for (const outcome of ['sent', 'retried', 'given_up']) {
      expect(sumOf(samples, 'gatehouse_mail_attempts_total', { outcome })).to.equal(0);
      expect(sumOf(samples, 'gatehouse_logout_notice_attempts_total', { outcome })).to.equal(0);
    }
  });

  it('take no label but a word of ours, whatever comes', async () => {
    const metrics = createMetrics();
    const strange = [
      'a@example.org',
      '192.0.2.1',
      'b3a0c9',
      'Secret',
      'x\ny',
      'a b',
      '',
      `${'a'.repeat(41)}`,
    ];
    for (const text of strange) {
      metrics.meters.sessionsEnded(text, 1);
      metrics.meters.limited(text);
      metrics.meters.audited({ type: 'sign_in.failed', outcome: 'failure', details: { reason: text } });
    }
    metrics.meters.limited('sign-in-address');
    const samples = await show(metrics);
    expect(sumOf(samples, 'gatehouse_sessions_ended_total', { reason: 'other' })).to.equal(strange.length);
    expect(sumOf(samples, 'gatehouse_rate_limit_refusals_total', { limit: 'other' })).to.equal(
      strange.length,
    );
    expect(sumOf(samples, 'gatehouse_rate_limit_refusals_total', { limit: 'sign-in-address' })).to.equal(1);
    expect(sumOf(samples, 'gatehouse_sign_ins_total', { reason: 'other' })).to.equal(strange.length);
    expect(samples.filter(({ name }) => name === 'gatehouse_sign_ins_total')).to.have.length(1);
  });

  it('read how things stand when somebody looks, once for all who look at the same moment', async () => {
    const metrics = createMetrics();
    let asked = 0;
    metrics.watch({
      hashesWaiting: () => 4,
      readings: async () => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return READINGS;
      },
    });
    const all = await Promise.all(Array.from({ length: 50 }, () => show(metrics)));
    expect(asked).to.equal(1);
    for (const samples of all) {
      expect(sumOf(samples, 'gatehouse_database_up')).to.equal(1);
      expect(sumOf(samples, 'gatehouse_sessions_open')).to.equal(7);
      expect(sumOf(samples, 'gatehouse_acts_without_approvers')).to.equal(3);
      expect(sumOf(samples, 'gatehouse_session_sweeper_lag_seconds')).to.equal(61.5);
      expect(sumOf(samples, 'gatehouse_queue_waiting', { queue: 'mail' })).to.equal(2);
      expect(sumOf(samples, 'gatehouse_queue_oldest_seconds', { queue: 'mail' })).to.equal(30);
      expect(sumOf(samples, 'gatehouse_queue_waiting', { queue: 'logout_notices' })).to.equal(0);
      expect(sumOf(samples, 'gatehouse_password_hashes_waiting')).to.equal(4);
      expect(sumOf(samples, 'gatehouse_audit_sealed_events')).to.equal(1200);
      expect(sumOf(samples, 'gatehouse_audit_unsealed_seconds')).to.equal(1.5);
      expect(sumOf(samples, 'gatehouse_audit_invalid_events')).to.equal(2);
      expect(sumOf(samples, 'gatehouse_audit_tree_fits')).to.equal(1);
      expect(sumOf(samples, 'gatehouse_audit_checkpoint_age_seconds')).to.equal(undefined);
    }
    await show(metrics);
    expect(asked).to.equal(2);
  });

  it('leave out what nobody knows while the database does not answer, and show it again', async () => {
    const metrics = createMetrics();
    let fails = false;
    const readings = async () => {
      if (fails) throw new Error('the database is away');
      return READINGS;
    };
    metrics.watch({ hashesWaiting: () => 0, readings });
    await show(metrics);
    fails = true;
    const without = await show(metrics);
    expect(sumOf(without, 'gatehouse_database_up')).to.equal(0);
    for (const name of [
      'acts_without_approvers',
      'sessions_open',
      'session_sweeper_lag_seconds',
      'cleanup_lag_seconds',
      'audit_unsealed_seconds',
      'audit_tree_fits',
    ]) {
      expect(sumOf(without, `gatehouse_${name}`), name).to.equal(undefined);
    }
    expect(sumOf(without, 'gatehouse_queue_waiting')).to.equal(undefined);
    expect(sumOf(without, 'gatehouse_password_hashes_waiting')).to.equal(0);
    fails = false;
    expect(sumOf(await show(metrics), 'gatehouse_sessions_open')).to.equal(7);
  });

  it('put every address into one of a few kinds', () => {
    const kinds: [string | undefined, string][] = [
      ['/token', 'token'],
      ['/token?grant_type=x', 'token'],
      ['/token/introspect', 'introspection'],
      ['/token/other', 'other'],
      ['/authorize', 'authorization'],
      ['/authorize/Xy12', 'authorization'],
      ['/sign-in/Xy12/factor', 'sign_in'],
      ['/account/security', 'account'],
      ['/.well-known/openid-configuration', 'metadata'],
      ['/reset?token=secret', 'account_life'],
      ['/somebody@example.org', 'other'],
      ['/', 'other'],
      ['//token', 'other'],
      ['http://x/token', 'other'],
      ['', 'other'],
      [undefined, 'other'],
    ];
    for (const [url, kind] of kinds) expect(routeClassOf(url), url).to.equal(kind);
  });
});
