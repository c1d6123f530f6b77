import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.ts';
import { startServer } from '../../src/server.ts';
import { openApp } from '../../src/wire.ts';
import { scrape, sumOf } from '../support/metrics.ts';
import { eventually } from '../support/processes.ts';
import { authorize, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const MINUTE = 60_000;

/** What labels may say: words of the server, names of Node.js, classes of status, the bounds of histograms, a version. */
const WORD = /^([a-z]+([_-][a-z]+)*|[A-Z]\w+|[1-5]xx|[\d.]+|\+Inf|v\d+\.\d+\.\d+)$/;

describe('what operators watch', function metrics() {
  this.timeout(120_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  const told: string[] = [];
  let server: TestServer;

  before(async () => {
    const settings = {
      METRICS_PORT: '0',
      MAX_CONCURRENT_SESSIONS: '1',
      SESSION_CAP_POLICY: 'evict-oldest',
      MAX_FAILED_LOGIN_ATTEMPTS: '3',
      RATE_LIMIT_TOKEN_PER_CLIENT: '4',
    };
    server = await startTestServer({ settings, replace: { clock } });
  });
  after(() => server.stop());

  const show = () => scrape(server.metricsPort);
  /** Waits until a sample has this value: an answer leaves before it is counted, and jobs go their own way. */
  const until = (name: string, labels: Record<string, string>, value: number) =>
    eventually(`${name} ${JSON.stringify(labels)} is ${value}`, async () => {
      const { samples } = await show();
      return sumOf(samples, `gatehouse_${name}`, labels) === value;
    });

  it('counts a day of sign-ins, failures, locks, refusals, ended sessions and what is sent', async () => {
    const registration = await server.addClient({
      ...WEB_CLIENT,
      first_party: true,
      backchannel_logout_uri: 'http://127.0.0.1:9/nobody-listens',
    });
    const client = handClient(server.issuer, registration);
    const [first, second, third] = [
      await server.addAccount(),
      await server.addAccount(),
      await server.addAccount(),
    ];
    const agent = new UserAgent();
    const tokens = [
      await tokensFor(client, first),
      // Elsewhere, which ends the session before it; then they sign out.
      await tokensFor(client, first, {}, agent),
      await tokensFor(client, second),
    ];
    await agent.submit(await agent.open(`${server.issuer}/logout`), { logout: 'yes' });
    // Four tries, the last of them behind the lock.
    await authorize(new UserAgent(), client.authorizeUrl(), { ...third, password: 'wrong and long enough' });
    await Promise.all([1, 2, 3].map(() => client.refresh('of-nobody')));
    told.push(
      ...[first, second, third].flatMap(({ id, email, password }) => [id, email, password]),
      ...tokens.flatMap((each) =>
        Object.values(each).filter((value) => typeof value === 'string' && value.length > 12),
      ),
      String(registration.client_id),
      String(registration.client_secret),
      '127.0.0.1',
      'localhost',
    );
    await until('sign_ins_total', { outcome: 'succeeded' }, 3);
    const { samples } = await show();
    const at = (name: string, labels: Record<string, string> = {}) =>
      sumOf(samples, `gatehouse_${name}`, labels);
    expect(at('sign_ins_total', { outcome: 'failed' })).to.equal(4);
    expect(at('lockouts_total', { of: 'identifier' })).to.equal(1);
    expect(at('sessions_ended_total', { reason: 'evicted' })).to.equal(1);
    expect(at('sessions_ended_total', { reason: 'signed_out' })).to.equal(1);
    expect(at('sessions_open')).to.equal(1);
    expect(at('rate_limit_refusals_total', { limit: 'token' })).to.equal(2);
    expect(at('http_request_duration_seconds_count', { route: 'token', status: '2xx' })).to.equal(3);
    expect(at('http_request_duration_seconds_count', { route: 'token', status: '4xx' })).to.equal(3);
    expect(at('http_request_duration_seconds_count', { route: 'sign_in' })).to.be.at.least(7);
    expect(at('database_up')).to.equal(1);
    expect(at('password_hashes_waiting')).to.equal(0);
    expect(at('job_round_seconds_count', { job: 'end-sessions', outcome: 'done' })).to.be.at.least(1);
    // Nobody listens at the client: both notices are tried and wait for their next try.
    await until('logout_notice_attempts_total', { outcome: 'retried' }, 2);
    await until('queue_waiting', { queue: 'logout_notices' }, 2);
    // Of the lock, the new devices and so on.
    await eventually('mail is sent', async () => server.mailbox.messages.length > 0);
    await until('mail_attempts_total', { outcome: 'sent' }, server.mailbox.messages.length);
  });

  it('tells how far the sweepers are behind, and what they have done', async () => {
    // Jobs of this node do not begin any more; another one's do what is left.
    await server.app.jobs.stop(1_000);
    clock.offset = 25 * MINUTE;
    const behind = await show();
    const lag = sumOf(behind.samples, 'gatehouse_session_sweeper_lag_seconds');
    expect(lag).to.be.within(4 * 60, 5.5 * 60);
    expect(sumOf(behind.samples, 'gatehouse_sessions_open')).to.equal(0);
    expect(sumOf(behind.samples, 'gatehouse_queue_oldest_seconds', { queue: 'logout_notices' })).to.be.within(
      24 * 60,
      26 * 60,
    );
    clock.offset = 48 * 60 * MINUTE;
    expect(sumOf((await show()).samples, 'gatehouse_cleanup_lag_seconds')).to.be.within(
      22 * 3_600,
      24 * 3_600,
    );
    const other = await server.secondNode();
    try {
      await eventually('the other node has ended and removed what was over', async () => {
        const { samples } = await scrape(other.metricsPort);
        return (
          sumOf(samples, 'gatehouse_sessions_ended_total', { reason: 'idle' }) === 1 &&
          (sumOf(samples, 'gatehouse_session_sweep_sessions_sum') ?? 0) === 1 &&
          (sumOf(samples, 'gatehouse_cleanup_rows_total', { kind: 'artifacts' }) ?? 0) > 0 &&
          sumOf(samples, 'gatehouse_session_sweeper_lag_seconds') === 0 &&
          sumOf(samples, 'gatehouse_cleanup_lag_seconds') === 0
        );
      });
      expect((await show()).samples.some(({ labels }) => labels.reason === 'idle')).to.equal(false);
    } finally {
      await other.stop();
    }
  });

  it('says nothing of anybody: no label, and nothing else, holds an id, an address or a secret', async () => {
    expect(told.length).to.be.above(15);
    const { text, samples } = await show();
    for (const { name, labels } of samples) {
      for (const [label, word] of Object.entries(labels)) {
        expect(word, `${name}{${label}}`).to.match(WORD);
      }
    }
    for (const word of told) expect(text).not.to.include(word);
    // Few series, and no more of them the more people there are.
    expect(samples.length).to.be.below(1_000);
  });

  it('is for nobody where no port is given, nor in the configuration that is shown', async () => {
    const config = loadConfig({ env: testEnvironment(server.database, 0), configFile: false });
    const app = await openApp(config);
    const quiet = await startServer(app);
    try {
      expect(app.metrics.registry).to.equal(undefined);
      expect(quiet.metricsPort).to.equal(undefined);
    } finally {
      await quiet.close();
    }
  });

  it('says in one line which port is taken, and leaves none open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const publicPort = await freePort();
    const app = await openApp(
      loadConfig({
        env: testEnvironment(server.database, publicPort, { METRICS_PORT: String(port) }),
        configFile: false,
      }),
    );
    try {
      const problem = await startServer(app).then(
        () => 'it started',
        (error: Error) => error.message,
      );
      expect(problem).to.equal(`METRICS_PORT: port ${port} on 127.0.0.1 is in use by another program`);
      expect(await fetch(`http://localhost:${publicPort}/health/live`).catch(() => 'closed')).to.equal(
        'closed',
      );
    } finally {
      await app.close();
      taken.close();
    }
  });

  it('ends with the server', async () => {
    const other = await server.secondNode();
    await scrape(other.metricsPort);
    await other.stop();
    expect(await scrape(other.metricsPort).catch(() => 'closed')).to.equal('closed');
  });
});
