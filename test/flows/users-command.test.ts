import { expect } from 'chai';
import { createOneTimeLinkStore } from '../../src/domain/one-time-links/store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { BCRYPT, OPERATOR, useUsersCommand } from '../support/users-command.ts';

describe('the users command', () => {
  const setup = useUsersCommand();
  const { accounts, accountStatus, run, trail, file } = setup;

  describe('list and show', () => {
    beforeEach(async () => {
      await run([
        'import',
        await file(
          { email: 'cy@example.org', name: 'Cy' },
          { email: 'ada@example.org', name: 'Ada Lovelace', roles: ['nurse'], password_hash: BCRYPT },
        ),
      ]);
    });

    it('lists by address, for people and for programs, without hashes', async () => {
      expect((await run(['list'])).printed).to.deep.equal([
        'ada@example.org  Ada Lovelace  active  nurse',
        'cy@example.org  Cy  active',
      ]);
      const { printed } = await run(['list', '--json', '--search', 'LOVE']);
      expect(printed).to.have.length(1);
      expect(JSON.parse(printed[0] ?? '')).to.deep.include({
        email: 'ada@example.org',
        password: 'wrapped bcrypt',
      });
      expect(printed[0]).to.not.include('CCCC');
      expect(await run(['list', '--search', 'nobody'])).to.deep.include({
        printed: [],
        warned: ['There are no such accounts.'],
      });
    });

    it('lists more than a page', async () => {
      const people = Array.from({ length: 501 }, (_, i) => ({ email: `p${i}@example.org`, name: `P ${i}` }));
      await run(['import', await file(...people)]);
      const { printed } = await run(['list']);
      expect(new Set(printed)).to.have.length(503);
      expect(printed).to.have.length(503);
    });

    it('shows one by address or id', async () => {
      const { printed } = await run(['show', 'CY@example.org']);
      expect(printed.join('\n'))
        .to.match(/^email: +cy@example\.org$/m)
        .and.match(/^password: +-$/m);
      const id = (await accounts().findByIdentifier('ada@example.org'))?.id ?? '';
      const view = JSON.parse((await run(['show', id, '--json'])).printed.join(''));
      expect(view).to.include({ id, email: 'ada@example.org', password: 'wrapped bcrypt' });
    });

    it('tells of an account that is not there', async () => {
      for (const user of ['x@example.org', '0b4f2a5e-7f0e-4b86-9a53-0a4c9f5d8a11']) {
        expect((await run(['show', user])).error?.code).to.equal('account_unknown');
        expect((await run(['disable', user])).error?.code).to.equal('account_unknown');
      }
    });
  });

  describe('disable and enable', () => {
    let id: string;
    beforeEach(async () => {
      id = (
        await asFixture(setup.database, (tx) =>
          accounts().create(tx, { email: 'ada@example.org', name: 'Ada' }),
        )
      ).id;
    });
    const status = async () => (await accounts().findById(id))?.status;

    it('disables once, ends every access, and tells the trail', async () => {
      expect((await run(['disable', 'ada@example.org'])).printed).to.deep.equal([
        'ada@example.org is disabled.',
      ]);
      expect(await status()).to.equal('disabled');
      expect(setup.ended).to.deep.equal([id]);
      expect((await run(['disable', id])).printed).to.deep.equal(['ada@example.org was disabled already.']);
      expect(setup.ended).to.deep.equal([id]);
      const events = await trail();
      expect(events).to.have.length(1);
      expect(events[0]).to.deep.include({
        type: 'account.disabled',
        actor_kind: 'command',
        account: id,
        command: 'gatehouse users disable',
        operator: OPERATOR.user,
        details: { before: { status: 'active' }, after: { status: 'disabled' } },
      });
    });

    it('takes back what was mailed: the account that is enabled again has no link open', async () => {
      const links = createOneTimeLinkStore(setup.database, systemClock, systemRandomness);
      const link = { purpose: 'password-reset', accountId: id, lifetimeSeconds: 600 };
      const { token } = await links.issue(setup.database, link);
      expect(await links.peek('password-reset', token)).to.include({ accountId: id });
      for (const word of ['disable', 'enable']) await run([word, id]);
      expect(await links.peek('password-reset', token)).to.equal(undefined);
    });

    it('enables again, without giving back any access', async () => {
      await run(['disable', id]);
      expect((await run(['enable', id])).printed).to.deep.equal(['ada@example.org is enabled.']);
      expect(await status()).to.equal('active');
      expect((await trail()).map(({ type }) => type)).to.deep.equal(['account.disabled', 'account.enabled']);
      // What could have come to be at the same moment as its end is ended once more.
      expect(setup.ended).to.deep.equal([id, id]);
    });

    it('disables nobody whose access cannot be ended', async () => {
      const boom = accountStatus(() => Promise.reject(new GatehouseError('boom', { message: 'boom' })));
      expect((await run(['disable', id], { app: { accountStatus: boom } })).error?.code).to.equal('boom');
      expect(await status()).to.equal('active');
      expect(await trail()).to.have.length(0);
    });
  });

  describe('unlock', () => {
    let id: string;
    beforeEach(async () => {
      id = (
        await asFixture(setup.database, (tx) =>
          accounts().create(tx, { email: 'Ada@example.org', name: 'Ada' }),
        )
      ).id;
    });
    const guess = async (accountId: string | undefined, knownDevice?: string) =>
      (
        await setup.lockout.reserve(
          setup.lockout.request({ identifier: 'ada@example.org', accountId, knownDevice: knownDevice }),
        )
      ).kind;

    it('ends the locks of an account, wherever they came from, and tells the trail once', async () => {
      await guess(undefined);
      await guess(id);
      await guess(id, 'a device');
      await guess(id, 'a device');
      expect(await guess(id)).to.equal('locked');
      expect((await run(['unlock', 'ada@example.org'])).printed).to.deep.equal([
        'Ada@example.org is unlocked.',
      ]);
      expect(await guess(id)).to.equal('slot');
      expect((await run(['unlock', id])).printed).to.deep.equal(['Ada@example.org was not locked.']);
      const events = (await trail()).filter(({ account }) => account === id);
      expect(events).to.have.length(1);
      expect(events[0]).to.deep.include({
        type: 'account.unlocked',
        actor_kind: 'command',
        command: 'gatehouse users unlock',
      });
    });

    it('says that a password stays disabled', async () => {
      for (const device of [undefined, undefined, 'a device']) await guess(id, device);
      const { printed, warned } = await run(['unlock', id]);
      expect(printed).to.deep.equal(['Ada@example.org is unlocked.']);
      expect(warned.join()).to.contain('has to be reset');
    });

    it('tells of an account that is not there', async () => {
      expect((await run(['unlock', 'x@example.org'])).error?.code).to.equal('account_unknown');
    });
  });
});
