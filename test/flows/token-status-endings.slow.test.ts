import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import { endSessionsOn } from '../support/jobs.ts';
import { untilWaiting } from '../support/lock-waits.ts';
import { startNode } from '../support/processes.ts';
import { authorize, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { revokedOnList } from '../support/status-list.ts';
import { UserAgent } from '../support/user-agent.ts';

const MINUTE = 60_000;
const RECORDS = 'https://records.example.org';
const FOR_RECORDS = { scope: 'openid records:read', resource: RECORDS };
const OFFLINE = { scope: 'openid offline_access records:read', resource: RECORDS, prompt: 'consent' };

/** Whatever ends access ends JWT access tokens: at introspection at once, and on the list; nobody else’s, and no others. */
describe('JWT access tokens end', function endings() {
  this.timeout(120_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let client: HandClient;
  let api: HandClient;
  /** Of somebody else, and of the same client: nothing here may touch it. */
  let bystander: string;

  before(async () => {
    server = await startTestServer({
      settings: { SESSION_CAP_POLICY: 'evict-oldest', SESSION_POLICIES: '{"once": {"maxConcurrent": 1}}' },
      replace: { clock },
    });
    // Where a test wants to see what is there without the sweeper, it must not come by.
    await server.app.jobs.stop(1_000);
    await server.addResource({
      identifier: RECORDS,
      name: 'Records',
      scopes: ['records:read'],
      token_seconds: 86_400,
    });
    client = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, offline_access: true }));
    api = handClient(
      server.issuer,
      await server.addClient({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        introspect_any_token: true,
      }),
    );
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.offset = 0;
    bystander = (await tokensFor(client, await server.addAccount(), FOR_RECORDS)).access_token;
  });
  afterEach(async () => {
    clock.offset = 0;
    expect(await state(bystander), 'somebody else’s').to.deep.equal(GOOD);
  });

  const GOOD = { active: true, onList: false };
  const ENDED = { active: false, onList: true };
  async function state(token: string) {
    const { body } = await api.post('/token/introspect', { token });
    return { active: body.active as boolean, onList: (await revokedOnList(server, token))[0] };
  }

  async function signedIn(parameters: Record<string, string> = FOR_RECORDS, by = client) {
    const person = await server.addAccount();
    const agent = new UserAgent();
    const tokens = await tokensFor(by, person, parameters, agent);
    expect(await state(tokens.access_token)).to.deep.equal(GOOD);
    return { person, agent, tokens };
  }

  async function signOut(agent: UserAgent, query = '', answer: Record<string, string> = { logout: 'yes' }) {
    const page = await agent.open(`${server.issuer}/logout${query}`);
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    await agent.post(String(form?.action), { xsrf: String(form?.fields.xsrf), ...answer });
  }

  const withAccess = (work: (tx: never) => Promise<unknown>) =>
    asFixture(server.app.database, (tx) => work(tx as never));
  const by = { actor: { kind: 'system' } } as const;

  const ways: Record<
    string,
    (who: { person: Person; agent: UserAgent; tokens: Record<string, string> }) => unknown
  > = {
    'when the person signs out': ({ agent }) => signOut(agent),
    'when the session is ended by an administrator': async ({ person }) => {
      const [session] = await server.app.sessions.store.openOf(person.id, clock.now());
      await withAccess((tx) =>
        server.app.lifecycle.access.endSession(tx, String(session?.uid), 'ended_by_administrator', by),
      );
    },
    'when the account is disabled': ({ person }) =>
      withAccess((tx) => server.app.lifecycle.access.endAll(tx, person.id, 'disabled', by)),
    'when the account is deleted': ({ person }) => act(server.app, people.delete, { person: person.email }),
    'when the other sessions are ended': ({ person }) =>
      withAccess((tx) =>
        server.app.lifecycle.access.endOthers(tx, person.id, randomUUID(), 'ended_by_person', by),
      ),
    'when what the client holds for the person is withdrawn': ({ person }) =>
      withAccess((tx) => server.app.lifecycle.access.endForClient(tx, person.id, client.id)),
    'when its refresh token comes a second time': async ({ tokens }) => {
      expect((await client.refresh(String(tokens.refresh_token))).status).to.equal(200);
      expect((await client.refresh(String(tokens.refresh_token))).body.error).to.equal('invalid_grant');
    },
  };
  for (const [when, end] of Object.entries(ways)) {
    it(when, async () => {
      const who = await signedIn();
      await end(who);
      expect(await state(String(who.tokens.access_token))).to.deep.equal(ENDED);
      const { jti } = decodeJwt(String(who.tokens.access_token));
      const [row] = await server.app.database.query<{ count: number }>(
        `select count(*)::int as count from oidc_artifacts where payload::text like $1`,
        [`%${jti}%`],
      );
      expect(row?.count).to.equal(0);
    });
  }

  it('of both, when a code or refresh token is redeemed twice: the first answer’s and the later ones’', async () => {
    const { tokens } = await signedIn();
    const { body: second } = await client.refresh(tokens.refresh_token, { resource: RECORDS });
    expect(await state(second.access_token)).to.deep.equal(GOOD);
    await client.refresh(tokens.refresh_token, { resource: RECORDS });
    for (const token of [tokens.access_token, second.access_token]) {
      expect(await state(token)).to.deep.equal(ENDED);
    }
    const person = await server.addAccount();
    const page = await authorize(new UserAgent(), client.authorizeUrl(FOR_RECORDS), person);
    const redeemed = await client.redeem(String(page.location), { resource: RECORDS });
    expect(await state(redeemed.body.access_token)).to.deep.equal(GOOD);
    await client.redeem(String(page.location), { resource: RECORDS });
    expect(await state(redeemed.body.access_token)).to.deep.equal(ENDED);
  });

  it('when the session was not used for too long: at introspection at once, on the list with the sweeper', async () => {
    const { tokens } = await signedIn();
    const { tokens: taken } = await signedIn();
    clock.offset = 21 * MINUTE;
    for (const { access_token: token } of [tokens, taken])
      expect(await state(token)).to.deep.equal({ active: false, onList: false });
    await client.post('/token/revoke', { token: taken.access_token });
    expect(await state(taken.access_token), 'its client was faster').to.deep.equal(ENDED);
    const others = await fixture<{ uid: string }>(
      server.app.database,
      `update sessions set idle_expires_at = least(absolute_expires_at, idle_expires_at + interval '1 hour')
       where account_id = $1 returning uid`,
      [String(decodeJwt(bystander).sub)],
    );
    expect(others).to.have.length(1);
    await endSessionsOn(server.app).round();
    expect(await state(tokens.access_token)).to.deep.equal(ENDED);
  });

  it('in one session, when the person leaves one application only', async () => {
    const { person, agent, tokens } = await signedIn();
    const other = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const kept = await tokensFor(other, person, FOR_RECORDS, agent);
    await signOut(agent, `?id_token_hint=${tokens.id_token}`, {});
    expect(await state(tokens.access_token)).to.deep.equal(ENDED);
    expect(await state(kept.access_token)).to.deep.equal(GOOD);
    await withAccess((tx) => server.app.lifecycle.access.endForClient(tx, person.id, other.id));
    expect(await state(kept.access_token)).to.deep.equal(ENDED);
  });

  it('later than the session where they are for the person’s absence, and with it where that is a precaution', async () => {
    const one = await signedIn(OFFLINE);
    const present = await tokensFor(client, one.person, FOR_RECORDS, one.agent);
    await signOut(one.agent);
    expect(await state(one.tokens.access_token), 'for their absence').to.deep.equal(GOOD);
    expect(await state(present.access_token), 'for their presence, under the same grant').to.deep.equal(
      ENDED,
    );
    await withAccess((tx) => server.app.lifecycle.access.endAll(tx, one.person.id, 'password_changed', by));
    expect(await state(one.tokens.access_token)).to.deep.equal(ENDED);

    const left = await signedIn(OFFLINE);
    const here = await tokensFor(client, left.person, FOR_RECORDS, left.agent);
    await signOut(left.agent, `?id_token_hint=${left.tokens.id_token}`, {});
    expect(await state(left.tokens.access_token), 'left by its person').to.deep.equal(GOOD);
    expect(await state(here.access_token)).to.deep.equal(ENDED);
    await client.post('/token/revoke', { token: left.tokens.access_token });
    expect(await state(left.tokens.access_token)).to.deep.equal(ENDED);
  });

  it('by themselves, and need no mark for it', async () => {
    const { tokens } = await signedIn(OFFLINE);
    clock.offset = 86_400_000 + MINUTE;
    expect((await api.post('/token/introspect', { token: tokens.access_token })).body).to.deep.equal({
      active: false,
    });
    expect(
      await server.app.tokens.statuses.lists(),
      'a list is served until the last may have expired',
    ).to.have.length(1);
    await fixture(
      server.app.database,
      `update oidc_artifacts set expires_at = now() - interval '25 hours' where model = 'JwtAccessToken'
         and payload ->> 'accountId' = $1`,
      [String(decodeJwt(tokens.access_token).sub)],
    );
    const marks = async () => (await server.app.database.query('select 1 from revoked_tokens')).length;
    const before = await marks();
    clock.offset = 0;
    await server.app.tokens.artifacts.sweep(clock.now(), 1_000);
    expect(await marks()).to.equal(before);
    expect((await revokedOnList(server, tokens.access_token))[0]).to.equal(false);
  });

  it('when the session makes room for one that waited from before it began', async () => {
    const person = await server.addAccount({ roles: ['once'] });
    const before = await server.addAccount();
    const owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
    try {
      await owner.query('begin');
      const turn = `select pg_advisory_xact_lock(hashtextextended('gatehouse-sessions ' || $1, 0))`;
      await owner.query(turn, [person.id]);
      const newcomer = authorize(new UserAgent(), client.authorizeUrl(), person);
      await untilWaiting(owner, 1);
      // What begins now is not in the snapshot of the statement that waits. Made the person's, as their sign-in would wait, too.
      const tokens = await tokensFor(client, before, FOR_RECORDS);
      await fixture(server.app.database, 'update sessions set account_id = $1 where account_id = $2', [
        person.id,
        before.id,
      ]);
      await owner.query('commit');
      expect((await newcomer).location).to.include('code=');
      const { rows } = await owner.query('select end_reason from sessions where account_id = $1', [
        person.id,
      ]);
      expect(rows).to.have.deep.members([{ end_reason: 'evicted' }, { end_reason: null }]);
      expect(await state(tokens.access_token)).to.deep.equal(ENDED);
    } finally {
      await owner.end();
    }
  });

  it('although whoever ended the session is killed as soon as that is committed', async () => {
    const { person, tokens } = await signedIn();
    const dying = startNode(['test/support/end-sessions-and-die.ts', person.id], {
      env: {
        PATH: process.env.PATH ?? '',
        ...testEnvironment(server.database, await freePort(), { ISSUER: server.issuer }),
      },
    });
    expect(await dying.exit, dying.output()).to.equal(null);
    expect(await state(tokens.access_token)).to.deep.equal(ENDED);
  });

  describe('also those that are issued while their grant ends', () => {
    let owner: pg.Client;
    before(async () => {
      owner = new pg.Client({ connectionString: server.database.ownerUrl });
      await owner.connect();
    });
    after(() => owner.end());

    const enders: Record<string, (person: Person, tokens: Record<string, string>) => Promise<unknown>> = {
      'revocation of the family': (_person, tokens) =>
        client.post('/token/revoke', { token: String(tokens.refresh_token) }),
      'revocation of the access token': (_person, tokens) =>
        client.post('/token/revoke', { token: String(tokens.access_token) }),
      'disabling the account': ({ id }) =>
        withAccess((tx) => server.app.lifecycle.access.endAll(tx, id, 'disabled', by)),
    };
    for (const [what, end] of Object.entries(enders)) {
      it(what, async () => {
        const { person, tokens } = await signedIn();
        const begun: Promise<unknown>[] = [];
        await server.app.database.transaction(async (tx) => {
          await tx.query(
            `select 1 from oidc_artifacts where model = 'RefreshToken' and account_id = $1 for update`,
            [person.id],
          );
          begun.push(client.refresh(String(tokens.refresh_token), { resource: RECORDS }));
          await untilWaiting(owner, 1);
          begun.push(end(person, tokens));
          await untilWaiting(owner, 2);
        });
        const [refreshed] = (await Promise.all(begun)) as { status: number; body: Record<string, string> }[];
        expect(refreshed?.status, 'it came first').to.equal(200);
        expect(await state(String(refreshed?.body.access_token))).to.deep.equal(ENDED);
        expect(await state(String(tokens.access_token))).to.deep.equal(ENDED);
      });
    }
  });
});
