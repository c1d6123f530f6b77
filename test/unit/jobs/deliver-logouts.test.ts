import { expect } from 'chai';
import pino from 'pino';
import type { ClaimedLogout } from '../../../src/domain/logout-deliveries/delivery-store.ts';
import { createDeliverLogouts, type DeliverLogoutsDependencies } from '../../../src/jobs/deliver-logouts.ts';
import type { Job } from '../../../src/jobs/runner.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const NOTICE: ClaimedLogout = {
  id: '0190a6c2-5f4e-7000-8000-000000000001',
  clientId: 'app',
  accountId: '0190a6c2-5f4e-7000-8000-000000000002',
  subject: 'pat',
  sid: 'sid',
  uri: 'https://app.example.org/logout',
  state: 'waiting',
  attempts: 1,
  refusals: 0,
  sending: true,
  lease: '0190a6c2-5f4e-7000-8000-000000000003',
  createdAt: NOW,
  nextAttemptAt: NOW,
};

describe('the job that tells clients of ended sessions', () => {
  let happened: string[];
  let counted: string[];
  let done: Promise<void>;
  let over: () => void;

  beforeEach(() => {
    happened = [];
    counted = [];
    done = new Promise((resolve) => {
      over = resolve;
    });
  });

  /** The job with one notice to deliver, in a server that only writes down what it is asked for. */
  function job(notice: ClaimedLogout, given: Partial<DeliverLogoutsDependencies> = {}): Job {
    const note = (what: string) => async () => happened.push(what) > 0;
    const database = {
      transaction: (work: (tx: object) => Promise<unknown>) => work({}),
      query: async () => {
        happened.push('committed');
        return [];
      },
    };
    return createDeliverLogouts({
      database: database as unknown as DeliverLogoutsDependencies['database'],
      logouts: {
        claim: async () => [notice],
        nextDue: async () => NOW,
        renew: async () => true,
        done: () => ({ sql: () => 'select 1' }),
        putBack: (_notice, refusals, _at, problem) => note(`put back: ${problem} (${refusals})`)(),
        release: note('released'),
        giveUp: (_tx, _notice, _refusals, problem) => note(`given up: ${problem}`)(),
      },
      logoutTokens: { issue: async () => 'token' },
      postLogoutToken: async () => {
        happened.push('posted');
        return { status: 200 };
      },
      audit: {
        insert: async () => {},
        record: async (_tx, ...events) => void happened.push(...events.map(({ type }) => type)),
        write: (...events) => {
          happened.push(...events.map(({ type }) => type));
          return [{ sql: () => 'select 1' }];
        },
      },
      clock: { now: () => NOW },
      random: systemRandomness,
      log: pino({ level: 'silent' }),
      meters: { logoutNotice: (outcome) => void counted.push(outcome) },
      logoutTimeoutSeconds: 1,
      logoutsPerClient: 4,
      wakeDeliverLogouts: () => over(),
      ...given,
    });
  }
  const run = async (each: Job) => {
    await each.round();
    await done;
    return happened;
  };

  it('posts, and notes with the evidence of it that it has', async () => {
    expect(await run(job(NOTICE))).to.deep.equal(['posted', 'logout.delivered', 'committed']);
    expect(counted).to.deep.equal(['sent']);
  });

  it('notes it until that succeeds: what was delivered is not delivered again for a database that is away', async () => {
    let failures = 2;
    const database = {
      query: async () => {
        failures -= 1;
        if (failures >= 0) throw new Error('away');
        happened.push('committed');
        return [];
      },
    } as unknown as DeliverLogoutsDependencies['database'];
    expect(await run(job(NOTICE, { database }))).to.deep.equal(['posted', 'logout.delivered', 'committed']);
  }).timeout(10_000);

  it('puts back what it cannot make a token for', async () => {
    const logoutTokens = { issue: () => Promise.reject(new Error('no key')) };
    expect(await run(job(NOTICE, { logoutTokens }))).to.deep.equal([
      'put back: the token could not be made (0)',
    ]);
  });

  it('does not post again what has killed its worker too often', async () => {
    expect(await run(job({ ...NOTICE, attempts: 14 }))).to.deep.equal([
      'given up: exhausted: not tried',
      'logout.failed',
    ]);
    expect(counted).to.deep.equal(['given_up']);
  });

  it('counts a refusal, and asks once more', async () => {
    const postLogoutToken = async () => ({ status: 400 });
    expect(await run(job(NOTICE, { postLogoutToken }))).to.deep.equal(['put back: answered 400 (1)']);
    expect(counted).to.deep.equal(['retried']);
  });

  it('gives back what its end interrupts', async () => {
    const each = job(NOTICE, {
      postLogoutToken: (_uri, _token, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    await each.round();
    await each.finish?.(10);
    expect(happened).to.deep.equal(['released']);
  });
});
