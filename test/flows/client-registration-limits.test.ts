import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { act } from '../support/administration.ts';
import { eventsDuring } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('how often clients may be registered', function limits() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      settings: {
        ...{ CLIENT_REGISTRATION: 'true', CLIENT_REGISTRATION_HOSTS: '127.0.0.1' },
        RATE_LIMIT_CLIENT_REGISTRATION_PER_ADDRESS: '2',
      },
    });
  });
  after(() => server.stop());

  it('is limited by address, also with a right token, and told once', async () => {
    const { token } = await act(server.app, clients.issueRegistrationToken, { name: 'Ward', uses: 9 });
    const register = () =>
      fetch(`${server.issuer}/client-registration`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: ['http://127.0.0.1:9/callback'] }),
      });
    const { events, result } = await eventsDuring(server, async () => {
      const answers = [];
      for (let count = 0; count < 4; count += 1) answers.push(await register());
      return answers;
    });
    expect(result.map(({ status }) => status)).to.deep.equal([201, 201, 429, 429]);
    expect(Number(result[3]?.headers.get('retry-after'))).to.be.above(0);
    expect(await result[3]?.json()).to.include({ error: 'rate_limited' });
    expect(events.filter(({ type }) => type === 'rate_limit.exceeded')).to.have.length(1);
  });
});

describe('registration of clients that is off', function off() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('has no address', async () => {
    const { token } = await act(server.app, clients.issueRegistrationToken, { name: 'Ward' });
    for (const path of ['/client-registration', '/client-registration/x'])
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const headers = { authorization: `Bearer ${token}` };
        expect((await fetch(`${server.issuer}${path}`, { method, headers })).status).to.be.oneOf([404, 405]);
      }
    expect(await server.app.clients.store.list()).to.deep.equal([]);
  });
});
