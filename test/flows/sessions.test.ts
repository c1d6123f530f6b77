import { expect } from 'chai';
import { SESSION_ENDED } from '../../src/domain/sessions/store.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import {
  auditTrail,
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type SessionRow, sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
const MINUTE = 60_000;

describe('how long a session lasts', function sessions() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let offline: HandClient;

  before(async () => {
    const settings = {
      SESSION_POLICIES: '{"matron": {"timeoutMinutes": 5, "absoluteSeconds": 900}}',
    };
    server = await startTestServer({ settings, replace: { clock } });
    client = await newClient();
    offline = await newClient({ offline_access: true });
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  const newClient = async (metadata = {}) =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: true, ...metadata }));
  const isSignedIn = async (agent: UserAgent): Promise<boolean> =>
    (await agent.get(`${server.issuer}/account`)).status === 200;
  const silently = async (agent: UserAgent, by = client): Promise<string | null> =>
    callbackOf(await agent.get(by.authorizeUrl({ prompt: 'none' }))).get('error');
  const introspected = async (value: string) =>
    (await client.post('/token/introspect', { token: value })).body.active as boolean;

  async function only(person: Person): Promise<SessionRow> {
    const rows = await sessionsOf(server, person.id);
    expect(rows).to.have.length(1);
    return rows[0] as SessionRow;
  }

  async function signedIn(given: { roles?: string[] } = {}, by = client, scope = 'openid') {
    const person = await server.addAccount(given);
    const agent = new UserAgent({ 'user-agent': 'A browser of its own' });
    const consents = scope.includes('offline_access') ? { prompt: 'consent' } : {};
    const tokens = await tokensFor(by, person, { scope, ...consents }, agent);
    return { person, agent, tokens };
  }

  it('is written down: whose, since when, from where, at what level, by whom it is used', async () => {
    const { person, agent, tokens } = await signedIn();
    const row = await only(person);
    expect(row).to.deep.include({ user_agent: 'A browser of its own', acr: 'aal1', ended_at: null });
    expect(row.ip).to.match(/^(::1|127\.0\.0\.1)$/u);
    expect(Math.abs(row.created_at.getTime() - clock.now().getTime())).to.be.below(MINUTE);
    expect(row.idle_expires_at.getTime() - row.last_active_at.getTime()).to.equal(20 * MINUTE);
    const sid = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url').toString()).sid;
    expect(row.clients).to.deep.equal({ [client.id]: sid });
    const other = await newClient();
    await authorize(agent, other.authorizeUrl());
    expect(Object.keys((await only(person)).clients ?? {})).to.have.members([client.id, other.id]);
  });

  it('ends everywhere at once after 20 minutes without its person, though nobody has swept it', async () => {
    const { person, agent, tokens } = await signedIn();
    clock.offset = 20 * MINUTE - 3_000;
    expect(await silently(agent)).to.equal(null);
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401, 'by then it is over by itself');
    const fresh = (await client.refresh(tokens.refresh_token)).body;
    expect((await client.userinfo(fresh.access_token)).status).to.equal(200);
    expect(await introspected(fresh.refresh_token)).to.equal(true);
    clock.offset = 20 * MINUTE;
    expect(await isSignedIn(agent)).to.equal(false);
    expect(await silently(agent)).to.equal('login_required');
    expect((await client.userinfo(fresh.access_token)).status).to.equal(401);
    expect(await introspected(fresh.access_token)).to.equal(false);
    expect(await introspected(fresh.refresh_token)).to.equal(false);
    expect((await client.refresh(fresh.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await only(person)).ended_at, 'no sweeper was here').to.equal(null);
    // The same browser signs in again, and has another session.
    await tokensFor(client, person, {}, agent);
    expect(await sessionsOf(server, person.id)).to.have.length(2);
    expect(await isSignedIn(agent)).to.equal(true);
  });

  it('goes on with each use by its person: pages, and applications that send the browser', async () => {
    const { person, agent } = await signedIn();
    const other = await newClient();
    for (let use = 1; use <= 6; use += 1) {
      clock.offset = use * 19 * MINUTE;
      const page = use % 2 === 0 ? await agent.get(`${server.issuer}/account`) : undefined;
      const location = page ?? (await agent.open((use === 1 ? client : other).authorizeUrl()));
      expect(location.status).to.be.below(400);
      expect((await only(person)).last_active_at.getTime()).to.be.closeTo(clock.now().getTime(), 5_000);
    }
    clock.offset += 20 * MINUTE;
    expect(await isSignedIn(agent)).to.equal(false);
  });

  it('neither goes on nor ends sooner by what applications do alone', async () => {
    const { person, agent, tokens } = await signedIn();
    const before = await only(person);
    clock.offset = 10 * MINUTE;
    expect(await silently(agent)).to.equal(null);
    expect(await silently(agent, await newClient())).to.equal(null);
    expect((await client.refresh(tokens.refresh_token)).status).to.equal(200);
    const frame = await agent.get(client.authorizeUrl(), { 'sec-fetch-dest': 'iframe' });
    expect(frame.location).to.contain('code=');
    const after = await only(person);
    expect(after.last_active_at).to.deep.equal(before.last_active_at);
    expect(after.idle_expires_at).to.deep.equal(before.idle_expires_at);
  });

  it('has its use written at most every 15 seconds', async () => {
    const { person, agent } = await signedIn();
    const { last_active_at: first } = await only(person);
    clock.offset = 10_000;
    for (let use = 0; use < 3; use += 1) await isSignedIn(agent);
    await agent.get(client.authorizeUrl());
    expect((await only(person)).last_active_at).to.deep.equal(first);
    clock.offset = 15_000;
    await isSignedIn(agent);
    expect((await only(person)).last_active_at).to.not.deep.equal(first);
  });

  it('is one session while its id changes with each proof of its person', async () => {
    const { person, agent, tokens } = await signedIn();
    clock.offset = 2 * MINUTE;
    const page = await authorize(agent, client.authorizeUrl({ prompt: 'login' }), person);
    expect(page.location).to.contain('code=');
    const row = await only(person);
    expect(row.last_active_at.getTime()).to.be.closeTo(clock.now().getTime(), 5_000);
    // Twelve hours are counted from the proof.
    expect(row.absolute_expires_at.getTime()).to.be.closeTo(clock.now().getTime() + 12 * 60 * MINUTE, 5_000);
    clock.offset += 19 * MINUTE;
    expect((await client.refresh(tokens.refresh_token)).status).to.equal(200);
  });

  it('is shorter for roles and for clients that say so, and never longer for a client', async () => {
    const administrator = await signedIn({ roles: ['matron', 'nurse'] });
    const strict = await newClient({ session_idle_minutes: 2, session_absolute_seconds: 600 });
    const lax = await newClient({ session_idle_minutes: 600, session_absolute_seconds: 86_400 });
    const inStrict = await signedIn({}, strict);
    const inLax = await signedIn({}, lax);
    const joined = await signedIn();
    await authorize(joined.agent, strict.authorizeUrl());
    const silent = await signedIn();
    clock.offset = MINUTE;
    const silently = await silent.agent.get(strict.authorizeUrl({ prompt: 'none' }));
    expect(callbackOf(silently).get('code')).to.be.a('string');
    const framed = await signedIn();
    const frame = { 'sec-fetch-dest': 'iframe' };
    const inFrame = await framed.agent.get(strict.authorizeUrl(), frame);
    expect(callbackOf(inFrame).get('code')).to.be.a('string');
    clock.offset = 0;
    const lasting = async (person: Person) => {
      const row = await only(person);
      const idle = (row.idle_expires_at.getTime() - row.last_active_at.getTime()) / MINUTE;
      const absolute = (row.absolute_expires_at.getTime() - row.created_at.getTime()) / MINUTE;
      return [Math.round(idle), Math.round(absolute)];
    };
    expect(await lasting(administrator.person)).to.deep.equal([5, 15]);
    expect(await lasting(inStrict.person)).to.deep.equal([2, 10]);
    expect(await lasting(inLax.person)).to.deep.equal([20, 720]);
    for (const { person } of [joined, silent, framed]) expect(await lasting(person)).to.deep.equal([2, 10]);
    clock.offset = 5 * MINUTE;
    expect(await isSignedIn(administrator.agent)).to.equal(false);
    expect(await isSignedIn(inLax.agent)).to.equal(true);
  });

  it('does not bound what was granted for absence to clients that may have it, and to no others', async () => {
    const scope = 'openid offline_access';
    const staying = await signedIn({}, offline, scope);
    const leaving = await signedIn({}, client, scope);
    expect(staying.tokens.scope).to.equal(scope);
    expect(leaving.tokens.scope).to.equal('openid');
    clock.offset = 21 * MINUTE;
    expect((await client.refresh(leaving.tokens.refresh_token)).body.error).to.equal('invalid_grant');
    const outlived = await offline.refresh(staying.tokens.refresh_token);
    expect(outlived.status).to.equal(200);
    const {
      database,
      lifecycle: { access },
    } = server.app;
    await database.transaction((tx) =>
      access.endAll(tx, staying.person.id, 'disabled', { actor: { kind: 'system' } }),
    );
    expect((await offline.refresh(outlived.body.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await offline.userinfo(outlived.body.access_token)).status).to.equal(401);
  });

  it('ends once, however many end it at the same moment, and the trail says by whom and why', async () => {
    const { person, agent, tokens } = await signedIn();
    const { uid } = await only(person);
    const {
      database,
      lifecycle: { access },
    } = server.app;
    const form = await agent.open(`${server.issuer}/logout`);
    await Promise.all([
      ...Array.from({ length: 10 }, () =>
        database.transaction((tx) =>
          access.endSession(tx, uid, 'ended_by_administrator', { actor: { kind: 'system' } }),
        ),
      ),
      ...Array.from({ length: 5 }, () => client.refresh(tokens.refresh_token)),
      agent.submit(form, { logout: 'yes' }),
    ]);
    const ends = (await auditTrail(server)).filter(
      ({ type, session }) => type === 'session.ended' && session === uid,
    );
    expect(ends).to.have.length(1);
    const row = await only(person);
    expect(ends[0]?.details.reason).to.equal(row.end_reason);
    expect(await isSignedIn(agent)).to.equal(false);
    const left = await database.query('select model from oidc_artifacts where account_id = $1', [person.id]);
    expect(left.filter((artifact) => (artifact as { model: string }).model === 'Session')).to.deep.equal([]);
  });

  it('is not lengthened, nor brought back, by a request that began before its end', async () => {
    const { person, agent } = await signedIn();
    const { uid } = await only(person);
    const {
      database,
      lifecycle: { access },
    } = server.app;
    const page = await agent.open(client.authorizeUrl({ prompt: 'login' }));
    await database.transaction((tx) => access.endSession(tx, uid, 'idle', { actor: { kind: 'system' } }));
    const answer = await agent.submit(page, { identifier: person.email, password: person.password });
    expect(answer.location ?? '').to.not.contain('code=');
    const row = await only(person);
    expect(row.end_reason).to.equal('idle');
    expect(await isSignedIn(agent)).to.equal(false);
  });

  it('is not brought back by any use, once it was without its person for too long, though nobody has swept it', async () => {
    const { person } = await signedIn();
    const before = await only(person);
    const {
      database,
      sessions: { store: sessionStore },
    } = server.app;
    clock.offset = 20 * MINUTE;
    const { uid, account_id: accountId, created_at: signedInAt } = before;
    const limits = { idleSeconds: 1_200, absoluteSeconds: 43_200 };
    const use = { uid, accountId, signedInAt, limits, shared: true, at: clock.now() };
    for (const guarded of [
      sessionStore.use(use),
      sessionStore.narrow(use, true),
      sessionStore.narrow(use, false),
    ]) {
      const failure = await commitWrites(fixtures(database), [guarded]).catch((error) => error.code);
      expect(failure).to.equal(SESSION_ENDED);
    }
    const { at } = use;
    await commitWrites(fixtures(database), [
      sessionStore.touch(uid, at),
      sessionStore.becomeShared(uid, 300, at),
    ]);
    expect(await only(person)).to.deep.equal(before);
  });

  it('leaves a client that signs out alone, and stays with the others', async () => {
    const { person, agent, tokens } = await signedIn();
    const other = await newClient();
    await authorize(agent, other.authorizeUrl());
    const asked = await agent.open(
      `${server.issuer}/logout?${new URLSearchParams({ id_token_hint: tokens.id_token })}`,
    );
    const form = asked.forms.find(({ action }) => action.includes('/logout/confirm'));
    const { logout: _everywhere, ...fields } = form?.fields ?? {};
    await agent.post(String(form?.action), fields);
    expect(Object.keys((await only(person)).clients ?? {})).to.deep.equal([other.id]);
    expect(await isSignedIn(agent)).to.equal(true);
  });
});
