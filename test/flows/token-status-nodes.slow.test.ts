import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { asFixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { basic, postForm } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { serveBeside } from '../support/server-processes.ts';
import { readList, referenceOf } from '../support/status-list.ts';

const RECORDS = 'https://records.example.org';

/** Several servers on one database, behind one name. */
describe('the status of tokens on several nodes', function nodes() {
  this.timeout(60_000);
  let first: TestServer;
  let second: TestServer;
  let service: Record<string, string>;
  const places: string[] = [];

  before(async () => {
    first = await startTestServer();
    second = await first.secondNode();
    await first.addResource({ identifier: RECORDS, name: 'Records', scopes: ['read'] });
    service = await first.addClient({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      introspect_any_token: true,
    });
  });
  after(async () => {
    await second.stop();
    await first.stop();
  });

  const baseOf = ({ app }: TestServer) => `http://localhost:${app.config.server.port}`;
  const post = (base: string, path: string, fields: Record<string, string>) =>
    postForm(base + path, fields, basic(String(service.client_id), String(service.client_secret)));
  async function issue(base: string): Promise<string> {
    const { body } = await post(base, '/token', { grant_type: 'client_credentials', resource: RECORDS });
    const { idx, uri } = referenceOf(body.access_token);
    places.push(`${uri} ${idx}`);
    return body.access_token;
  }
  const many = (base: string) => Promise.all(Array.from({ length: 40 }, () => issue(base)));
  /** The list as this node serves it under the name of all. */
  const listAt = async (base: string, token: string) => {
    const { uri, idx } = referenceOf(token);
    const { isSet, protectedHeader } = await readList(
      first.issuer,
      uri,
      await fetch(uri.replace(first.issuer, base)),
    );
    return { isSet: isSet(idx), kid: protectedHeader.kid };
  };

  it('no two tokens share a place, after a node was started again and another one killed', async () => {
    await Promise.all([many(baseOf(first)), many(baseOf(second))]);
    first = await first.restart();
    const third = await serveBeside(first);
    const base = third.at(first.issuer).replace(/\/$/u, '');
    await Promise.all([many(base), many(baseOf(first)), many(baseOf(second))]);
    await third.kill();
    const again = await serveBeside(first);
    await many(again.at(first.issuer).replace(/\/$/u, ''));
    await again.stop();
    expect(places).to.have.length(240);
    expect(new Set(places)).to.have.property('size', 240);
  });

  it('what one node revokes, the others tell at once', async () => {
    const [here, there] = [baseOf(first), baseOf(second)];
    const token = await issue(there);
    expect((await listAt(here, token)).isSet).to.equal(false);
    await post(there, '/token/revoke', { token });
    expect((await listAt(here, token)).isSet).to.equal(true);
    expect((await listAt(there, token)).isSet).to.equal(true);
    for (const base of [here, there])
      expect((await post(base, '/token/introspect', { token })).body).to.deep.equal({ active: false });
  });

  it('tokens are known, and lists verify, when the keys have changed', async () => {
    const [base, token] = [baseOf(first), await issue(baseOf(second))];
    const { kid } = await listAt(base, token);
    await asFixture(first.app.database, (tx) => first.app.keys.store.rotate(tx, 'RS256', 0));
    await eventually(
      'the list is signed with the new key',
      async () => (await listAt(base, token)).kid !== kid,
    );
    expect(decodeProtectedHeader(token).kid).to.equal(kid);
    expect((await post(base, '/token/introspect', { token })).body.active).to.equal(true);
    await post(base, '/token/revoke', { token });
    expect((await listAt(base, token)).isSet).to.equal(true);
  });
});
