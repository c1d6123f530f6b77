import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { act } from '../support/administration.ts';
import { eventually } from '../support/processes.ts';
import { basic, eventsDuring, handClient, type Person, postForm, tokensFor } from '../support/protocol.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** A client that is disabled, beside two running nodes. */
describe('a disabled client', function disabled() {
  this.timeout(60_000);
  let server: TestServer;
  let second: TestServer;
  let nodes: string[];
  let person: Person;

  before(async () => {
    server = await startTestServer();
    second = await server.secondNode();
    nodes = [server.issuer, `http://localhost:${second.app.config.server.port}`];
    person = await server.addAccount();
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
  });
  after(async () => {
    await second.stop();
    await server.stop();
  });

  const disable = (client: string) => act(server.app, clients.disable, { client });
  const enable = (client: string) => act(server.app, clients.enable, { client });
  /** On every node, for whoever authenticates as the client. */
  const statuses = (path: string, form: Record<string, string>, headers: Record<string, string>) =>
    Promise.all(nodes.map(async (node) => (await postForm(`${node}${path}`, form, headers)).status));
  const authorizeOn = (node: string, id: string) => {
    const query = new URLSearchParams({
      ...{ client_id: id, redirect_uri: REDIRECT_URI, response_type: 'code', scope: 'openid' },
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    });
    return new UserAgent().get(`${node}/authorize?${query}`);
  };

  it('is refused at every endpoint of every node, and let in again', async () => {
    const made = await server.addClient({ ...WEB_CLIENT, first_party: true });
    const client = handClient(server.issuer, made);
    const tokens = await tokensFor(client, person);
    const proof = basic(client.id, String(made.client_secret));
    const { events, result } = await eventsDuring(server, () => disable(client.id));
    expect(result).to.deep.equal({ id: client.id, status: 'disabled', changed: true });
    expect(events.map(({ type, client: id, details }) => [type, id, details])).to.deep.equal([
      [
        'client.disabled',
        client.id,
        { before: { status: 'active' }, after: { status: 'disabled', ownersMayEnable: false } },
      ],
    ]);
    const introspect = { token: tokens.access_token };
    await eventually('both nodes refuse it', async () =>
      (await statuses('/token/introspect', introspect, proof)).every((status) => status === 401),
    );
    for (const [path, form] of [
      ['/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }],
      ['/token', { grant_type: 'authorization_code', code: 'x', redirect_uri: REDIRECT_URI }],
      ['/token/revoke', introspect],
      ['/par', { response_type: 'code', redirect_uri: REDIRECT_URI }],
    ] as [string, Record<string, string>][])
      expect(await statuses(path, form, proof), path).to.deep.equal([401, 401]);
    for (const node of nodes) {
      expect((await authorizeOn(node, client.id)).status).to.equal(400);
      expect(
        (await postForm(`${node}/userinfo`, {}, { authorization: `Bearer ${tokens.access_token}` })).status,
      ).to.equal(401);
    }
    expect(await disable(client.id)).to.include({ changed: false });

    expect(await enable(client.id)).to.include({ status: 'active', changed: true });
    await eventually('both nodes let it in', async () =>
      (await statuses('/token/introspect', introspect, proof)).every((status) => status === 200),
    );
    // What it held stays ended.
    expect((await client.refresh(tokens.refresh_token)).status).to.equal(400);
    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    expect((await tokensFor(client, person)).access_token).to.be.a('string');
    expect(await enable(client.id)).to.include({ changed: false });
  });

  it('has no active tokens of its own, also not when it is enabled again', async () => {
    const service = handClient(server.issuer, await server.addClient(SERVICE));
    const asks = await server.addClient({ ...SERVICE, introspect_any_token: true });
    const token = async () =>
      String(
        (
          await service.post('/token', {
            grant_type: 'client_credentials',
            resource: RECORDS,
            scope: 'records:read',
          })
        ).body.access_token,
      );
    const isActive = async (jwt: string) => {
      const found = await postForm(
        `${server.issuer}/token/introspect`,
        { token: jwt },
        basic(String(asks.client_id), String(asks.client_secret)),
      );
      return found.body.active;
    };
    const before = await token();
    expect(await isActive(before)).to.equal(true);
    // What a token that is being stored meanwhile is asked in the same statement.
    const holds = async () => {
      const [row] = await server.app.database.query<{ holds: boolean }>(
        `select registration_holds(clients.id, date_trunc('milliseconds', clients.created_at), identifier,
           date_trunc('milliseconds', resources.created_at), '{records:read}') as holds
         from clients, resources where id = $1 and identifier = $2`,
        [service.id, RECORDS],
      );
      return row?.holds;
    };
    expect(await holds()).to.equal(true);
    await disable(service.id);
    expect(await holds()).to.equal(false);
    await eventually('it is not active', async () => (await isActive(before)) === false);
    await enable(service.id);
    expect(await holds()).to.equal(true);
    await eventually('another one is', async () => isActive(await token()));
    expect(await isActive(before)).to.equal(false);
  });

  it('is told to operators of the log and the trail as disabled, not as unknown', async () => {
    const { client_id: id } = await server.addClient(WEB_CLIENT);
    await disable(String(id));
    await eventually(
      'it is refused',
      async () => (await authorizeOn(server.issuer, String(id))).status === 400,
    );
    const { problems } = await act(server.app, clients.problems, { client: String(id), limit: 1 });
    expect(problems[0]).to.include({ parameter: 'client_id', expected: 'a client that is not disabled' });
    const shown = await act(server.app, clients.show, { client: String(id) });
    expect(shown).to.include({ status: 'disabled' });
  });

  it('is disabled once by many at the same time', async () => {
    const { client_id: id } = await server.addClient(WEB_CLIENT);
    const { events, result } = await eventsDuring(server, () =>
      Promise.all(Array.from({ length: 20 }, () => disable(String(id)))),
    );
    expect(result.filter(({ changed }) => changed)).to.have.length(1);
    expect(events.filter(({ type }) => type === 'client.disabled')).to.have.length(1);
  });

  it('stays disabled when its metadata are updated', async () => {
    const { client_id: id } = await server.addClient({ ...WEB_CLIENT, client_name: 'Before' });
    await disable(String(id));
    await act(server.app, clients.update, {
      metadata: { ...WEB_CLIENT, client_id: id, client_name: 'After' },
    });
    expect(await act(server.app, clients.show, { client: String(id) })).to.include({ status: 'disabled' });
  });
});
