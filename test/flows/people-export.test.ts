import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import { NOT_COPIED, PERSONAL_SECTIONS } from '../../src/lifecycle/personal-data-store.ts';
import { act } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, addPasskey, addRecoveryCodes } from '../support/factors.ts';
import { handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { lastDetails } from '../support/revealed-trail.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('a copy of everything that is kept about a person', function exporting() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const exported = (person: string) => act(server.app, people.export, { person });

  it('has what is kept, and no secret', async () => {
    const person = await server.addAccount({ name: 'Robin Reyes', username: 'robin', roles: ['nurse'] });
    const client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Partner', first_party: false }),
    );
    const tokens = await tokensFor(client, person, { scope: 'openid email' });
    await addApp(server, person);
    await addPasskey(server, person);
    const codes = await addRecoveryCodes(server, person);
    await act(server.app, people.update, { person: person.id, name: 'Robin Rey' });
    const copy = await exported(person.id);
    expect(copy.data.account?.rows[0]).to.include({
      email: person.email,
      username: 'robin',
      name: 'Robin Rey',
      hasPassword: true,
    });
    expect(copy.data.authenticators?.rows).to.have.length(1);
    expect(copy.data.passkeys?.rows).to.have.length(1);
    expect(copy.data.recoveryCodes?.rows).to.have.length(codes.length);
    expect(copy.data.consents?.rows[0]).to.include({ client: client.id });
    expect(copy.data.sessions?.rows[0]?.applications).to.deep.equal([client.id]);
    expect(copy.data.signIns?.rows).to.have.length(1);
    const changed = copy.events.rows.find(({ type }) => type === 'account.profile_changed');
    expect(changed?.values).to.deep.equal({ '/before/name': 'Robin Reyes', '/after/name': 'Robin Rey' });
    const text = JSON.stringify(copy);
    expect(text).to.not.match(/\$argon2|password_hash|sealed|code_hash|public_key/u);
    for (const secret of [person.password, tokens.access_token, tokens.refresh_token, ...codes])
      expect(text).to.not.include(secret);
    expect(JSON.parse(text)).to.have.property('format', 'gatehouse-person-v1');
  });

  it('is told in the trail, by whoever has made it', async () => {
    const { id } = await server.addAccount();
    const { events } = await exported(id);
    expect(await lastDetails(server, 'account.exported', id)).to.deep.equal({
      events: events.rows.length,
      more: false,
    });
  });

  it('says nothing of others: not from where an administrator acted, nor what is kept of anybody else', async () => {
    const [person, other] = [await server.addAccount(), await server.addAccount()];
    const origin = { ip: '203.0.113.77', userAgent: 'Desk' };
    const admin = await server.addAccount({ roles: ['administrator'], name: 'Avery Admin' });
    const scopes = ['people:write'] as const;
    await server.app.administration.perform(
      people.disable,
      {
        ...{ kind: 'person', accountId: admin.id, sessionId: 's', level: 'phr' },
        ...{ provenAt: new Date(), scopes: [...scopes], origin },
      },
      { person: person.id },
    );
    const text = JSON.stringify(await exported(person.id));
    expect(text).to.include('"administrator"');
    for (const foreign of [origin.ip, admin.id, admin.email, 'Avery', other.id, other.email])
      expect(text).to.not.include(foreign);
  });

  it('is bounded: of very much it says that there is more', async () => {
    const { id } = await server.addAccount();
    await fixture(
      server.app.database,
      `insert into sign_ins (account_id, session_uid, at) select $1, n::text, now() from generate_series(1, 1200) n`,
      [id],
    );
    const { signIns } = (await exported(id)).data;
    expect(signIns?.more).to.equal(true);
    expect(signIns?.rows).to.have.length(1_000);
  });

  it('has every table that names an account, or says why it has not', async () => {
    const named = await server.app.database.query<{ name: string }>(`
      select distinct table_name as name from information_schema.columns
      where table_schema = 'public' and column_name in ('account', 'account_id')
        and table_name not like 'audit_events%'`);
    const covered = new Set([
      ...Object.values(PERSONAL_SECTIONS).map(({ table }) => table),
      ...Object.keys(NOT_COPIED),
    ]);
    expect(named.map(({ name }) => name).filter((name) => !covered.has(name))).to.deep.equal([]);
    expect((await exported((await server.addAccount()).id)).leftOut.map(({ what }) => what)).to.have.members(
      Object.keys(NOT_COPIED),
    );
  });
});
