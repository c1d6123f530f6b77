import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { audit } from '../../src/administration/audit/index.ts';
import { mail } from '../../src/administration/mail.ts';
import { notices } from '../../src/administration/notices.ts';
import { units } from '../../src/administration/units/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { addEvents } from '../support/given-events.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ROLES = {
  'site-auditor': { acts: ['audit.*', 'mail.*', 'notices.*'] },
  'application-auditor': { acts: ['audit.*', 'notices.*'] },
};

describe('the trail, mail and notices for a limited right', function limited() {
  this.timeout(60_000);
  let server: TestServer;
  let reader: Account;
  let owner: Account;
  let nurse: Account;
  let stranger: Account;
  let client: string;
  const event = { nurse: '', stranger: '', client: '' };
  const mails = { nurse: randomUUID(), stranger: randomUUID(), nobody: randomUUID() };
  const notice = { nurse: randomUUID(), stranger: randomUUID() };
  const by = (account: Account) => actingAs(account);

  before(async () => {
    server = await startTestServer({ settings: { ADMINISTRATION_ROLES: JSON.stringify(ROLES) } });
    await server.app.jobs.stop(1_000);
    const site = (await act(server.app, units.create, { name: 'Site', parent: null })).id;
    const ward = (await act(server.app, units.create, { name: 'Ward', parent: site })).id;
    const other = (await act(server.app, units.create, { name: 'Other', parent: null })).id;
    reader = await server.addAccount({ roles: ['site-auditor'] });
    await placed(server.app, reader.id, {
      unit: site,
      terms: [{ role: 'site-auditor', unit: site, owned: false }],
    });
    owner = await server.addAccount({ roles: ['application-auditor'] });
    await placed(server.app, owner.id, { terms: [{ role: 'application-auditor', owned: true }] });
    nurse = await server.addAccount({ roles: ['nurse'] });
    await placed(server.app, nurse.id, { unit: ward });
    stranger = await server.addAccount({ roles: ['nurse'] });
    await placed(server.app, stranger.id, { unit: other });
    client = String((await server.addClient(WEB_CLIENT)).client_id);
    await asFixture(server.app.database, async (tx) => {
      await tx.query('insert into client_owners (client, account, added_at) values ($1, $2, now())', [
        client,
        owner.id,
      ]);
      for (const [who, id] of Object.entries(mails)) {
        const account = { nurse: nurse.id, stranger: stranger.id, nobody: null }[who];
        await tx.query(
          `insert into mail_outbox (id, kind, account_id, priority, sealed, state, attempts, next_attempt_at, created_at, finished_at)
           values ($1, 'new-device', $2, 1, 'x', 'dead', 3, now(), now(), now())`,
          [id, account],
        );
      }
      for (const [who, id] of Object.entries(notice)) {
        const to = who === 'nurse' ? 'elsewhere' : client;
        await tx.query(
          `insert into logout_deliveries (id, client_id, account_id, sid, uri, state, attempts, refusals, next_attempt_at, created_at,
             finished_at) values ($1, $2, $3, 's', 'https://app.example/', 'given_up', 3, 0, now(), now(), now())`,
          [id, to, who === 'nurse' ? nurse.id : stranger.id],
        );
      }
    });
    const [one, two, three] = await addEvents(server.app.database, [
      { type: 'session.ended', account: nurse.id, session: 'ses-n' },
      { type: 'session.ended', account: stranger.id, session: 'ses-s' },
      { type: 'client.updated', client, actor_kind: 'command', command: 'gatehouse clients update' },
    ]);
    Object.assign(event, { nurse: one, stranger: two, client: three });
  });
  after(() => server.stop());

  const listed = async (who: Account, query: object) => {
    const page = await doAs(server.app, by(who), audit.list, { limit: 200, ...query });
    return typeof page === 'string' ? page : page.items.map(({ id }) => id);
  };

  it('has the events about the people of its units, whatever is asked for', async () => {
    for (const query of [{}, { action: 'session.' }, { action: 'session.ended', outcome: 'success' }]) {
      const ids = await listed(reader, query);
      expect(ids, JSON.stringify(query)).to.include(event.nurse);
      expect(ids).not.to.include(event.stranger);
      expect(ids).not.to.include(event.client);
    }
    expect(await listed(reader, { session: 'ses-s' })).to.deep.equal([]);
    expect(await listed(reader, { person: nurse.email })).to.include(event.nurse);
  });

  it('does not tell whether there is somebody beyond it', async () => {
    for (const asked of ['person', 'actor']) {
      expect(await listed(reader, { [asked]: stranger.email })).to.equal('account_unknown');
      expect(await listed(reader, { [asked]: 'nobody@example.org' })).to.equal('account_unknown');
      expect(await listed(reader, { [asked]: stranger.id })).to.deep.equal([]);
      expect(await listed(reader, { [asked]: randomUUID() })).to.deep.equal([]);
    }
    for (const id of [event.stranger, event.client, randomUUID()])
      expect(await doAs(server.app, by(reader), audit.show, { event: id })).to.equal('event_unknown');
    expect(await doAs(server.app, by(reader), audit.show, { event: event.nurse })).to.have.property('event');
  });

  it('follows only what it may see', async () => {
    const first = await doAs(server.app, by(reader), audit.follow, { limit: 200, action: 'session.ended' });
    if (typeof first === 'string') throw new Error(first);
    expect(first.items.map(({ id }) => id))
      .to.include(event.nurse)
      .and.not.include(event.stranger);
    const added = await addEvents(server.app.database, [
      { type: 'session.ended', account: stranger.id, session: 'ses-s2' },
      { type: 'session.ended', account: nurse.id, session: 'ses-n2' },
    ]);
    const then = await doAs(server.app, by(reader), audit.follow, {
      limit: 200,
      action: 'session.ended',
      cursor: first.next,
    });
    if (typeof then === 'string') throw new Error(then);
    expect(then.items.map(({ id }) => id)).to.deep.equal([added[1]]);
  });

  it('has the events about its own clients', async () => {
    const ids = await listed(owner, {});
    expect(ids).to.include(event.client).and.not.include(event.nurse);
    expect(await doAs(server.app, by(owner), audit.show, { event: event.nurse })).to.equal('event_unknown');
  });

  it('is not enough to take bundles, or for what is about the whole trail', async () => {
    expect(await doAs(server.app, by(reader), audit.listHolds, {})).to.equal('not_permitted');
    expect(await doAs(server.app, by(reader), audit.listKeys, {})).to.equal('not_permitted');
  });

  it('lists mail to its people, sends it again and takes back what came back, and no other', async () => {
    const ids = async (query: object) => {
      const page = await doAs(server.app, by(reader), mail.list, query);
      return typeof page === 'string' ? page : page.items.map(({ id }) => id);
    };
    expect(await ids({ state: 'dead' })).to.deep.equal([mails.nurse]);
    expect(await ids({ person: stranger.id })).to.deep.equal([]);
    for (const id of [mails.stranger, mails.nobody]) {
      expect(await doAs(server.app, by(reader), mail.retry, { mail: id })).to.equal('mail_not_retried');
      const bounce = { mail: id, reason: '5.1.1', permanent: true };
      expect(await doAs(server.app, by(reader), mail.reportBounce, bounce)).to.equal('mail_unknown');
    }
    const bounce = { mail: mails.nurse, reason: '5.1.1', permanent: true };
    expect(await doAs(server.app, by(reader), mail.reportBounce, bounce)).to.include({ changed: true });
    expect(await doAs(server.app, by(reader), mail.retry, {})).to.deep.equal({
      mails: [{ id: mails.nurse, kind: 'new-device' }],
    });
  });

  it('lists notices about its people, or to its own clients', async () => {
    const ids = async (who: Account) => {
      const page = await doAs(server.app, by(who), notices.list, {});
      return typeof page === 'string' ? page : page.items.map(({ id }) => id);
    };
    expect(await ids(reader)).to.deep.equal([notice.nurse]);
    expect(await ids(owner)).to.deep.equal([notice.stranger]);
    expect(await doAs(server.app, by(reader), notices.retry, { notice: notice.stranger })).to.equal(
      'logout_not_retried',
    );
    expect(await doAs(server.app, by(owner), notices.retry, {})).to.deep.equal({
      notices: [{ id: notice.stranger, client: client }],
    });
  });

  it('turns pages in either order, and tells each once', async () => {
    const unlimited = await server.addAccount({ roles: ['administrator'] });
    for (const sort of ['created', '-created'] as const) {
      const told: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await doAs(server.app, by(unlimited), mail.list, {
          limit: 1,
          sort,
          ...(cursor && { cursor }),
        });
        if (typeof page === 'string') throw new Error(page);
        told.push(...page.items.map(({ id }) => id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      const sorted: string[] = Object.values(mails).sort();
      expect(told.filter((id) => sorted.includes(id))).to.deep.equal(
        sort === 'created' ? sorted : sorted.toReversed(),
      );
    }
  });
});
