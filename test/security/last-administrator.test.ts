import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import type { RoleTerms } from '../../src/domain/accounts/role-terms.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { SYSTEM_ACTOR } from '../../src/domain/audit/actor.ts';
import { act } from '../support/administration.ts';
import { command } from '../support/commands.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ADMINISTRATOR = 'administrator';
const LAST = 'last_administrator';

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

describe('the last administrator', function last() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(() => fixture(server.app.database, 'delete from accounts'));

  const administrator = () => server.addAccount({ roles: [ADMINISTRATOR, 'nurse'] });
  const setTerms = (id: string, terms: RoleTerms[], roles = [ADMINISTRATOR]) =>
    server.app.database.transaction((tx) =>
      server.app.lifecycle.roleSetting.set(tx, id, { roles, terms }, { actor: SYSTEM_ACTOR, origin: {} }),
    );
  const until = new Date(Date.now() + 3_600_000);

  /** Every way in which somebody ceases to be one; the operator at the server has no other. */
  const WAYS: Record<string, (person: Account) => Promise<unknown>> = {
    'people.disable': ({ id }) => act(server.app, people.disable, { person: id }),
    'users disable': ({ email }) => command(server, 'users', 'disable', email),
    'people.delete': ({ id }) => act(server.app, people.delete, { person: id }),
    'users delete': ({ email }) => command(server, 'users', 'delete', email, '--yes'),
    'people.set_roles': ({ id }) => act(server.app, people.setRoles, { person: id, roles: ['nurse'] }),
    'users set-roles': ({ email }) => command(server, 'users', 'set-roles', email, '--none'),
    'an end': ({ id }) => setTerms(id, [{ role: ADMINISTRATOR, owned: false, until }]),
    'a limit': ({ id }) => setTerms(id, [{ role: ADMINISTRATOR, owned: true }]),
  };

  for (const [way, cease] of Object.entries(WAYS)) {
    it(`is not lost by ${way}, and everything stays as it was`, async () => {
      const person = await administrator();
      expect(await codeOf(cease(person))).to.equal(LAST);
      const { accounts } = server.app;
      expect(await accounts.store.findById(person.id)).to.deep.include({
        status: 'active',
        roles: person.roles,
        accessEpoch: person.accessEpoch,
        version: person.version,
      });
      const other = await administrator();
      expect(await codeOf(cease(person))).to.equal('done');
      expect(await codeOf(cease(other))).to.equal(LAST);
    });
  }

  it('is not somebody disabled, limited, or whose role ends', async () => {
    const [one, disabled, limited, ending] = [
      await administrator(),
      await server.addAccount({ roles: [ADMINISTRATOR], status: 'disabled' }),
      await administrator(),
      await administrator(),
    ];
    await setTerms(limited.id, [{ role: ADMINISTRATOR, owned: true }]);
    await setTerms(ending.id, [{ role: ADMINISTRATOR, owned: false, until }]);
    expect(await codeOf(act(server.app, people.disable, { person: one.id }))).to.equal(LAST);
    // Nothing is lost by those who do not count.
    for (const { id } of [disabled, limited, ending])
      expect(await codeOf(act(server.app, people.delete, { person: id }))).to.equal('done');
  });

  it('stays where two administrators demote each other at once, again and again', async () => {
    for (let round = 0; round < 10; round += 1) {
      await fixture(server.app.database, 'delete from accounts');
      const both = [await administrator(), await administrator()];
      const codes = await Promise.all(
        both.map(({ id }) => codeOf(act(server.app, people.setRoles, { person: id, roles: [] }))),
      );
      expect(codes.sort()).to.deep.equal(['done', LAST].sort());
    }
  });

  it('stays where fifty cease at once, each in another way', async () => {
    const all: Account[] = [];
    for (let count = 0; count < 50; count += 1) all.push(await administrator());
    const ways = Object.values(WAYS);
    const codes = await Promise.all(
      all.map((person, at) => codeOf((ways[at % ways.length] as (who: Account) => Promise<unknown>)(person))),
    );
    expect(codes.filter((code) => code === LAST)).to.have.length(1);
    expect(codes.filter((code) => code === 'done')).to.have.length(49);
    const left = await server.app.accounts.administrators.anyoneLeft(server.app.database, ADMINISTRATOR);
    expect(left).to.equal(true);
  });
});
