import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { clients } from '../../src/administration/clients/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { commitWrites, UnitConflict } from '../../src/storage/unit-of-work.ts';
import { asOwner } from '../security/support.ts';
import { act } from '../support/administration.ts';
import { NOBODY, useBackChannelLogout } from '../support/back-channel-logout.ts';
import { asFixture, fixture, fixtures } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('applications that are told of the end of a session', function backChannel() {
  this.timeout(30_000);
  const setup = useBackChannelLogout();
  const {
    later,
    start,
    application,
    signedIn,
    entries,
    only,
    untilState,
    afterAttempt,
    events,
    endAll,
    enqueue,
    signOut,
  } = setup;

  describe('when it ends', () => {
    it('by sign-out: each by its own sid, once, signed as its ID tokens are, and it is on record', async () => {
      await start();
      const one = await application();
      const other = await application({ id_token_signed_response_alg: 'ES256' });
      const silent = handClient(setup.server.issuer, await setup.server.addClient(WEB_CLIENT));
      const agent = new UserAgent();
      const sids = [(await signedIn(one.client, agent)).sid, (await signedIn(other.client, agent)).sid];
      await signedIn(silent, agent);
      const bystander = await signedIn(one.client);

      expect((await signOut(agent, { logout: 'yes' })).status).to.equal(303);
      await Promise.all([one.receiver.until(1), other.receiver.until(1)]);
      await untilState('delivered', 2);
      for (const [index, { receiver, client }] of [one, other].entries()) {
        expect(receiver.requests).to.have.length(1);
        const [claims] = receiver.accepted;
        expect(claims).to.have.keys('iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sub', 'sid');
        expect(claims).to.include({ sub: setup.person.id, sid: sids[index], aud: client.id });
      }
      expect((await one.client.userinfo(bystander.tokens.access_token)).status).to.equal(200);
      const told = await events('logout.');
      expect(told.map(({ client }) => client)).to.have.members([one.client.id, other.client.id]);
      const [ended] = await events('sign_out.');
      for (const event of told) {
        expect(event).to.include({
          type: 'logout.delivered',
          outcome: 'success',
          actor_kind: 'system',
          account: setup.person.id,
        });
        expect(event.session).to.equal(ended?.session);
        expect(event.details).to.include({ attempts: 1 });
      }
    });

    it('by leaving one application: that one, and no other', async () => {
      await start();
      const [one, other] = [await application(), await application()];
      const agent = new UserAgent();
      const { tokens } = await signedIn(one.client, agent);
      await signedIn(other.client, agent);
      await signOut(agent, {}, `?id_token_hint=${tokens.id_token}`);
      await one.receiver.until(1);
      await untilState('delivered');
      expect(other.receiver.requests).to.deep.equal([]);
    });

    it('by somebody who ends all of a person’s, all but one, or one application’s', async () => {
      await start();
      const { client, receiver } = await application();
      const { app } = setup.server;
      const kept = await signedIn(client);
      const ended = [await signedIn(client), await signedIn(client)];
      const [row] = await app.database.query<{ uid: string }>(
        `select session_uid as uid from oidc_artifacts, jsonb_each(payload -> 'authorizations') as c
         where model = 'Session' and c.value ->> 'sid' = $1`,
        [kept.sid],
      );
      await app.database.transaction((tx) =>
        app.lifecycle.access.endOthers(tx, setup.person.id, String(row?.uid), 'everywhere', {
          actor: { kind: 'system' },
        }),
      );
      await receiver.until(2);
      expect(receiver.accepted.map(({ sid }) => sid)).to.have.members(ended.map(({ sid }) => sid));
      expect((await client.userinfo(kept.tokens.access_token)).status).to.equal(200);

      await asFixture(app.database, (tx) =>
        app.lifecycle.access.endForClient(tx, setup.person.id, client.id),
      );
      await receiver.until(3);
      expect(receiver.accepted[2]?.sid).to.equal(kept.sid);

      const last = await signedIn(client);
      const stranger = await setup.server.addAccount();
      await endAll(stranger.id);
      await endAll();
      await eventually('the last is told', async () => receiver.accepted.some(({ sid }) => sid === last.sid));
      expect((await entries()).every(({ accountId }) => accountId === setup.person.id)).to.equal(true);
    });

    it('after the commit, and not at all where there is none', async () => {
      await start();
      const { client, receiver } = await application();
      await signedIn(client);
      const {
        database,
        lifecycle: { access },
        logouts: { outbox: logouts },
      } = setup.server.app;
      const undone = await database
        .transaction(async (tx) => {
          await access.endAll(tx, setup.person.id, 'everywhere', { actor: { kind: 'system' } });
          throw new Error('undone');
        })
        .catch((error: Error) => error.message);
      expect(undone).to.equal('undone');
      const lost = commitWrites(fixtures(database), [
        logouts.enqueue(
          () =>
            `select 's' as session_uid, '${client.id}' as client_id, '${NOBODY}' as account_id, 'x' as sid`,
        ),
        { sql: () => 'delete from clients where false returning 1', otherwise: 'lost' },
      ]);
      expect(await lost.catch((error: Error) => error)).to.be.instanceOf(UnitConflict);
      expect(await entries()).to.deep.equal([]);

      await database.transaction(async (tx) => {
        await access.endAll(tx, setup.person.id, 'everywhere', { actor: { kind: 'system' } });
        setup.server.app.jobs.wake('deliver-logouts');
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(receiver.requests).to.deep.equal([]);
      });
      await receiver.until(1);
    });

    it('not by a sign-out that fails, and by ten at once for certain', async () => {
      await start();
      const { client, receiver } = await application();
      const { agent, sid } = await signedIn(client);
      const page = await agent.open(`${setup.server.issuer}/logout`);
      const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
      const confirm = () =>
        agent.post(String(form?.action), { xsrf: String(form?.fields.xsrf), logout: 'yes' });
      await asOwner(setup.server, (owner) => owner.query('alter table audit_events rename to broken'));
      const broken = await confirm();
      await asOwner(setup.server, (owner) => owner.query('alter table broken rename to audit_events'));
      expect(broken.status).to.be.at.least(500);
      expect(await entries()).to.deep.equal([]);
      expect((await agent.get(`${setup.server.issuer}/account`)).status, 'still signed in').to.equal(200);

      await Promise.all(Array.from({ length: 10 }, confirm));
      await receiver.until(1);
      await eventually('all is delivered', async () =>
        (await entries()).every(({ state }) => state === 'delivered'),
      );
      expect(new Set(receiver.accepted.map((claims) => claims.sid))).to.deep.equal(new Set([sid]));
      expect(receiver.requests.every(({ broken: rule }) => rule === undefined)).to.equal(true);
    });

    it('whatever key signs when it is told', async () => {
      await start();
      const { client, receiver } = await application({ id_token_signed_response_alg: 'EdDSA' });
      receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      await enqueue(client.id);
      await afterAttempt(1);
      const { generation } = setup.server.app.protocol.active;
      await asFixture(setup.server.app.database, (tx) => setup.server.app.keys.store.rotate(tx, 'EdDSA', 0));
      await eventually('it signs', async () => setup.server.app.protocol.active.generation > generation);
      receiver.behave(undefined);
      later(10);
      await receiver.until(1);
      const [old, young] = receiver.requests.map(({ token }) => decodeProtectedHeader(token).kid);
      expect(old).to.not.equal(young);
    });

    it('of an account that is deleted: its applications still learn of it', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      const { sid } = await signedIn(client);
      await act(setup.server.app, people.delete, { person: setup.person.email });
      await afterAttempt(1);
      receiver.behave(undefined);
      later(10);
      await receiver.until(1);
      expect(receiver.accepted[0]).to.include({ sub: setup.person.id, sid });
    });

    it('of a client that is no more: nothing is sent to where it was', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      await signedIn(client);
      await endAll();
      await afterAttempt(1);
      await act(setup.server.app, clients.delete, { client: client.id });
      expect(await entries()).to.deep.equal([]);

      const gone = await application();
      gone.receiver.behave((answer) => answer.writeHead(503).end() !== undefined);
      await enqueue(gone.client.id);
      await afterAttempt(1);
      await fixture(setup.server.app.database, 'delete from clients where id = $1', [gone.client.id]);
      await eventually('it is forgotten here', async () => {
        return (await setup.server.app.clients.store.find(gone.client.id)) === undefined;
      });
      later(10);
      await untilState('given_up');
      expect((await only()).problem).to.include('client_gone');
      expect(gone.receiver.requests).to.have.length(1);
      expect((await events('logout.failed'))[0]?.details).to.include({ reason: 'client_gone' });
    });
  });
});
