import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { act } from '../support/administration.ts';
import { basic, handClient, type Person, postForm, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { UserAgent } from '../support/user-agent.ts';

const DAY = 86_400;
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

describe('when clients and secrets were last used', function uses() {
  this.timeout(60_000);
  const travel = useTravel();
  let server: TestServer;
  let person: Person;
  before(async () => {
    server = await startTestServer({ replace: { clock: travel.clock } });
    person = await server.addAccount();
  });
  after(() => server.stop());

  const add = async (metadata: Record<string, unknown>) => {
    const made = await server.addClient(metadata);
    return { id: String(made.client_id), secret: String(made.client_secret), made };
  };
  const shown = async (client: string) => {
    await server.app.clients.uses.write();
    const { lastUsedAt, secrets } = await act(server.app, clients.show, { client });
    return [lastUsedAt, ...secrets.map((secret) => secret.lastUsedAt)];
  };
  const ask = async (path: string, form: Record<string, string>, headers = {}) =>
    (await postForm(`${server.issuer}${path}`, form, headers)).status;

  it('is written later than the request, for both, and only ever forwards', async () => {
    const { id, secret } = await add(SERVICE);
    expect(await shown(id)).to.deep.equal([null, null]);
    const before = travel.now();
    expect(await ask('/token', { grant_type: 'client_credentials' }, basic(id, secret))).to.equal(200);
    expect((await act(server.app, clients.show, { client: id })).lastUsedAt).to.equal(null);
    const first = await shown(id);
    const at = first[0] as Date;
    expect(first[1]).to.be.within(before, at);
    await server.app.clients.useStore.write(
      [{ client: id, at: new Date(at.getTime() - 1000) }],
      [{ client: id, digest: 'of nobody', at }],
    );
    expect(await shown(id)).to.deep.equal(first);
    travel.pass(60);
    expect(await ask('/token/introspect', { token: 'x' }, basic(id, secret))).to.equal(200);
    for (const later of await shown(id)) expect(Number(later) - Number(at)).to.be.within(60_000, 120_000);
  });

  it('is not noted for whoever only names a client, or shows a wrong secret', async () => {
    const { id } = await add(SERVICE);
    const open = await add({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' });
    await ask('/token', { grant_type: 'client_credentials' }, basic(id, 'wrong'.repeat(10)));
    await ask('/token', { grant_type: 'refresh_token', refresh_token: 'x', client_id: open.id });
    await ask('/token/revoke', { token: 'x', client_id: open.id });
    const client = handClient(server.issuer, { client_id: open.id, token_endpoint_auth_method: 'none' });
    await new UserAgent().open(client.authorizeUrl());
    expect(await shown(id)).to.deep.equal([null, null]);
    expect(await shown(open.id)).to.deep.equal([null]);
    await tokensFor(client, person);
    expect((await shown(open.id))[0]).to.be.a('date');
  });

  it('leaves out a client that was deleted meanwhile', async () => {
    const { id, secret } = await add(SERVICE);
    await ask('/token', { grant_type: 'client_credentials' }, basic(id, secret));
    await act(server.app, clients.delete, { client: id });
    await server.app.clients.uses.write();
  });

  it('taking a rotation back gives the old secret the end that it had', async () => {
    const expires = Math.floor(travel.now().getTime() / 1000) + 2 * DAY;
    const { id, secret } = await add({ ...SERVICE, client_secret_expires_at: expires });
    const { secretId } = await act(server.app, clients.rotateSecret, { client: id });
    await act(server.app, clients.endSecret, { client: id, secret: secretId });
    const { metadata, secrets } = await act(server.app, clients.show, { client: id });
    expect(metadata.client_secret_expires_at).to.equal(expires);
    expect(secrets.map(({ endsAt }) => endsAt)).to.deep.equal([null]);
    expect(await ask('/token', { grant_type: 'client_credentials' }, basic(id, secret))).to.equal(200);
  });
});
