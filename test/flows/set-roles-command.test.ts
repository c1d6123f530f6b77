import { expect } from 'chai';
import { units } from '../../src/administration/units/index.ts';
import { termsOf } from '../../src/commands/user-roles.ts';
import { act } from '../support/administration.ts';
import { command } from '../support/commands.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const codeOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('users set-roles', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const setRoles = (...words: string[]) => command(server, 'users', 'set-roles', ...words);
  const refused = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );

  it('sets limits and ends by role, keeps those that are not named, and lifts them', async () => {
    const { id, email } = await server.addAccount();
    const unit = (await act(server.app, units.create, { name: 'Ward' })).id;
    const limits = ['--unit', `helpdesk=${unit}`, '--until', 'nurse=2099-01-31T18:00:00Z'];
    // Warnings of roles that nobody has come first.
    const printed = await setRoles(email, 'helpdesk', 'nurse', ...limits, '--json');
    const first = JSON.parse(printed.split('\n').at(-1) ?? '');
    expect(first).to.deep.equal({
      id,
      email,
      roles: ['helpdesk', 'nurse'],
      added: ['helpdesk', 'nurse'],
      removed: [],
      terms: [
        { role: 'helpdesk', unit, owned: false, until: null },
        { role: 'nurse', unit: null, owned: false, until: '2099-01-31T18:00:00.000Z' },
      ],
    });
    expect(await setRoles(email, 'helpdesk', 'nurse')).to.contain('exactly these roles already');
    expect(await setRoles(email, 'helpdesk', 'nurse', '--unlimited', 'nurse')).to.contain(
      'with other limits or ends',
    );
    expect(await server.app.accounts.roleTerms.of(server.app.database, id)).to.deep.equal([
      { role: 'helpdesk', unit, owned: false },
    ]);
    expect(JSON.parse(await command(server, 'users', 'show', email, '--json'))).to.deep.include({
      unit: null,
      terms: [{ role: 'helpdesk', unit, owned: false, until: null }],
    });
  });

  it('refuses what cannot be meant, and changes nothing', async () => {
    const { id, email } = await server.addAccount({ roles: ['nurse'] });
    expect(await refused(setRoles(email, 'nurse', '--until', 'nurse'))).to.equal('terms_invalid');
    expect(await refused(setRoles(email, 'nurse', '--until', 'nurse=soon'))).to.equal('input_invalid');
    expect(await refused(setRoles(email, 'nurse', '--until', 'nurse=2020-01-01T00:00:00Z'))).to.equal(
      'input_invalid',
    );
    expect(await refused(setRoles(email, 'nurse', '--owned', 'helpdesk'))).to.equal('input_invalid');
    expect(await refused(setRoles(email, 'helpdesk', '--unit', 'helpdesk=none'))).to.equal('unit_unknown');
    expect((await server.app.accounts.store.findById(id))?.roles).to.deep.equal(['nurse']);
  });

  it('reads each option as ROLE=VALUE, once in one way', () => {
    expect(termsOf({ owned: ['a'], until: ['a=t'], unlimited: ['b'] })).to.deep.equal({
      a: { owned: true, until: 't' },
      b: {},
    });
    for (const options of [{ unit: ['=x'] }, { unit: ['x='] }, { owned: ['a'], unlimited: ['a'] }])
      expect(codeOf(() => termsOf(options))).to.equal('terms_invalid');
  });
});
