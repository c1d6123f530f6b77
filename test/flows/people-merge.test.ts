import { expect } from 'chai';
import type { PersonActor } from '../../src/administration/actor.ts';
import { people } from '../../src/administration/people/index.ts';
import { ADMIN_SCOPES } from '../../src/domain/clients/admin-scopes.ts';
import { act } from '../support/administration.ts';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import { handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { lastDetails } from '../support/revealed-trail.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('merging two accounts of one person', function merging() {
  this.timeout(120_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      settings: {
        ADMINISTRATION_ROLES: JSON.stringify({ clerk: { acts: ['people.merge'], grants: ['nurse'] } }),
      },
    });
  });
  after(() => server.stop());

  const merge = (person: string, into: string) => act(server.app, people.merge, { person, into });
  const outcome = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error) => error.code,
    );
  const exists = async (id: string) => (await server.app.accounts.store.findById(id)) !== undefined;

  async function clerk(more: Partial<PersonActor> = {}): Promise<PersonActor> {
    const { id } = await server.addAccount({ roles: ['clerk'] });
    return {
      ...{ kind: 'person', accountId: id, sessionId: 's', level: 'phr', provenAt: new Date() },
      ...{ scopes: [...ADMIN_SCOPES], origin: {}, reason: 'ticket 7', ...more },
    } as PersonActor;
  }
  const by = (actor: PersonActor, person: string, into: string) =>
    server.app.administration.perform(people.merge, actor, { person, into });

  it('ends what the duplicate had, and leaves what the other has', async () => {
    const [duplicate, into] = [await server.addAccount({ roles: ['nurse'] }), await server.addAccount()];
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const gone = await tokensFor(client, duplicate, { scope: 'openid email' });
    const kept = await tokensFor(client, into, { scope: 'openid email' });
    await merge(duplicate.id, into.id);
    expect(await exists(duplicate.id)).to.equal(false);
    expect((await client.userinfo(gone.access_token)).status).to.equal(401);
    expect((await client.refresh(gone.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await client.userinfo(kept.access_token)).status).to.equal(200);
    const told = { roles: [] as string[] };
    expect(await lastDetails(server, 'account.merged', duplicate.id)).to.deep.equal({
      kept: false,
      other: into.id,
      before: { roles: ['nurse'] },
      after: told,
    });
    expect(await lastDetails(server, 'account.merged', into.id)).to.deep.equal({
      kept: true,
      other: duplicate.id,
      before: told,
      after: { roles: ['nurse'] },
    });
    expect(await lastDetails(server, 'account.deleted', duplicate.id)).to.not.equal(undefined);
  });

  it('never gives anybody what applications knew the duplicate by: by no import, and to no client', async () => {
    const sub = 'staff-4711';
    const duplicate = await server.addAccount({ sub });
    const into = await server.addAccount();
    await merge(sub, into.id);
    const make = (taken: string) =>
      asFixture(server.app.database, (tx) =>
        server.app.accounts.store.createMany(tx, [
          { email: `${taken}@example.org`, name: 'New', sub: taken },
        ]),
      );
    for (const taken of [sub, duplicate.id]) {
      expect(await make(taken), taken).to.deep.equal([]);
      const asked = [{ email: 'x@example.org', name: 'X', sub: taken }];
      const { subs } = await server.app.accounts.store.taken(server.app.database, asked);
      expect([...subs]).to.deep.equal([taken]);
      const client = server.app.database.transaction((tx) =>
        server.app.clients.store.create(tx, { id: taken, metadata: {}, secretDigest: undefined }),
      );
      expect(await outcome(client)).to.equal('client_is_subject');
    }
    expect(await make('staff-4712')).to.have.length(1);
    const [row] = await server.app.database.query<{ text: string }>(
      "select string_agg(t::text, ' ') as text from reserved_subjects t",
    );
    expect(row?.text, 'nothing that can be read').to.not.include(sub);
  });

  it('happens once, however many ask at once, in both directions, with nobody waiting for the other', async () => {
    const [one, other] = [await server.addAccount(), await server.addAccount()];
    const asked = Array.from({ length: 50 }, (_, at) =>
      outcome(at % 2 === 0 ? merge(one.id, other.id) : merge(other.id, one.id)),
    );
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((each) => each === 'done')).to.have.length(1);
    expect(outcomes.filter((each) => each === 'account_unknown')).to.have.length(49);
    expect([await exists(one.id), await exists(other.id)].filter(Boolean)).to.have.length(1);
  });

  it('goes round in a ring without a circle of waiting', async () => {
    const ring = await Promise.all(Array.from({ length: 6 }, () => server.addAccount()));
    const outcomes = await Promise.all(
      ring.map(({ id }, at) => outcome(merge(id, ring[(at + 1) % ring.length]?.id ?? ''))),
    );
    expect(new Set(outcomes)).to.have.property('size').that.is.within(1, 2);
    for (const each of outcomes) expect(each).to.be.oneOf(['done', 'account_unknown']);
    const left = await Promise.all(ring.map(({ id }) => exists(id)));
    expect(left.filter(Boolean)).to.have.length(6 - outcomes.filter((each) => each === 'done').length);
  });

  it('takes over the roles that the asker may give, and no others', async () => {
    const actor = await clerk();
    const duplicate = await server.addAccount({ roles: ['nurse', 'doctor'] });
    const into = await server.addAccount();
    const merged = await by(actor, duplicate.id, into.id);
    expect(merged).to.deep.include({ rolesAdded: ['nurse'], rolesLeft: ['doctor'] });
    expect((await server.app.accounts.store.findById(into.id))?.roles).to.deep.equal(['nurse']);
  });

  it('makes no role without a limit of one with a limit or an end', async () => {
    const duplicate = await server.addAccount({ roles: ['helpdesk'] });
    const into = await server.addAccount();
    await fixture(
      server.app.database,
      `insert into account_role_terms (account, role, owned, until) values ($1, 'helpdesk', false, now() + interval '1 day')`,
      [duplicate.id],
    );
    expect(await merge(duplicate.id, into.id)).to.deep.include({ rolesAdded: [], rolesLeft: ['helpdesk'] });
  });

  it('gives nobody roles by their own act, and leads into nobody who outranks them', async () => {
    const actor = await clerk();
    const nurse = await server.addAccount({ roles: ['nurse'] });
    const admin = await server.addAccount({ roles: ['administrator'] });
    const pat = await server.addAccount();
    expect(await outcome(by(actor, admin.id, pat.id))).to.equal('target_outranks');
    expect(await outcome(by(actor, pat.id, admin.id))).to.equal('target_outranks');
    expect(await by(actor, nurse.id, actor.accountId)).to.deep.include({
      rolesAdded: [],
      rolesLeft: ['nurse'],
    });
  });

  it('needs a reason and a fresh proof, and waits for a person where a program asks', async () => {
    const [one, other] = [await server.addAccount(), await server.addAccount()];
    expect(await outcome(by(await clerk({ reason: undefined }), one.id, other.id))).to.equal(
      'reason_required',
    );
    const stale = await clerk({ provenAt: new Date(Date.now() - 301_000) });
    expect(await outcome(by(stale, one.id, other.id))).to.equal('insufficient_user_authentication');
    const program = {
      kind: 'client',
      clientId: 'c',
      scopes: [...ADMIN_SCOPES],
      reason: 'r',
      origin: {},
    } as const;
    await server.addAccount({ roles: ['administrator'] });
    const asked = server.app.administration.perform(people.merge, program, {
      person: one.id,
      into: other.id,
    });
    expect(await outcome(asked)).to.equal('approval_needed');
  });

  it('is only between people of the asker’s units', async () => {
    const actor = await clerk();
    const unit = '00000000-0000-4000-8000-000000000001';
    const { database } = server.app;
    await fixture(
      database,
      `insert into units (id, name, name_key, created_at) values ($1, 'North', 'north', now())`,
      [unit],
    );
    await fixture(
      database,
      `insert into account_role_terms (account, role, unit, owned) values ($1, 'clerk', $2, false)`,
      [actor.accountId, unit],
    );
    const [mine, alsoMine, other] = await Promise.all([1, 2, 3].map(() => server.addAccount()));
    await fixture(database, 'update accounts set unit = $2 where id = any($1)', [
      [mine?.id, alsoMine?.id],
      unit,
    ]);
    for (const [person, into] of [
      [mine, other],
      [other, mine],
    ])
      expect(await outcome(by(actor, person?.id ?? '', into?.id ?? ''))).to.equal('account_unknown');
    expect(await outcome(by(actor, mine?.id ?? '', alsoMine?.id ?? ''))).to.equal('done');
  });

  it('leaves an administrator: the role goes with the person', async () => {
    const last = await server.app.database.query<{ id: string }>(
      "select id from accounts where 'administrator' = any(roles)",
    );
    for (const { id } of last.slice(1)) await act(server.app, people.setRoles, { person: id, roles: [] });
    const [admin] = last;
    const into = await server.addAccount();
    expect(await outcome(merge(admin?.id ?? '', into.id))).to.equal('done');
    expect((await server.app.accounts.store.findById(into.id))?.roles).to.include('administrator');
  });
});
