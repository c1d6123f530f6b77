import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { MAX_AUTHENTICATORS, MAX_SETUPS } from '../../../src/domain/totp/policy.ts';
import type { TotpStore } from '../../../src/domain/totp/store.ts';
import { unseal } from '../../../src/kernel/crypto.ts';
import { base32Bytes } from '../../support/totp.ts';
import { ring, useTotpStore } from './support.ts';

describe('TOTP store', function () {
  this.timeout(60_000);
  const bench = useTotpStore();
  const { clock, person, commit, outcome, code, rows, begun, enrolled, used } = bench;
  let totp: TotpStore;
  before(() => {
    ({ totp } = bench);
  });

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
});
