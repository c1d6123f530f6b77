import { expect } from 'chai';
import { commitWrites, type Write } from '../../src/storage/unit-of-work.ts';
import { setupLink } from '../support/administration.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type PostedForm, postedForms } from './posted-forms.ts';
import { asOwner, audited, type Client, codeFor, redeem } from './support.ts';

describe('line 78: what belongs together is written together or not at all', () => {
  let server: TestServer;
  let client: Client;
  let person: { id: string; email: string; password: string };

  before(async () => {
    server = await startTestServer();
    client = await server.addClient(WEB_CLIENT);
    person = await server.addAccount();
  });
  after(() => server.stop());

  const row = (kind: string): Write => ({
    sql: (parameter) => `
      insert into consents (account_id, client_id, granted, granted_at, updated_at)
      values (${parameter(person.id)}, ${parameter(kind)}, '{}', now(), now())`,
  });
  const loses: Write = {
    otherwise: 'test_lost',
    sql: (parameter) =>
      `update consents set updated_at = now() where client_id = ${parameter('nobody')} returning 1`,
  };
  const fails: Write = {
    sql: (parameter) => `insert into consents (account_id, client_id) values (${parameter(person.id)}, null)`,
  };
  const count = async (kind: string) =>
    (await server.app.database.query('select 1 from consents where client_id = $1', [kind])).length;

  for (const [what, last] of [
    ['a compare-and-set that loses', loses],
    ['a write that fails', fails],
  ] as const) {
    it(`${what} undoes the writes before and after it, and their audit events`, async () => {
      const before = (await audited(server)).length;
      for (const order of [
        [row(what), last],
        [last, row(what)],
        [row(`${what} 1`), last, row(`${what} 2`)],
      ]) {
        const outcome = await commitWrites(fixtures(server.app.database), order).catch(
          (error: Error) => error,
        );
        expect(outcome).to.be.instanceOf(Error);
      }
      for (const kind of [what, `${what} 1`, `${what} 2`]) expect(await count(kind)).to.equal(0);
      expect((await audited(server)).length).to.equal(before);
    });
  }

  it('a request’s changes are one statement, so that no moment lies between them', async () => {
    const { database } = server.app;
    await commitWrites(fixtures(database), [row('one'), row('two')]);
    const [times] = await database.query<{ same: boolean }>(
      `select count(distinct xmin::text) = 1 as same from consents where client_id in ('one', 'two')`,
    );
    expect(times?.same).to.equal(true);
    const code = (await codeFor(server, client, person)).get('code');
    const { body } = await redeem(server, client, code);
    const [transactions] = await database.query<{ artefacts: string; events: string }>(
      `select (select count(distinct xmin::text) from oidc_artifacts
          where model in ('AccessToken', 'RefreshToken') and grant_id = a.grant_id)::text as artefacts,
        (select count(*) from audit_events e where e.type = 'token.issued' and e.xmin::text = a.xmin::text)::text as events
      from oidc_artifacts a where a.model = 'RefreshToken' order by a.created_at desc limit 1`,
    );
    expect(body.access_token).to.be.a('string');
    expect(transactions).to.deep.equal({ artefacts: '1', events: '1' });
  });

  it('a code is spent together with what it buys: a failed commit leaves it good', async () => {
    const code = (await codeFor(server, client, person)).get('code');
    await asOwner(server, (owner) => owner.query('alter table audit_events rename to broken'));
    const broken = await redeem(server, client, code);
    await asOwner(server, (owner) => owner.query('alter table broken rename to audit_events'));
    expect(broken.status).to.be.at.least(500);
    expect((await redeem(server, client, code)).status).to.equal(200);
  });

  it('the first administrator and the end of the link are one transaction', async () => {
    const fresh = await startTestServer();
    try {
      const link = await setupLink(fresh.app);
      const token_ = String(new URL(link).searchParams.get('token'));
      const administrator = {
        email: 'first@example.org',
        name: 'First',
        password: 'a long and fine passphrase',
      };
      await asOwner(fresh, (owner) => owner.query('alter table audit_events rename to broken'));
      await fresh.app.setup.complete(token_, administrator, {}).then(
        () => expect.fail('completed without its audit event'),
        () => undefined,
      );
      await asOwner(fresh, (owner) => owner.query('alter table broken rename to audit_events'));
      expect(await fresh.app.accounts.store.list({ limit: 1 })).to.deep.equal([]);
      expect(await fresh.app.setup.isOpen(token_)).to.equal(true);
    } finally {
      await fresh.stop();
    }
  });

  describe('of an account: what is changed, told, mailed and ended', () => {
    const CHANGES = [
      'change the name',
      'change the password',
      'change the address',
      'change a password on demand',
      'choose a new password',
      'accept an invitation',
      'confirm an address',
      'take an address back',
      'say "this wasn’t me"',
      'set up the first administrator',
    ];
    const TABLES = [
      ...['accounts', 'password_history', 'one_time_links', 'oidc_artifacts', 'known_devices', 'lockouts'],
      ...['password_failures', 'audit_events', 'mail_outbox'],
    ];
    const everything = () =>
      Promise.all(
        TABLES.map((table) => server.app.database.query(`select * from ${table} as t order by t::text`)),
      );
    const forms = postedForms(
      () => server,
      () => ({ own: client, thirdParty: client }),
    );

    for (const name of CHANGES) {
      it(`to ${name}`, async () => {
        const { agent, action, fields, happened } = await (forms[name] as PostedForm).open();
        const {
          database,
          mail: { outbox: mail },
        } = server.app;
        await eventually('nothing is under way', async () =>
          (await mail.list({ limit: 100 })).every(({ state }) => state === 'sent'),
        );
        const before = await everything();
        const { transaction } = database;
        // Everything was written, and the commit fails.
        database.transaction = (work) =>
          transaction(async (tx) => {
            await work(tx);
            throw new Error('the commit has failed');
          });
        try {
          expect((await agent.post(action, fields)).status).to.equal(500);
        } finally {
          database.transaction = transaction;
        }
        expect(await everything()).to.deep.equal(before);
        expect((await agent.post(action, fields)).status, 'and can be done again').to.equal(303);
        expect(await happened()).to.equal(true);
      });
    }
  });
});
