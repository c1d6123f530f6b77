import { expect } from 'chai';
import { auditRows } from '../../src/domain/audit/row-store.ts';
import { testStamp } from '../support/audit-stamp.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { audited, authorizePath, type Client, codeFor, get, post, raw, token } from './support.ts';

const MARKUP = '"><img src=x onerror=alert(1)><script>alert(1)</script>\'`<%= 7 * 7 %>';

describe('injection', () => {
  let server: TestServer;
  let client: Client;

  before(async () => {
    server = await startTestServer();
    client = await server.addClient({
      ...WEB_CLIENT,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
  });
  after(() => server.stop());

  describe('into PostgreSQL: characters that it cannot keep', () => {
    for (const [what, text] of [
      ['NUL', 'a\0b'],
      ['half a surrogate pair', `${'a'.repeat(99)}😀`],
    ] as const) {
      it(`${what} in a grant type is refused, and costs nobody else the answer`, async () => {
        const requests = Array.from({ length: 20 }, (_, index) =>
          token(server, client, { grant_type: index % 2 === 0 ? 'client_credentials' : text }),
        );
        const answers = await Promise.all(requests);
        expect(answers.map(({ status }) => status)).to.deep.equal(
          answers.map((_, i) => (i % 2 === 0 ? 200 : 400)),
        );
      });
    }

    it('in a parameter of a sign-in is an invalid request', async () => {
      for (const name of ['state', 'nonce', 'login_hint', 'ui_locales', 'acr_values', 'display']) {
        const { status, headers } = await get(server, authorizePath(client, { [name]: 'a\0b' }));
        expect(status, name).to.equal(303);
        expect(new URL(String(headers.get('location'))).searchParams.get('error'), name).to.equal(
          'invalid_request',
        );
      }
    });

    it('in a client id is an unknown client', async () => {
      expect((await get(server, authorizePath({ client_id: 'a\0b' }))).status).to.equal(400);
      const answer = await post(server, '/token', { grant_type: 'client_credentials', client_id: 'a\0b' });
      expect(answer.status).to.equal(401);
    });

    it('in a withdrawal is a bad request', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await codeFor(server, client, person, {}, agent);
      const answer = await agent.post(`${server.issuer}/account/applications/withdraw`, {
        csrf: 'x',
        client_id: 'a\0b',
      });
      expect(answer.status).to.equal(400);
    });

    it('in an audit event are replaced, wherever they stand', () => {
      const [row] = auditRows(
        [
          {
            type: 'token.issued',
            outcome: 'success',
            actor: { kind: 'client', id: `${'a'.repeat(511)}😀` },
            details: { grantType: 'a\0b', audience: ['c\0d'] },
          },
        ],
        testStamp(),
      );
      const stored = JSON.stringify(row);
      expect(stored).not.to.match(/\\u0000|\\ud8/i);
      expect(JSON.parse(String(row?.details))).to.deep.equal({
        grantType: 'a\uFFFDb',
        audience: ['c\uFFFDd'],
      });
    });
  });

  it('a return to a sign-in that never was, with the id of a client, is no fault', async () => {
    const answer = await get(server, `/authorize/never-was?client_id=${client.client_id}`);
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, '/sign-in/never-was/over']);
    expect((await get(server, '/sign-in/never-was/over')).status).to.equal(400);
  });

  it('SQL in ids, tokens, codes and addresses is text', async () => {
    const sql = `'; drop table accounts; --`;
    const person = await server.addAccount();
    for (const path of [
      authorizePath({ client_id: sql }),
      authorizePath(client, { resource: `https://x.example/${sql}` }),
      `/sign-in/${encodeURIComponent(sql)}`,
      `/setup?token=${encodeURIComponent(sql)}`,
    ]) {
      expect((await get(server, path)).status, path).to.be.lessThan(500);
    }
    for (const fields of [
      {
        grant_type: 'authorization_code',
        code: sql,
        code_verifier: 'a'.repeat(43),
        redirect_uri: REDIRECT_URI,
      },
      { grant_type: 'refresh_token', refresh_token: sql },
      { grant_type: sql },
    ]) {
      expect((await token(server, client, fields)).status).to.equal(400);
    }
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    const answer = await agent.submit(page, { identifier: `${person.email}' or '1'='1`, password: sql });
    expect(answer.status).to.equal(401);
    expect(await server.app.accounts.store.findById(person.id)).to.include({ email: person.email });
  });

  it('markup in what strangers choose reaches pages as text', async () => {
    const hostile = await server.addClient({ ...WEB_CLIENT, client_name: MARKUP, first_party: false });
    const person = await server.addAccount({ name: `Robin ${MARKUP}`.slice(0, 190) });
    const agent = new UserAgent();
    const page = await agent.open(
      server.issuer + authorizePath(hostile, { login_hint: MARKUP, ui_locales: MARKUP, state: MARKUP }),
    );
    const wrong = await agent.submit(page, { identifier: MARKUP, password: 'not this one' });
    const consent = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    const bodies = [page.body, wrong.body, consent.body];
    expect(consent.url).to.contain('/sign-in/');
    for (const error of ['error', 'error_description', 'done', 'iss']) {
      bodies.push((await agent.open(`${server.issuer}/account?${error}=${encodeURIComponent(MARKUP)}`)).body);
    }
    for (const body of bodies) {
      expect(body).not.to.match(/<img|onerror=alert\(1\)>|<script>/);
    }
    expect(page.forms[0]?.fields.identifier).to.equal(MARKUP);
  });

  it('markup in `state` cannot leave the form of response_mode=form_post', async () => {
    const person = await server.addAccount();
    const agent = new UserAgent();
    let page = await agent.open(
      server.issuer + authorizePath(client, { state: MARKUP, response_mode: 'form_post' }),
    );
    page = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    expect(page.body).to.contain(' data-submit>');
    expect(page.forms[0]?.fields.state).to.equal(MARKUP);
    expect(page.body).not.to.contain('<img');
    expect(page.body).not.to.contain('<script>alert');
    expect(page.forms[0]?.action).to.equal(REDIRECT_URI);
    expect(page.body).not.to.match(/<script(?! type="module" src=")/);
    expect(page.headers.get('content-security-policy')).to.match(/script-src 'self';/);
  });

  it('line breaks cannot split an answer', async () => {
    const evil = 'x\r\nSet-Cookie: a=b\r\n\r\n<p>split';
    for (const path of [
      authorizePath(client, { state: evil, prompt: 'none' }),
      authorizePath(client, { scope: evil, state: evil }),
      `/logout?client_id=${client.client_id}&post_logout_redirect_uri=${encodeURIComponent(evil)}`,
      `/%0d%0aSet-Cookie:%20a=b`,
      `/account?error=${encodeURIComponent(evil)}`,
    ]) {
      const answer = await raw(server, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      const head = answer.text.split('\r\n\r\n')[0] ?? '';
      expect(head, path).not.to.match(/^set-cookie: a=b/im);
      expect(answer.text, path).not.to.contain('\r\n\r\n<p>split');
    }
  });

  it('names of the language’s own objects are fields like others', async () => {
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    const action = String(page.forms[0]?.action);
    const csrf = String(page.forms[0]?.fields.csrf);
    for (const body of [
      `csrf=${csrf}&__proto__=x&constructor=y&identifier=a&password=b`,
      `csrf=${csrf}&__proto__[csrf]=x&identifier=a&password=b`,
    ]) {
      expect((await agent.post(action, body)).status).to.equal(401);
    }
    expect((await agent.post(action, `__proto__[csrf]=${csrf}&identifier=a&password=b`)).status).to.equal(
      400,
    );
    expect((await agent.post(action, `csrf=${csrf}&csrf=${csrf}&identifier=a&password=b`)).status).to.equal(
      400,
    );
    expect(({} as Record<string, unknown>).csrf).to.equal(undefined);
    expect((await audited(server, 'sign_in.failed')).length).to.be.greaterThan(1);
  });
});
