import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { groups } from '../../src/administration/groups/index.ts';
import { act } from '../support/administration.ts';
import {
  authorize,
  callbackOf,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const ALWAYS = ['sub', 'iss', 'aud', 'iat', 'exp', 'acr', 'amr', 'auth_time', 'sid'];

/** OpenID Connect Core, section 5.4, has claims of scopes at userinfo; many applications read nothing but the ID token. */
describe('id_token_claims', () => {
  let server: TestServer;
  let person: Person;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ name: 'Robin Reyes', roles: ['clinician', 'reviewer'] });
  });
  after(() => server.stop());

  const register = async (metadata: object): Promise<HandClient> =>
    handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, ...metadata }));
  const tokenOf = async (client: HandClient, parameters: Record<string, string>) =>
    decodeJwt((await tokensFor(client, person, parameters)).id_token);

  it('has every claim of the granted scopes in the ID token, and no more', async () => {
    const client = await register({ id_token_claims: true });
    expect(await tokenOf(client, {})).to.have.all.keys(ALWAYS);
    const email = await tokenOf(client, { scope: 'openid email' });
    expect(email).to.have.all.keys(...ALWAYS, 'email', 'email_verified');
    expect(email).to.include({ email: person.email, email_verified: false });
    const { access_token: token, id_token: idToken } = await tokensFor(client, person, {
      scope: 'openid profile roles groups',
    });
    const { body } = await client.userinfo(token);
    expect(decodeJwt(idToken)).to.deep.include(body);
    expect(body).to.include({ name: 'Robin Reyes' }).and.not.have.property('email');
  });

  it('has those that are named, where their scope was granted', async () => {
    const client = await register({ id_token_claims: ['email', 'roles'] });
    const scope = 'openid profile email';
    expect(await tokenOf(client, { scope })).to.have.all.keys(...ALWAYS, 'email');
    // Userinfo is as it was.
    const { access_token: token } = await tokensFor(client, person, { scope });
    expect((await client.userinfo(token)).body).to.include({ name: 'Robin Reyes', email: person.email });
  });

  it('goes by what is registered now, and by what is left of the scopes, at every refresh', async () => {
    const client = await register({ id_token_claims: true });
    const { refresh_token: refresh } = await tokensFor(client, person, { scope: 'openid email roles' });
    const again = (await client.refresh(refresh)).body;
    expect(decodeJwt(again.id_token)).to.deep.include({
      email: person.email,
      roles: ['clinician', 'reviewer'],
    });
    const less = (await client.refresh(again.refresh_token, { scope: 'openid roles' })).body;
    expect(decodeJwt(less.id_token)).to.have.all.keys(...ALWAYS, 'roles');
  });

  it('never tells what was not granted, whatever the parameter claims asks for', async () => {
    const partner = await register({ first_party: false, scope: 'openid email', id_token_claims: true });
    const claims = JSON.stringify({ id_token: { email: null } });
    const agent = new UserAgent();
    const opened = await agent.open(partner.authorizeUrl({ claims }));
    const { email: identifier, password } = person;
    const asked = await agent.follow(await agent.submit(opened, { identifier, password }));
    expect(
      asked.forms.some(({ action }) => action.endsWith('/consent')),
      'people are asked',
    ).to.equal(true);
    const back = await agent.follow(await agent.submit(asked, { decision: 'allow' }, '/consent'));
    const { body } = await partner.redeem(String(back.location));
    expect(decodeJwt(body.id_token)).to.have.all.keys(...ALWAYS, 'email');
    for (const wanted of [{ name: null }, { groups: null }, { roles: { essential: true } }]) {
      const url = partner.authorizeUrl({ claims: JSON.stringify({ id_token: wanted }) });
      expect(callbackOf(await new UserAgent().open(url)).get('error')).to.equal('invalid_request');
    }
  });

  it('is left alone by who has not set it', async () => {
    for (const metadata of [{}, { id_token_claims: false }, { id_token_claims: [] }]) {
      expect(
        await tokenOf(await register(metadata), { scope: 'openid profile email groups' }),
      ).to.have.all.keys(ALWAYS);
    }
  });

  it('can be had by the parameter claims for a single request', async () => {
    const client = await register({});
    const claims = JSON.stringify({ id_token: { email: null, groups: null } });
    const told = await tokenOf(client, { scope: 'openid email groups', claims });
    expect(told).to.have.all.keys(...ALWAYS, 'email', 'groups');
  });

  describe('the claim groups', () => {
    it('holds the roles, at userinfo and in ID tokens, for who asks for its scope', async () => {
      const client = await register({ id_token_claims: ['groups'], groups_claim: 'roles' });
      const { access_token: token, id_token: idToken } = await tokensFor(client, person, {
        scope: 'openid groups',
      });
      const told = { groups: ['clinician', 'reviewer'] };
      expect((await client.userinfo(token)).body).to.deep.equal({ sub: person.id, ...told });
      expect(decodeJwt(idToken)).to.deep.include(told).and.not.have.property('roles');
    });

    it('is asked for in words that are true of roles and of groups', async () => {
      const partner = await register({ first_party: false });
      const agent = new UserAgent();
      const opened = await agent.open(partner.authorizeUrl({ scope: 'openid groups' }));
      const { email: identifier, password } = person;
      const asked = await agent.follow(await agent.submit(opened, { identifier, password }));
      expect(asked.body).to.contain('See your roles or groups in the organisation');
    });

    it('holds groups, or both, for a client that says so, and nothing else can be said', async () => {
      const { id, name } = await act(server.app, groups.create, { name: 'Ward 3', roles: ['reviewer'] });
      await act(server.app, groups.addMember, { group: id, person: person.id });
      await act(server.app, groups.update, { group: id, name: `${name} North` });
      for (const [what, told] of [
        ['groups', ['Ward 3 North']],
        ['both', ['clinician', 'reviewer', 'Ward 3 North']],
      ] as const) {
        const client = await register({ id_token_claims: ['groups'], groups_claim: what });
        const asked = { scope: 'openid groups' };
        const { access_token: token, id_token: idToken } = await tokensFor(client, person, asked);
        expect((await client.userinfo(token)).body.groups).to.deep.equal(told);
        expect(decodeJwt(idToken).groups).to.deep.equal(told);
      }
      const refused = await register({ groups_claim: 'units' }).catch(({ message }: Error) => message);
      expect(refused).to.match(/^groups_claim: must be "roles", "groups" or "both"/u);
      await act(server.app, groups.removeMember, { group: id, person: person.id });
    });
  });

  it('is judged by name: the nearest claim is told, and odd values are refused', async () => {
    const refused = (id_token_claims: unknown) =>
      server.addClient({ ...WEB_CLIENT, id_token_claims }).then(
        () => undefined,
        (error: Error) => error.message,
      );
    expect(await refused(['emial'])).to.match(/"emial" is no claim .* did you mean email\?/u);
    expect(await refused(['preferred_user_name'])).to.match(/did you mean preferred_username\?/u);
    for (const value of ['true', 1, {}, null, [1], [['email']], Array.from({ length: 51 }, () => 'email')]) {
      expect(await refused(value), JSON.stringify(value)).to.match(
        /^id_token_claims: must be true, or a list/u,
      );
    }
  });

  it('is no way round a sign-in that was asked for by nobody', async () => {
    const client = await register({ id_token_claims: true });
    const page = await authorize(new UserAgent(), client.authorizeUrl({ scope: 'email' }), person);
    const { body } = await client.redeem(String(page.location));
    expect(body).to.not.have.property('id_token');
  });
});
