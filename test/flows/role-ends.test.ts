import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import { SYSTEM_ACTOR } from '../../src/domain/audit/actor.ts';
import { createEndRoles } from '../../src/jobs/end-roles.ts';
import { act } from '../support/administration.ts';
import { eventually } from '../support/processes.ts';
import { auditTrail, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { useTravel } from '../support/time.ts';

const HOUR = 3600;

describe('a role with an end', function ends() {
  this.timeout(60_000);
  const travel = useTravel();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      replace: { clock: travel.clock },
      settings: { SESSION_TIMEOUT_MINUTES: '240' },
    });
  });
  after(() => server.stop());

  const give = (id: string, roles: string[], ending: string) =>
    server.app.database.transaction((tx) =>
      server.app.lifecycle.roleSetting.set(
        tx,
        id,
        { roles, terms: [{ role: ending, owned: false, until: new Date(+travel.now() + HOUR * 1000) }] },
        { actor: SYSTEM_ACTOR, origin: {} },
      ),
    );

  it('is in tokens until then, in none from then on, and ends what it let in', async () => {
    const person = await server.addAccount({ roles: ['nurse'] });
    await give(person.id, ['nurse', 'locum'], 'locum');
    const client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));
    const tokens = await tokensFor(client, person, { scope: 'openid roles' });
    const rolesNow = async () => (await client.userinfo(tokens.access_token)).body.roles;
    expect(await rolesNow()).to.deep.equal(['nurse', 'locum']);
    const trail = (await auditTrail(server)).length;

    travel.pass(HOUR);
    // Wherever an account is read, before the job has looked.
    const { roles } = await act(server.app, people.show, { person: person.id });
    expect(roles).to.deep.equal(['nurse']);
    server.app.jobs.wake('end-roles');
    await eventually('the session has ended', async () => {
      const [session] = await sessionsOf(server, person.id);
      return session?.end_reason === 'ended_by_administrator';
    });
    const [changed, ended] = (await auditTrail(server))
      .slice(trail)
      .filter(({ account }) => account === person.id);
    expect(changed).to.include({ type: 'account.roles_changed', actor_kind: 'system' });
    expect(changed?.details).to.deep.include({ added: [], removed: ['locum'] });
    expect(changed?.details.after).to.deep.equal({ roles: ['nurse'], terms: [] });
    expect(changed?.details.before).to.deep.include({ roles: ['nurse', 'locum'] });
    expect(ended?.type).to.equal('session.ended');
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
  });

  it('ends once, by however many nodes at once, and one that fails holds up none behind it', async () => {
    const some = [await server.addAccount(), await server.addAccount(), await server.addAccount()];
    for (const { id } of some) await give(id, ['locum'], 'locum');
    const before = (await auditTrail(server)).length;
    travel.pass(HOUR);
    const { app } = server;
    const [broken = ''] = some.map(({ id }) => id).sort();
    const job = (fails: boolean) =>
      createEndRoles({
        database: app.database,
        clock: travel.clock,
        roleTerms: app.accounts.roleTerms,
        roleSetting: {
          end: (tx, id, by) =>
            fails && id === broken
              ? Promise.reject(new Error('this one fails'))
              : app.lifecycle.roleSetting.end(tx, id, by),
        },
      });
    const nodes = Array.from({ length: 10 }, () =>
      job(true)
        .round()
        .catch(({ message }: Error) => message),
    );
    expect(await Promise.all(nodes)).to.include('this one fails');
    await job(false).round();
    const told = (await auditTrail(server))
      .slice(before)
      .filter(({ type }) => type === 'account.roles_changed')
      .map(({ account }) => account);
    expect(told).to.have.members(some.map(({ id }) => id));
  });

  it('is given anew, without the former end, where it was over', async () => {
    const person = await server.addAccount();
    await give(person.id, ['locum'], 'locum');
    travel.pass(HOUR);
    const done = await act(server.app, people.setRoles, { person: person.id, roles: ['locum'] });
    expect(done).to.deep.include({ added: ['locum'], removed: [] });
    expect(await server.app.accounts.roleTerms.of(server.app.database, person.id)).to.deep.equal([]);
  });

  it('keeps its end where the roles are set without a word about it', async () => {
    const person = await server.addAccount();
    await give(person.id, ['locum'], 'locum');
    await act(server.app, people.setRoles, { person: person.id, roles: ['locum', 'nurse'] });
    expect(await server.app.accounts.roleTerms.of(server.app.database, person.id)).to.have.length(1);
    travel.pass(HOUR);
    const { roles } = await act(server.app, people.show, { person: person.id });
    expect(roles).to.deep.equal(['nurse']);
  });
});
