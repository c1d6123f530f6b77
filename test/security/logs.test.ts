import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { exportJWK, SignJWT } from 'jose';
import { createLogger } from '../../src/log.ts';
import { setupLink } from '../support/administration.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import {
  asOwner,
  audited,
  authorizePath,
  basic,
  type Client,
  codeFor,
  get,
  introspect,
  post,
  raw,
  redeem,
  token,
  userinfo,
  verifierPair,
} from './support.ts';

describe('line 74: no secret reaches the log or the audit trail', function logs() {
  this.timeout(60_000);
  let server: TestServer;
  let client: Client;
  const written: string[] = [];
  /** Every secret of the run, by what it is. */
  const used = new Map<string, string>();
  const use = (what: string, value: unknown): string => {
    const text = String(value);
    if (text.length < 8) throw new Error(`${what} is too short to be looked for`);
    used.set(`${what} ${used.size}`, text);
    return text;
  };

  const agents: UserAgent[] = [];
  const browser = (): UserAgent => {
    const agent = new UserAgent();
    agents.push(agent);
    return agent;
  };

  before(async () => {
    const log = createLogger({ server: { logLevel: 'trace' } }, { write: (line) => void written.push(line) });
    server = await startTestServer({ settings: { LOG_LEVEL: 'trace' }, replace: { log } });
    client = await server.addClient({
      ...WEB_CLIENT,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      first_party: false,
    });
    use('client secret', client.client_secret);
  });
  after(() => server.stop());

  const nothingLeaked = async () => {
    const text = written.join('');
    const beside = await server.app.database.query('select value from audit_personal');
    const trail = JSON.stringify([await audited(server), beside]);
    for (const [what, secret] of used) {
      for (const form of [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      ]) {
        expect(text.includes(form), `${what} in the log`).to.equal(false);
        expect(trail.includes(form), `${what} in the trail`).to.equal(false);
      }
    }
  };

  /** Cookies, tokens of forms and ids of interactions that this browser holds. */
  async function useAllOf(agent: UserAgent, ...pages: { body: string; url: string }[]): Promise<void> {
    for (const { value } of (await agent.jar.serialize()).cookies) use('cookie', value);
    for (const { body, url } of pages) {
      for (const [, value] of body.matchAll(/name="(?:csrf|xsrf)" value="([^"]+)"/g))
        use('form token', value);
      const uid = /\/sign-in\/([\w-]{20,})/.exec(url)?.[1];
      if (uid !== undefined) use('interaction', uid);
    }
  }

  it('in a whole sign-in, with consent, refresh, introspection, revocation and sign-out', async () => {
    const password = use('password', randomBytes(12).toString('base64url'));
    const { email, passwordHash } = await server.addAccount({ password });
    use('password hash', passwordHash);
    const { verifier, challenge } = verifierPair();
    use('verifier', verifier);
    const agent = browser();
    const path = authorizePath(client, {
      code_challenge: challenge,
      state: use('state', randomBytes(16).toString('hex')),
      nonce: use('nonce', randomBytes(16).toString('hex')),
      login_hint: email,
    });
    const page = await agent.open(server.issuer + path);
    await useAllOf(agent, page);
    const wrong = use('wrong password', randomBytes(12).toString('base64url'));
    await agent.submit(page, { identifier: email, password: wrong });
    await agent.submit(page, {
      identifier: use('password as name', `typo-${randomUUID()}`),
      password: wrong,
    });
    const consent = await agent.follow(await agent.submit(page, { identifier: email, password }));
    await useAllOf(agent, consent);
    const form = consent.forms.find(({ action }) => action.endsWith('/consent'));
    const end = await agent.follow(
      await agent.post(String(form?.action), { ...form?.fields, decision: 'allow' }),
    );
    const code = use('code', new URL(String(end.location)).searchParams.get('code'));
    await useAllOf(agent, end);
    const { body } = await redeem(server, client, code, { code_verifier: verifier });
    for (const name of ['access_token', 'refresh_token', 'id_token'])
      for (const [index, part] of String(body[name]).split('.').entries())
        if (index !== 0 || name !== 'id_token') use(name, part);
    await userinfo(server, String(body.access_token));
    await introspect(server, client, String(body.access_token));
    await get(server, `/userinfo?access_token=${body.access_token}`);
    const refreshed = (
      await token(server, client, { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) })
    ).body;
    use('rotated', refreshed.refresh_token);
    await token(server, client, { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) });
    await post(server, '/token/revoke', { token: String(refreshed.access_token) }, client);
    await redeem(server, client, code, { code_verifier: verifier });
    await get(server, authorizePath(client, { id_token_hint: String(body.id_token), prompt: 'none' }));
    const out = await agent.open(`${server.issuer}/logout?id_token_hint=${body.id_token}`);
    await useAllOf(agent, out);
    await agent.submit(out, { logout: 'yes' });
    expect(used.size).to.be.greaterThan(25);
    await nothingLeaked();
  });

  it('in pushed requests, assertions, wrong secrets and set-up', async () => {
    const fields = Object.fromEntries(new URLSearchParams(authorizePath(client).split('?')[1]));
    const { body } = await post(server, '/par', fields, client);
    use('request_uri', String(body.request_uri).split(':').at(-1));
    await get(
      server,
      `/authorize?client_id=${client.client_id}&request_uri=${encodeURIComponent(String(body.request_uri))}`,
    );

    const wrong = use('wrong secret', randomBytes(24).toString('hex'));
    await post(server, '/token', { grant_type: 'client_credentials' }, { ...client, client_secret: wrong });
    await post(server, '/token', {
      grant_type: 'client_credentials',
      client_id: String(client.client_id),
      client_secret: wrong,
    });
    await get(server, `/nowhere/${wrong}?secret=${wrong}#${wrong}`, {
      authorization: basic('x', wrong),
      cookie: `x=${wrong}`,
    });

    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const service = await server.addClient({
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256' }] },
    });
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer(String(service.client_id))
      .setSubject(String(service.client_id))
      .setAudience(server.issuer)
      .setExpirationTime('1 min')
      .sign(keys.privateKey);
    const [, payload, signature] = assertion.split('.');
    use('assertion', payload);
    use('assertion', signature);
    for (const path of ['/token', '/token'])
      await post(server, path, {
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });

    const link = await setupLink(server.app);
    use('set-up token', new URL(link).searchParams.get('token'));
    const agent = browser();
    const setup = await agent.open(link);
    await useAllOf(agent, setup);
    const password = use('password', randomBytes(12).toString('base64url'));
    await agent.submit(setup, { email: 'first@example.org', name: 'First', password });
    await nothingLeaked();
  });

  it('in faults, whatever the database says about them', async () => {
    const password = use('password', randomBytes(12).toString('base64url'));
    const { email } = await server.addAccount({ password });
    const tokens = (
      await redeem(server, client, (await codeFor(server, client, { email, password })).get('code'))
    ).body;
    const agent = browser();
    const page = await agent.open(server.issuer + authorizePath(client));
    await useAllOf(agent, page);
    const before = written.length;
    for (const table of [
      'accounts',
      'oidc_artifacts',
      'sign_in_attempts',
      'audit_events',
      'one_time_links',
    ]) {
      await asOwner(server, (owner) => owner.query(`alter table ${table} rename to broken`));
      await agent.submit(page, { identifier: email, password });
      await agent.get(`${server.issuer}/account`);
      await userinfo(server, use('access token', tokens.access_token));
      await token(server, client, {
        grant_type: 'refresh_token',
        refresh_token: use('refresh token', tokens.refresh_token),
      });
      await redeem(server, client, use('code', randomBytes(32).toString('base64url')), {
        code_verifier: use('verifier', randomBytes(32).toString('base64url')),
      });
      await get(server, `/setup?token=${use('set-up token', randomBytes(32).toString('base64url'))}`);
      await asOwner(server, (owner) => owner.query(`alter table broken rename to ${table}`));
    }
    const lines = written.slice(before).map((line) => JSON.parse(line) as { level: string });
    expect(lines.filter(({ level }) => level === 'error')).to.not.have.length(0);
    await nothingLeaked();
  });

  it('each line is one JSON object with a UTC time; line breaks are encoded', async () => {
    await raw(
      server,
      'GET /a%0d%0aX%0aY HTTP/1.1\r\nHost: x\r\nUser-Agent: a\tb\r\nConnection: close\r\n\r\n',
    );
    await token(server, client, { grant_type: 'x\r\n{"level":"fatal","msg":"forged"}' });
    for (const line of written) {
      expect(line).to.match(/^[^\r\n]+\n$/);
      expect((JSON.parse(line) as { time: string }).time).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    }
    expect(written.join('')).not.to.contain('"level":"fatal"');
    const refused = (await audited(server, 'token.refused')).at(-1);
    expect(refused?.details.grantType).to.contain('\r\n');
    expect(written.length).to.be.greaterThan(50);
  });
});
