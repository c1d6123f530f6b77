import { expect } from 'chai';
import { signInByDevice } from '../../../../src/commands/remote/device-sign-in.ts';
import type { Login } from '../../../../src/commands/remote/logins.ts';
import type { GatehouseError } from '../../../../src/kernel/errors.ts';
import {
  DISCOVERY,
  type HostileServer,
  idTokenOf,
  metadataOf,
  proofIn,
  type Reply,
  startServer,
} from './server.ts';

const refused = (error: string): Reply => ({ status: 400, body: { error } });

/** `gatehouse login --device` against servers that answer in every way there is. */
describe('gatehouse login --device', () => {
  let server: HostileServer;
  afterEach(() => server.close());

  async function login(answers: readonly (Reply | 'hang up')[], codes: object = {}, metadata: object = {}) {
    const left = [...answers];
    server = await startServer((request, issuer) => {
      if (request.path === DISCOVERY) {
        const device_authorization_endpoint = `${issuer}/device-authorization`;
        return { body: metadataOf(issuer, { device_authorization_endpoint, ...metadata }) };
      }
      if (request.path === '/device-authorization') {
        const verification_uri = `${issuer}/device`;
        const usual = { device_code: 'the-secret', user_code: 'WDJB-MJHT', verification_uri };
        return { body: { ...usual, expires_in: 300, interval: 5, ...codes } };
      }
      return left.shift() ?? { body: tokensOf(issuer) };
    });
    const told: string[] = [];
    const waited: number[] = [];
    const result = await signInByDevice(
      { issuer: server.issuer, scopes: ['people:read'] },
      {
        terminal: { warn: (text) => void told.push(text) },
        wait: async (seconds) => void waited.push(seconds),
      },
    ).catch((error: GatehouseError) => error);
    return { told: told.join('\n'), waited, result };
  }

  const tokensOf = (issuer: string) => ({
    access_token: 'token',
    token_type: 'DPoP',
    expires_in: 600,
    id_token: idTokenOf({ iss: issuer }),
  });

  it('tells the address and the code, and nothing that opens anything by itself', async () => {
    const { told, result, waited } = await login([]);
    expect(result).to.include({ sub: 'pat', device: true, accessToken: 'token' });
    expect(told).to.include(`${server.issuer}/device\n`).and.include('WDJB-MJHT');
    expect(told).not.to.include('the-secret');
    expect(waited).to.deep.equal([5]);
    const [asked] = server.at('/device-authorization');
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).to.deep.equal({
      client_id: 'gatehouse-cli',
      scope: 'openid people:read',
      resource: `${server.issuer}/api/admin`,
    });
    const [polled] = server.at('/token');
    expect(new URLSearchParams(polled?.body).get('device_code')).to.equal('the-secret');
    expect((await proofIn(polled as never, server.issuer)).fits).to.equal(true);
  });

  it('waits as long as the server says, longer from every slow_down on, and over a lost connection', async () => {
    const { result, waited } = await login(
      [
        refused('authorization_pending'),
        refused('slow_down'),
        refused('authorization_pending'),
        'hang up',
        { status: 429, body: { error: 'temporarily_unavailable' } },
      ],
      { interval: 7 },
    );
    expect((result as Login).sub).to.equal('pat');
    expect(waited).to.deep.equal([7, 7, 12, 12, 17, 22]);
    expect(
      new Set(
        await Promise.all(server.at('/token').map(async (each) => (await proofIn(each, server.issuer)).jti)),
      ).size,
    ).to.equal(6);
  });

  const endings: [says: string, reply: Reply, code: string][] = [
    ['denied', refused('access_denied'), 'sign_in_denied'],
    ['too late', refused('expired_token'), 'sign_in_expired'],
    ['gone', refused('invalid_grant'), 'sign_in_ended'],
    ['anything else', { status: 500, body: 'no' }, 'sign_in_refused'],
    [
      'not bound',
      { body: { access_token: 'a', token_type: 'Bearer', expires_in: 1 } },
      'server_answer_invalid',
    ],
  ];
  for (const [says, reply, code] of endings) {
    it(`ends with ${code} where the answer is: ${says}`, async () => {
      const { result } = await login([refused('authorization_pending'), reply]);
      expect(result).to.include({ code });
      expect(server.at('/token')).to.have.length(2);
    });
  }

  it('gives up when the time of the code is over', async () => {
    const { result } = await login(
      [...Array(20)].map(() => refused('authorization_pending')),
      {
        expires_in: 0.001,
      },
    );
    expect(result).to.include({ code: 'sign_in_expired' });
  });

  it('says that the server does not have it', async () => {
    const { result } = await login([], {}, { device_authorization_endpoint: undefined });
    expect(result).to.include({ code: 'device_sign_in_off' });
    expect((result as GatehouseError).safeMessage).to.include('DEVICE_SIGN_IN');
  });

  for (const codes of [
    { verification_uri: 'https://evil.example/device' },
    { verification_uri: 'javascript:alert(1)' },
    { user_code: undefined },
    { device_code: 7 },
    { interval: -1 },
    { expires_in: 'soon' },
  ]) {
    it(`refuses an answer with ${JSON.stringify(codes)}`, async () => {
      const { result, told } = await login([], codes);
      expect(result).to.include({ code: 'server_answer_invalid' });
      expect([told, server.at('/token')]).to.deep.equal(['', []]);
    });
  }
});
