import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { TotpStore } from '../../../src/domain/totp/store.ts';
import { seal, unseal } from '../../../src/kernel/crypto.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { GENERAL, ring, useTotpStore } from './support.ts';

describe('TOTP store', function () {
  this.timeout(60_000);
  const bench = useTotpStore();
  const { clock, openPool, storeWith, person, commit, outcome, code, rows, begun, enrolled, used } = bench;
  let totp: TotpStore;
  let database: Database;
  before(() => {
    ({ totp, database } = bench);
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
