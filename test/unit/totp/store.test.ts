import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { MAX_AUTHENTICATORS, MAX_SETUPS } from '../../../src/domain/totp/policy.ts';
import { TotpAuthenticatorRecord } from '../../../src/domain/totp/record-store.ts';
import { createTotpStore, type TotpStore } from '../../../src/domain/totp/store.ts';
import { type Keyring, seal, unseal } from '../../../src/kernel/crypto.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type UnitConflict, type Write } from '../../../src/storage/unit-of-work.ts';
import { createTestDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';
import { base32Bytes, totpCode } from '../../support/totp.ts';

const ring = (current: string, ...ids: string[]): Keyring => ({
  current,
  keys: new Map([current, ...ids].map((id) => [id, Buffer.alloc(32, id)])),
});
const GENERAL = ring('g1');

describe('TOTP store', function () {
  this.timeout(60_000);
  let test: TestDatabase;
  let database: Database;
  let totp: TotpStore;
  const clock = { offset: 0, now: () => new Date(Date.UTC(2026, 10, 23, 9, 0, 15) + clock.offset * 1000) };

  const openPool = () =>
    openDatabase({
      url: test.serverUrl,
      entities: [TotpAuthenticatorRecord],
      role: 'server',
      poolSize: 10,
      migrationsPath,
    });
  const storeWith = (keyring: Keyring, pool = database) =>
    createTotpStore({
      database: pool,
      keyring,
      generalKeyring: GENERAL,
      clock,
      random: systemRandomness,
      issuerName: 'Example Hospital',
    });

  before(async () => {
    test = await createTestDatabase();
    database = await openPool();
    totp = storeWith(ring('k1'));
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(() => {
    clock.offset = 0;
  });

  const person = () => ({ id: randomUUID(), email: 'pat@example.org' });
  const commit = (...writes: Write[]) => commitWrites(database, writes);
  const outcome = (write: Write, pool = database) =>
    commitWrites(pool, [write]).then(
      () => 'done',
      (error: UnitConflict) => error.code,
    );
  const code = (secret: string, drift = 0) => totpCode(secret, clock.now(), drift);
  const rows = (accountId: string) =>
    database.query<{ sealed_seed: string; sealed_by: string; last_step: number }>(
      'select sealed_seed, sealed_by, last_step from totp_authenticators where account_id = $1',
      [accountId],
    );

  async function begun(owner = person(), name?: string) {
    const setup = totp.begin(owner, name);
    await commit(...setup.writes);
    return { owner, setup };
  }

  /** Set up with a code of a minute ago, so that the present ones are still to be used. */
  async function enrolled(owner = person(), name?: string) {
    clock.offset -= 60;
    const { setup } = await begun(owner, name);
    const confirmed = await totp.confirm(owner, setup.id, code(setup.secret));
    if ('refused' in confirmed) throw new Error(confirmed.refused);
    await commit(confirmed.write);
    clock.offset += 60;
    return { owner, id: setup.id, secret: setup.secret };
  }

  async function used(accountId: string, typed: string, pool = database): Promise<string> {
    const match = await totp.match(accountId, typed);
    return 'refused' in match ? match.refused : outcome(match.write, pool);
  }

  describe('a set-up', () => {
    it('makes a seed of 160 random bits, sealed for its person, and no factor', async () => {
      const { owner, setup } = await begun();
      expect(base32Bytes(setup.secret)).to.have.length(20);
      expect(setup.otpauthUri).to.include(`secret=${setup.secret}`).and.include('pat%40example.org');
      const [row] = await rows(owner.id);
      expect(row?.sealed_seed)
        .to.match(/^v1\.k1\./)
        .and.not.include(setup.secret);
      expect(unseal(ring('k1'), `totp:${owner.id}`, row?.sealed_seed ?? '').toString()).to.equal(
        setup.secret,
      );
      expect(() => unseal(ring('k1'), `totp:${randomUUID()}`, row?.sealed_seed ?? '')).to.throw();
      expect(await totp.list(owner.id)).to.deep.equal([]);
      expect(await totp.match(owner.id, code(setup.secret))).to.deep.equal({ refused: 'wrong' });
      expect((await begun()).setup.secret).to.not.equal(setup.secret);
    });

    it('is shown again while it lasts, and never once it is finished', async () => {
      const { owner, setup } = await begun(person(), 'Phone');
      const { writes: _, ...shown } = setup;
      expect(await totp.setup(owner, setup.id)).to.deep.equal(shown);
      expect(await totp.setup(person(), setup.id), 'somebody else').to.equal(undefined);
      expect(await totp.setup(owner, randomUUID())).to.equal(undefined);
      expect(await totp.setup(owner, "' or true --")).to.equal(undefined);
      const confirmed = await totp.confirm(owner, setup.id, code(setup.secret));
      if ('refused' in confirmed) throw new Error(confirmed.refused);
      await commit(confirmed.write);
      expect(await totp.setup(owner, setup.id)).to.equal(undefined);
      expect(await totp.confirm(owner, setup.id, code(setup.secret))).to.deep.equal({ refused: 'over' });
    });

    it('is confirmed by a code, which is used by that', async () => {
      const { owner, setup } = await begun(person(), 'Phone');
      expect(await totp.confirm(owner, setup.id, '12345')).to.deep.equal({ refused: 'malformed' });
      expect(await totp.confirm(owner, setup.id, code(setup.secret, 3))).to.deep.equal({ refused: 'wrong' });
      expect(await totp.confirm(person(), setup.id, code(setup.secret))).to.deep.equal({ refused: 'over' });
      const confirmed = await totp.confirm(owner, setup.id, code(setup.secret));
      if ('refused' in confirmed) throw new Error(confirmed.refused);
      expect(await outcome(confirmed.write)).to.equal('done');
      expect(await outcome(confirmed.write), 'twice').to.equal('factor_setup_over');
      expect(await totp.list(owner.id)).to.deep.equal([
        { id: setup.id, name: 'Phone', createdAt: clock.now(), lastUsedAt: clock.now() },
      ]);
      expect(await used(owner.id, code(setup.secret))).to.equal('used');
      expect(await used(owner.id, code(setup.secret, -1))).to.equal('used');
      expect(await used(owner.id, code(setup.secret, 1))).to.equal('done');
    });

    it('ends after half an hour, and is forgotten', async () => {
      const { owner, setup } = await begun();
      const confirmed = await totp.confirm(owner, setup.id, code(setup.secret));
      clock.offset = 1_801;
      expect(await totp.setup(owner, setup.id)).to.equal(undefined);
      expect(await totp.confirm(owner, setup.id, code(setup.secret))).to.deep.equal({ refused: 'over' });
      const { id } = await enrolled(owner);
      await totp.sweep(clock.now(), 1_000);
      expect('refused' in confirmed ? '' : await outcome(confirmed.write)).to.equal('factor_setup_over');
      expect((await totp.list(owner.id)).map((each) => each.id)).to.deep.equal([id]);
    });

    it('is one of a few of a person, and of few authenticators', async () => {
      const owner = person();
      const first = (await begun(owner)).setup;
      for (let index = 0; index < MAX_SETUPS; index += 1) {
        clock.offset += 1;
        await begun(owner);
      }
      expect(await totp.setup(owner, first.id)).to.equal(undefined);
      expect(await rows(owner.id)).to.have.length(MAX_SETUPS);
      for (let index = 0; index < MAX_AUTHENTICATORS; index += 1) await enrolled(owner);
      const { setup } = await begun(owner);
      const confirmed = await totp.confirm(owner, setup.id, code(setup.secret));
      expect('refused' in confirmed ? '' : await outcome(confirmed.write)).to.equal('factor_setup_over');
    });
  });

  describe('a code', () => {
    it('is taken one step early or late, and no more', async () => {
      for (const [drift, expected] of [
        [-2, 'wrong'],
        [-1, 'done'],
        [0, 'done'],
        [1, 'done'],
        [2, 'wrong'],
      ] as const) {
        const { owner, secret } = await enrolled();
        expect(await used(owner.id, code(secret, drift)), String(drift)).to.equal(expected);
      }
    });

    it('is taken once, and none older than the last one', async () => {
      const { owner, secret } = await enrolled();
      expect(await used(owner.id, code(secret))).to.equal('done');
      expect(await used(owner.id, code(secret))).to.equal('used');
      expect(await used(owner.id, code(secret, -1))).to.equal('used');
      expect(await used(owner.id, code(secret, 1))).to.equal('done');
      expect(await used(owner.id, code(secret))).to.equal('used');
      clock.offset = 60;
      expect(await used(owner.id, code(secret))).to.equal('done');
    });

    it('stays used when the clock of the server is set back', async () => {
      const { owner, secret } = await enrolled();
      clock.offset = 3_600;
      expect(await used(owner.id, code(secret))).to.equal('done');
      clock.offset = 0;
      expect(await used(owner.id, code(secret))).to.equal('used');
    });

    it('of 50 parallel uses on two pools is taken once', async () => {
      const { owner, secret } = await enrolled();
      const second = await openPool();
      try {
        const stores = [totp, storeWith(ring('k1'), second)];
        const matches = await Promise.all(
          Array.from({ length: 50 }, (_, index) => (stores[index % 2] ?? totp).match(owner.id, code(secret))),
        );
        const outcomes = await Promise.all(
          matches.map((match, index) =>
            'refused' in match ? match.refused : outcome(match.write, index % 2 ? second : database),
          ),
        );
        expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
        expect(outcomes.filter((each) => each === 'factor_used')).to.have.length(49);
      } finally {
        await second.close();
      }
    });

    it('that is malformed changes nothing', async () => {
      const { owner, secret } = await enrolled();
      const [before] = await rows(owner.id);
      for (const typed of ['', '1', '12345', `${code(secret)}0`, '١٢٣٤٥٦', `${code(secret)}\n`]) {
        expect(await totp.match(owner.id, typed), typed).to.deep.equal({ refused: 'malformed' });
      }
      expect((await rows(owner.id))[0]).to.deep.equal(before);
      const [a, b] = [code(secret).slice(0, 3), code(secret).slice(3)];
      expect(await used(owner.id, ` ${a} ${b} `)).to.equal('done');
    });

    it('is that of whichever app of the person, and of nobody else’s', async () => {
      const owner = person();
      const [phone, tablet, other] = [
        await enrolled(owner, 'Phone'),
        await enrolled(owner, 'Tablet'),
        await enrolled(),
      ];
      const match = await totp.match(owner.id, code(tablet.secret));
      expect(match).to.have.property('authenticatorId', tablet.id);
      expect(await used(owner.id, code(tablet.secret))).to.equal('done');
      expect(await used(owner.id, code(phone.secret)), 'each has steps of its own').to.equal('done');
      expect(await used(owner.id, code(other.secret))).to.equal('wrong');
      expect(await used(randomUUID(), code(phone.secret))).to.equal('wrong');
    });

    it('of an app that is removed after it was compared is not taken', async () => {
      const { owner, id, secret } = await enrolled();
      const match = await totp.match(owner.id, code(secret));
      await commit(totp.remove(owner.id, id));
      expect('refused' in match ? '' : await outcome(match.write)).to.equal('factor_used');
    });
  });

  it('lets its owner rename and remove an app, and nobody else', async () => {
    const { owner, id } = await enrolled(person(), 'Phone');
    for (const [account, authenticator] of [
      [randomUUID(), id],
      [owner.id, randomUUID()],
      [owner.id, 'no-uuid'],
    ] as const) {
      expect(await outcome(totp.rename(account, authenticator, 'X'))).to.equal('factor_unknown');
      expect(await outcome(totp.remove(account, authenticator))).to.equal('factor_unknown');
    }
    await commit(totp.rename(owner.id, id, 'Work phone'));
    expect((await totp.list(owner.id))[0]).to.include({ id, name: 'Work phone' });
    await commit(totp.remove(owner.id, id));
    expect(await totp.list(owner.id)).to.deep.equal([]);
    await enrolled(owner);
    await begun(owner);
    await commit(totp.removeAll(owner.id));
    expect(await rows(owner.id)).to.deep.equal([]);
  });

  describe('a seed from elsewhere', () => {
    const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

    it('is taken over, and works at once', async () => {
      const owner = person();
      await totp.adopt(database, [{ accountId: owner.id, totpSecret: SECRET }]);
      await totp.adopt(database, []);
      expect(await totp.list(owner.id)).to.have.length(1);
      expect((await totp.list(owner.id))[0]).to.include({ name: undefined, lastUsedAt: undefined });
      expect(await used(owner.id, code(SECRET))).to.equal('done');
      expect(await used(owner.id, code(SECRET))).to.equal('used');
    });

    it('that was imported under the general keys works, and is under ours after its first use', async () => {
      const owner = person();
      const sealed = seal(GENERAL, systemRandomness, `totp:${owner.id}`, SECRET);
      await database.query(
        `insert into totp_authenticators (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
         values ($1, $2, $3, 'general', 0, $4, $4)`,
        [randomUUID(), owner.id, sealed, clock.now()],
      );
      expect(await totp.list(owner.id)).to.have.length(1);
      const parallel = await Promise.all([1, 2, 3, 4].map(() => used(owner.id, code(SECRET))));
      expect(parallel.filter((each) => each === 'done')).to.have.length(1);
      const [row] = await rows(owner.id);
      expect(row).to.include({ sealed_by: 'mfa' });
      expect(unseal(ring('k1'), `totp:${owner.id}`, row?.sealed_seed ?? '').toString()).to.equal(SECRET);
      clock.offset = 30;
      expect(await used(owner.id, code(SECRET))).to.equal('done');
    });

    it('of ten bytes, or of 128, works like any other', async () => {
      for (const totpSecret of ['JBSWY3DPEHPK3PXP', 'A'.repeat(205)]) {
        const owner = person();
        await totp.adopt(database, [{ accountId: owner.id, totpSecret }]);
        expect(await used(owner.id, code(totpSecret))).to.equal('done');
      }
    });
  });

  it('opens with an old key while it is in the keyring, and refuses to guess once it is not', async () => {
    const { owner, secret } = await enrolled();
    const rotated = storeWith(ring('k2', 'k1'));
    expect(await rotated.match(owner.id, code(secret))).to.have.property('write');
    const gone = await storeWith(ring('k2'))
      .match(owner.id, code(secret))
      .catch((error: { code: string }) => error.code);
    expect(gone).to.equal('unknown_encryption_key');
  });

  it('does not open a seed that was put into the row of somebody else', async () => {
    const [victim, thief] = [await enrolled(), await enrolled()];
    await database.query(
      `update totp_authenticators set sealed_seed = (select sealed_seed from totp_authenticators where account_id = $1)
       where account_id = $2`,
      [thief.owner.id, victim.owner.id],
    );
    const failure = await totp
      .match(victim.owner.id, code(thief.secret))
      .catch((error: { code: string }) => error.code);
    expect(failure).to.equal('sealed_value_invalid');
  });
});
