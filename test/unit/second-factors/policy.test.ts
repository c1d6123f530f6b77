import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  alwaysDemanded,
  DEMANDS,
  type Demand,
  demandFor,
  type FactorSettings,
  graceOf,
  isDemand,
  NOTHING_SKIPPED,
  strongest,
  trustedDaysFor,
} from '../../../src/domain/second-factors/policy.ts';
import {
  createFactorEnrolmentStore,
  FactorEnrolmentRecord,
} from '../../../src/domain/second-factors/store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

const NOW = new Date('2026-11-23T09:00:00Z');
const settings = (changes: Partial<FactorSettings> = {}): FactorSettings => ({
  policy: 'optional',
  trustedDeviceDays: 30,
  byRole: {
    administrator: { policy: 'phishing_resistant', trustedDeviceDays: 0 },
    clinician: { policy: 'required' },
    kiosk: { policy: 'off' },
    visitor: { trustedDeviceDays: 90 },
  },
  ...changes,
});
const demands = fc.constantFrom(...DEMANDS);

describe('the policy of second factors', () => {
  const cases: [roles: string[], client: Demand | undefined, demand: Demand, days: number][] = [
    [[], undefined, 'optional', 30],
    [['nobody-knows'], undefined, 'optional', 30],
    [['clinician'], undefined, 'required', 30],
    [['administrator'], undefined, 'phishing_resistant', 0],
    [['clinician', 'administrator'], undefined, 'phishing_resistant', 0],
    [['kiosk'], undefined, 'off', 30],
    [['kiosk', 'nobody-knows'], undefined, 'optional', 30],
    [['kiosk'], 'required', 'required', 30],
    [['clinician'], 'off', 'required', 30],
    [['clinician'], 'phishing_resistant', 'phishing_resistant', 30],
    [['visitor'], undefined, 'optional', 90],
    [['visitor', 'clinician'], undefined, 'required', 30],
    [['constructor', '__proto__', 'toString'], undefined, 'optional', 30],
  ];
  for (const [roles, client, demand, days] of cases) {
    it(`is ${demand} for [${roles}]${client ? ` at a client that wants ${client}` : ''}`, () => {
      expect(demandFor(roles, client, settings())).to.equal(demand);
      expect(trustedDaysFor(roles, settings())).to.equal(days);
      if (client === undefined) {
        const trusting = demand === 'phishing_resistant';
        expect(alwaysDemanded(roles, settings()), 'a trusted device spares it').to.equal(trusting);
        const always = demand === 'required' || demand === 'phishing_resistant';
        const untrusting = settings({ trustedDeviceDays: 0 });
        if (!roles.includes('visitor')) expect(alwaysDemanded(roles, untrusting)).to.equal(always);
      }
    });
  }

  it('is never weaker for another role, or at a client', () => {
    const roles = fc.array(fc.constantFrom('administrator', 'clinician', 'kiosk', 'visitor', 'other'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(roles, roles, demands, demands, (some, more, policy, client) => {
        const given = settings({ policy });
        const rank = (demand: Demand) => DEMANDS.indexOf(demand);
        const alone = rank(demandFor(some, undefined, given));
        expect(rank(demandFor([...some, ...more], undefined, given))).to.be.at.least(alone);
        expect(rank(demandFor(some, client, given))).to.be.at.least(Math.max(alone, rank(client)));
        expect(trustedDaysFor([...some, ...more], given)).to.be.at.most(trustedDaysFor(some, given));
      }),
    );
    expect(strongest([])).to.equal('off');
  });

  it('knows its own words only', () => {
    for (const demand of DEMANDS) expect(isDemand(demand)).to.equal(true);
    for (const other of ['', 'REQUIRED', 'none', undefined, null, 1, ['required']]) {
      expect(isDemand(other)).to.equal(false);
    }
  });
});

describe('the grace of those without a second factor', () => {
  const tomorrow = new Date('2026-11-24T00:00:00Z');
  const forced = { offered: true, skippable: false };
  const skipped = (skipsUsed: number, enrolmentDue = false) => ({ skipsUsed, enrolmentDue });

  it('is none where one is required, whatever the limits', () => {
    for (const demand of ['required', 'phishing_resistant'] as const) {
      expect(graceOf(demand, {}, NOTHING_SKIPPED, NOW)).to.deep.equal(forced);
      expect(graceOf(demand, { graceUntil: tomorrow, graceSignIns: 9 }, NOTHING_SKIPPED, NOW)).to.deep.equal(
        forced,
      );
    }
  });

  it('is not needed where nobody is asked, or it is left to the person', () => {
    const free = { offered: false, skippable: true };
    expect(graceOf('off', { graceUntil: NOW, graceSignIns: 1 }, skipped(5, true), NOW)).to.deep.equal(free);
    expect(graceOf('optional', {}, skipped(5), NOW)).to.deep.equal(free);
  });

  it('ends with its day', () => {
    const at = (now: string) => graceOf('optional', { graceUntil: tomorrow }, skipped(50), new Date(now));
    expect(at('2026-11-23T23:59:59.999Z')).to.deep.equal({ offered: true, skippable: true, until: tomorrow });
    expect(at('2026-11-24T00:00:00Z')).to.deep.equal(forced);
  });

  it('ends with its sign-ins', () => {
    const having = (skips: number) => graceOf('optional', { graceSignIns: 3 }, skipped(skips), NOW);
    expect([0, 1, 2].map((skips) => having(skips).skipsLeft)).to.deep.equal([3, 2, 1]);
    expect(having(2).skippable).to.equal(true);
    expect(having(3)).to.deep.equal(forced);
    expect(having(99)).to.deep.equal(forced);
  });

  it('ends with whichever is over first', () => {
    const limits = { graceUntil: tomorrow, graceSignIns: 2 };
    expect(graceOf('optional', limits, skipped(1), NOW)).to.deep.equal({
      offered: true,
      skippable: true,
      skipsLeft: 1,
      until: tomorrow,
    });
    expect(graceOf('optional', limits, skipped(2), NOW)).to.deep.equal(forced);
    expect(graceOf('optional', limits, skipped(0), tomorrow)).to.deep.equal(forced);
  });

  it('is none for somebody whose factors an administrator has removed', () => {
    expect(graceOf('optional', {}, skipped(0, true), NOW)).to.deep.equal(forced);
    expect(graceOf('optional', { graceSignIns: 9 }, skipped(0, true), NOW)).to.deep.equal(forced);
  });
});

describe('factor enrolment store', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [FactorEnrolmentRecord],
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const store = () => createFactorEnrolmentStore(database, { now: () => NOW });
  const outcome = (...writes: Write[]) =>
    commitWrites(database, writes).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );

  it('counts skips, for good, and keeps what is due until there is a factor', async () => {
    const account = randomUUID();
    expect(await store().state(account)).to.deep.equal(NOTHING_SKIPPED);
    await outcome(store().skipped(account));
    await outcome(store().skipped(account));
    expect(await store().state(account)).to.deep.equal({
      skipsUsed: 2,
      enrolmentDue: false,
      codeNeeded: false,
    });
    await outcome(store().require(account));
    expect(await store().state(account)).to.deep.equal({
      skipsUsed: 2,
      enrolmentDue: true,
      codeNeeded: false,
    });
    await outcome(store().skipped(account));
    expect((await store().state(account)).enrolmentDue).to.equal(true);
    await outcome(...store().settled(account, false));
    expect(await store().state(account)).to.deep.equal({
      skipsUsed: 3,
      enrolmentDue: false,
      codeNeeded: false,
    });
    await outcome(store().require(account));
    expect(await store().state(account)).to.deep.equal({
      skipsUsed: 3,
      enrolmentDue: true,
      codeNeeded: false,
    });
    await outcome(store().forget(account));
    expect(await store().state(account)).to.deep.equal(NOTHING_SKIPPED);
  });

  it('holds that a first factor needs a code, until one is set up with it', async () => {
    const account = randomUUID();
    await outcome(store().require(account, true));
    // Whoever else asks for a factor does not take that back.
    await outcome(store().require(account));
    expect(await outcome(...store().settled(account, false))).to.equal('temporary_code_needed');
    expect(await store().state(account)).to.deep.include({ enrolmentDue: true, codeNeeded: true });
    expect(await outcome(...store().settled(account, true))).to.equal('done');
    expect(await store().state(account)).to.deep.include({ enrolmentDue: false, codeNeeded: false });
    expect(await outcome(...store().settled(account, false))).to.equal('done');
    // Without its factor the account is where the reset had left it.
    await outcome(store().require(account));
    expect(await store().state(account)).to.deep.include({ enrolmentDue: true, codeNeeded: true });
  });

  it('lets no more of 50 parallel sign-ins skip than may', async () => {
    const account = randomUUID();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => outcome(store().skipped(account, 3))),
    );
    expect(outcomes.filter((each) => each === 'done')).to.have.length(3);
    expect(outcomes.filter((each) => each === 'skips_over')).to.have.length(47);
    expect((await store().state(account)).skipsUsed).to.equal(3);
  });
});
