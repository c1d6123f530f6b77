import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLogins, type Login, type Logins } from '../../../../src/commands/remote/logins.ts';
import { placeOf } from '../../../../src/commands/remote/places.ts';
import { generateKey, type PrivateKey, thumbprintOf } from '../../../../src/commands/remote/proofs.ts';
import { createRemoteSession } from '../../../../src/commands/remote/session.ts';
import type { SignInRequest } from '../../../../src/commands/remote/sign-in.ts';
import { DISCOVERY, type HostileServer, metadataOf, proofIn, type Reply, startServer } from './server.ts';

describe('the session of a command at a server elsewhere', () => {
  let folder: string;
  let logins: Logins;
  let server: HostileServer;
  let key: PrivateKey;
  /** What the token endpoint answers. */
  let token: () => Reply;
  before(async () => {
    key = await generateKey();
  });
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'gatehouse-session-')), 'gatehouse');
    logins = createLogins(folder);
    server = await startServer(({ path }, issuer) =>
      path === DISCOVERY ? { body: metadataOf(issuer) } : token(),
    );
  });
  afterEach(async () => {
    await server.close();
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  const keep = (seconds: number, more: Partial<Login> = {}) =>
    logins.keep({
      issuer: server.issuer,
      sub: 'pat',
      scope: 'openid people:read',
      accessToken: 'at-1',
      refreshToken: 'rt-1',
      expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
      key,
      ...more,
    });
  const session = (signIn?: (request: SignInRequest) => Promise<Login>) =>
    createRemoteSession(server.issuer, { logins, signIn });
  const fresh = (number: number) => ({
    body: {
      access_token: `at-${number}`,
      refresh_token: `rt-${number}`,
      token_type: 'DPoP',
      expires_in: 600,
    },
  });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      ({ code }) => code,
    );

  it('has the token that there is until shortly before its end', async () => {
    await keep(60);
    expect((await session().current()).accessToken).to.equal('at-1');
    expect(server.heard).to.deep.equal([]);
  });

  it('gets another one with the same key, and keeps it', async () => {
    await keep(5);
    token = () => fresh(2);
    expect((await session().current()).accessToken).to.equal('at-2');
    expect(await logins.find(server.issuer)).to.include({
      accessToken: 'at-2',
      refreshToken: 'rt-2',
      sub: 'pat',
    });
    const [heard] = server.at('/token');
    const form = Object.fromEntries(new URLSearchParams(heard?.body));
    expect(form).to.include({
      grant_type: 'refresh_token',
      refresh_token: 'rt-1',
      client_id: 'gatehouse-cli',
    });
    expect((await proofIn(heard as never, server.issuer)).thumbprint).to.equal(await thumbprintOf(key));
  });

  it('uses a refresh token once, however many commands run at the same time', async () => {
    await keep(0);
    let number = 1;
    token = () => fresh(++number);
    const commands = Array.from({ length: 20 }, () => session().current());
    const tokens = (await Promise.all(commands)).map(({ accessToken }) => accessToken);
    expect(new Set(tokens)).to.deep.equal(new Set(['at-2']));
    expect(server.at('/token')).to.have.length(1);
  });

  it('gets another one for a token that the server does not take, unless it has one by now', async () => {
    await keep(600);
    token = () => fresh(2);
    const before = await session().current();
    expect((await session().renewed(before)).accessToken).to.equal('at-2');
    expect((await session().renewed(before)).accessToken).to.equal('at-2');
    expect(server.at('/token')).to.have.length(1);
  });

  it('says to sign in again where it is over, and keeps what there is where the server is only away', async () => {
    await keep(0);
    token = () => ({ status: 400, body: { error: 'invalid_grant' } });
    const error = await session()
      .current()
      .catch((thrown) => thrown);
    expect(error).to.include({ code: 'sign_in_ended' });
    expect(error.safeMessage).to.contain(`gatehouse login ${server.issuer}`);
    token = () => ({ status: 503, body: '<html>' });
    expect(await codeOf(session().current())).to.equal('sign_in_refused');
    token = () => fresh(2);
    expect((await session().current()).accessToken).to.equal('at-2');
  });

  it('says to sign in where there is no refresh token, or no sign-in at all', async () => {
    expect(await codeOf(session().current())).to.equal('sign_in_needed');
    await keep(0, { refreshToken: undefined });
    expect(await codeOf(session().current())).to.equal('sign_in_ended');
  });

  it('has its person prove more for the scopes that they have, where somebody is there', async () => {
    await keep(600);
    const requests: SignInRequest[] = [];
    const signIn = async (request: SignInRequest) => {
      requests.push(request);
      return { ...((await logins.find(server.issuer)) as Login), accessToken: 'at-3' };
    };
    const demand = { acrValues: 'aal2', maxAge: 300 };
    expect((await session(signIn).proven(demand)).accessToken).to.equal('at-3');
    expect(requests).to.deep.equal([{ issuer: server.issuer, scopes: ['people:read'], ...demand }]);
    expect((await logins.find(server.issuer))?.accessToken).to.equal('at-3');
    expect(await codeOf(session().proven(demand))).to.equal('sign_in_needed');
  });

  it('does not go on as somebody else who signs in meanwhile', async () => {
    await keep(600);
    const signIn = async () => ({
      ...((await logins.find(server.issuer)) as Login),
      sub: 'sam',
      accessToken: 'at-3',
    });
    expect(await codeOf(session(signIn).proven({}))).to.equal('sign_in_other_person');
    expect(await logins.find(server.issuer)).to.include({ sub: 'pat', accessToken: 'at-1' });
  });
});

describe('where a command works', () => {
  const at = (issuers: string[], env: Record<string, string>, named?: string) =>
    placeOf({
      server: named,
      logins: { issuers: async () => issuers },
      options: { env: { DATA_DIR: '/nowhere/gatehouse', ...env }, configFile: false },
    }).catch(({ code }) => code);
  const configured = { DATABASE_URL: 'postgres://127.0.0.1/none' };
  const A = 'https://a.example';

  it('is here where a database is configured, whoever is signed in elsewhere', async () => {
    expect(await at([A], configured)).to.deep.equal({ kind: 'here' });
    expect(await at([A], { ...configured, ISSUER: 'not an address' })).to.deep.equal({ kind: 'here' });
  });

  it('is where somebody is signed in, where that is one server', async () => {
    expect(await at([A], {})).to.deep.equal({ kind: 'there', issuer: A });
    expect(await at([A, 'https://b.example'], {})).to.equal('server_ambiguous');
    expect(await at([], {})).to.deep.equal({ kind: 'here' });
  });

  it('is what was said before all', async () => {
    expect(await at([A], configured, 'https://b.example/')).to.deep.equal({
      kind: 'there',
      issuer: 'https://b.example',
    });
    expect(await at([A], {}, 'here')).to.deep.equal({ kind: 'here' });
  });

  for (const named of [
    'http://id.example.org',
    'id.example.org',
    'ftp://id.example.org',
    'https://pat:secret@id.example.org',
    'https://id.example.org/?x=1',
    'https://id.example.org/#x',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    '',
  ])
    it(`is not ${JSON.stringify(named)}`, async () => {
      expect(await at([], {}, named)).to.equal('issuer_invalid');
    });

  it('may be this machine in the clear', async () => {
    for (const named of ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])
      expect(await at([], {}, named)).to.deep.equal({ kind: 'there', issuer: named });
  });
});
