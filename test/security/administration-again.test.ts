import { createHash } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { approvals } from '../../src/administration/approvals/index.ts';
import { clients } from '../../src/administration/clients/index.ts';
import type { ApprovalNeeded } from '../../src/administration/four-eyes.ts';
import { people } from '../../src/administration/people/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { AS_FIXTURE, fixture } from '../support/evidence/fixture.ts';
import { untilWaiting } from '../support/lock-waits.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What changes between the moment at which somebody is let do something and that at which it is done; and who learns what. */
describe('administration, asked again', function again() {
  this.timeout(60_000);
  let server: TestServer;
  let owner: pg.Client;
  let asker: Account;
  let second: Account;
  let manager: Account;

  before(async () => {
    server = await startTestServer({
      settings: { FOUR_EYES: 'people.delete,people.bulk_start,people.set_roles,clients.create' },
    });
    asker = await server.addAccount({ roles: ['administrator'] });
    second = await server.addAccount({ roles: ['administrator'] });
    manager = await server.addAccount({ roles: ['application-manager'] });
    owner = new pg.Client({ connectionString: server.database.ownerUrl, options: AS_FIXTURE });
    await owner.connect();
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  const by = actingAs;
  const asked = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'it was done at once',
      (error: ApprovalNeeded) => error.approval ?? error.code,
    );
  const perform = () => server.app.administration.perform;
  const approve = async (approval: string, account = second) => {
    const decided = await doAs(server.app, by(account), approvals.approve, { approval });
    return typeof decided === 'string' ? decided : decided.state;
  };

  it('holds accounts before approvals, as a deletion does: neither waits for the other for ever', async () => {
    const { id } = await server.addAccount();
    const approval = await asked(perform()(people.delete, by(asker), { person: id }));
    await owner.query('begin');
    await owner.query('select 1 from accounts where id = $1 for update', [id]);
    const approved = approve(approval);
    await untilWaiting(owner, 1);
    await owner.query(
      `update approvals set account = null, input = null, state = 'expired' where account = $1`,
      [id],
    );
    await owner.query('commit');
    expect(await approved).to.equal('approval_over');
  });

  it('is refused where somebody has become an administrator since it was found harmless', async () => {
    const { id } = await server.addAccount({ roles: ['nurse'] });
    await owner.query('begin');
    await owner.query(`update accounts set roles = '{nurse,administrator}' where id = $1`, [id]);
    const taken = doAs(server.app, by(asker), people.setRoles, { person: id, roles: [] });
    await untilWaiting(owner, 1);
    await owner.query('commit');
    expect(await taken).to.equal('target_changed');
    expect((await server.app.accounts.store.findById(id))?.roles).to.include('administrator');
  });

  it('sets roles in the version that was read, and in no other', async () => {
    const { id, version } = await server.addAccount({ roles: ['nurse', 'physician'] });
    const set = (roles: string[], expects: number) =>
      doAs(server.app, by(asker), people.setRoles, { person: id, roles, expects });
    const first = await set(['nurse'], version);
    expect(first).to.include({ changed: true, version: version + 1 });
    expect(await set([], version)).to.equal('precondition_failed');
    expect((await server.app.accounts.store.findById(id))?.roles).to.deep.equal(['nurse']);
    expect(await set(['nurse'], version + 1)).to.include({ changed: false, version: version + 1 });
  });

  it('lets nobody approve a bulk that is about them, also where a filter has found them', async () => {
    const start = (role: string) =>
      asked(perform()(people.bulkStart, by(asker), { act: 'sign_out', filter: { role } }));
    const own = await start('administrator');
    expect(await approve(own)).to.equal('approval_own');
    expect(await act(server.app, approvals.show, { approval: own })).to.include({ state: 'waiting' });
    await server.addAccount({ roles: ['nurse'] });
    expect(await approve(await start('nurse'))).to.equal('done');
  });

  it('shows a request to who could do it themselves, and lets nobody else decline it', async () => {
    const { id } = await server.addAccount();
    const approval = await asked(perform()(people.delete, by(asker), { person: id }));
    const metadata = { ...WEB_CLIENT, admin_scopes: ['people:read'] };
    const ofClient = await asked(perform()(clients.create, by(asker), { metadata }));
    const seen = async (account: Account) => {
      const listed = await doAs(server.app, by(account), approvals.list, { waiting: true, limit: 200 });
      return typeof listed === 'string' ? listed : listed.items.map(({ id: each }) => each);
    };
    for (const which of [approvals.show, approvals.decline] as const)
      expect(await doAs(server.app, by(manager), which as typeof approvals.show, { approval })).to.equal(
        'approval_unknown',
      );
    expect(await seen(manager))
      .to.include(ofClient)
      .and.not.include(approval);
    expect(await seen(second)).to.include.members([ofClient, approval]);
    const program = { kind: 'client', clientId: 'c', origin: {} } as const;
    const scopes = ['people:read', 'clients:write'];
    expect(await doAs(server.app, { ...program, scopes }, approvals.show, { approval })).to.equal(
      'approval_unknown',
    );
    expect(await doAs(server.app, by(second), approvals.decline, { approval })).to.include({
      state: 'declined',
    });
  });

  it('tells whoever may not read people nothing of addresses', async () => {
    const { client_id: client } = await server.addClient(WEB_CLIENT);
    const person = await server.addAccount();
    for (const which of [clients.addOwner, clients.removeOwner] as const) {
      const answer = (named: string, account: Account) =>
        doAs(server.app, by(account), which as typeof clients.addOwner, {
          client: String(client),
          person: named,
        });
      for (const named of [person.email, 'nobody@example.org', 'nobody'])
        expect(await answer(named, manager), named).to.equal('account_unknown');
      expect(await answer(person.id, manager)).to.include({ changed: true });
      expect(await answer(person.email, asker)).to.include({ changed: false });
    }
  });

  it('lets an owner enable what an owner has disabled, and not what a right without a limit has', async () => {
    const client = String((await server.addClient(WEB_CLIENT)).client_id);
    const limited = await server.addAccount({ roles: ['application-manager'] });
    await act(server.app, clients.addOwner, { client, person: limited.id });
    await placed(server.app, limited.id, { terms: [{ role: 'application-manager', owned: true }] });
    const disable = (account: Account) => doAs(server.app, by(account), clients.disable, { client });
    const enable = (account: Account) => doAs(server.app, by(account), clients.enable, { client });
    expect(await disable(limited)).to.include({ changed: true });
    expect(await enable(limited)).to.include({ changed: true });
    expect(await disable(asker)).to.include({ changed: true });
    expect(await disable(limited)).to.include({ changed: false });
    expect(await enable(limited)).to.equal('disabled_by_wider_right');
    expect(await enable(asker)).to.include({ changed: true });
    expect(await disable(limited)).to.include({ changed: true });
    // Disabled already, and from now on by somebody with more rights.
    expect(await disable(asker)).to.include({ changed: true });
    expect(await enable(limited)).to.equal('disabled_by_wider_right');
    // To be registered again under its id, and let in.
    expect(await doAs(server.app, by(limited), clients.delete, { client })).to.equal(
      'disabled_by_wider_right',
    );
    const [told] = await server.app.database.query<{ details: object }>(
      `select details from audit_events where client = $1 and type = 'client.disabled' order by at desc limit 1`,
      [client],
    );
    expect(told?.details).to.deep.equal({
      before: { status: 'disabled', ownersMayEnable: true },
      after: { status: 'disabled', ownersMayEnable: false },
    });
  });

  it('enables a client without what was being stored for it while it was disabled', async () => {
    const client = String((await server.addClient(WEB_CLIENT)).client_id);
    const stored = (id: string, iat: number) =>
      fixture(
        server.app.database,
        `insert into oidc_artifacts (model, id_hash, payload, client_id) values ('AccessToken', $1, $2, $3)`,
        [createHash('sha256').update(id).digest(), JSON.stringify({ clientId: client, iat }), client],
      );
    const works = async (id: string) =>
      (await server.app.tokens.artifacts.find('AccessToken', id)) !== undefined &&
      (await server.app.tokens.artifacts.findFamily('AccessToken', id, false)) !== undefined;
    const seconds = Math.floor(Date.now() / 1000);
    await act(server.app, clients.disable, { client });
    await stored(`${client} at that moment`, seconds + 60);
    await act(server.app, clients.enable, { client });
    await stored(`${client} on its way until now`, seconds - 60);
    await stored(`${client} after`, seconds + 60);
    expect(await works(`${client} at that moment`)).to.equal(false);
    expect(await works(`${client} on its way until now`)).to.equal(false);
    expect(await works(`${client} after`)).to.equal(true);
  });

  it('hashes the code of a break-glass account before its transaction', async () => {
    const { recoveryCodes } = server.app.factors;
    const sealed = await server.app.lifecycle.breakGlass.prepare();
    const generate = recoveryCodes.generate;
    let hashed = 0;
    Object.assign(recoveryCodes, {
      generate: (...given: Parameters<typeof generate>) => {
        hashed += 1;
        return generate(...given);
      },
    });
    try {
      const made = await server.app.database.transaction((tx) =>
        server.app.lifecycle.breakGlass.create(tx, sealed, {
          actor: { kind: 'command', command: 'c', user: 'u' } as never,
          origin: {},
        }),
      );
      expect(made).to.deep.equal({ account: sealed.account, code: sealed.code });
      expect(hashed).to.equal(0);
      expect(await recoveryCodes.match(made.account, made.code)).to.have.property('codesLeft', 0);
    } finally {
      Object.assign(recoveryCodes, { generate });
    }
  });
});
