import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { originOf } from '../../src/domain/audit/tree/checkpoint.ts';
import { belongingsOf, leftOf } from '../support/access.ts';
import { noteOf, signerOf } from '../support/anchors.ts';
import { addRecoveryCodes } from '../support/factors.ts';
import { eventually } from '../support/processes.ts';
import { basic, postForm } from '../support/protocol.ts';
import { sizeOfNote, useRestorable } from '../support/restorable.ts';
import { freePort, type TestServer } from '../support/server.ts';
import { referenceOf } from '../support/status-list.ts';

const RECORDS = 'https://records.example.org';
const REASON = ['--reason', 'disk of the database broke', '--yes'];
const SERVICE = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  introspect_any_token: true,
};

const refused = (work: Promise<unknown>): Promise<{ code: string; message: string }> =>
  work.then(
    () => expect.fail('it started'),
    (error) => error,
  );

describe('a database that was put back to an earlier state', function restored() {
  this.timeout(60_000);
  const here = useRestorable({ TRUSTED_DEVICE_DAYS: '30' });

  it('is not served before everything of the lost time has ended and the restore is declared', async () => {
    let server = await here.start();
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['read'] });
    const service = await server.addClient(SERVICE);
    const belongings = await belongingsOf(server);
    await addRecoveryCodes(server, belongings.person);
    const before = await here.anchored(server);
    await here.stop(server);
    const backup = await here.backup();

    server = await here.start();
    const auth = basic(String(service.client_id), String(service.client_secret));
    const issue = (at: TestServer) =>
      postForm(`${at.issuer}/token`, { grant_type: 'client_credentials', resource: RECORDS }, auth);
    const introspect = (at: TestServer, token: string) =>
      postForm(`${at.issuer}/token/introspect`, { token }, auth);
    const { client, tokens, person } = belongings;
    // Spent on the day that is lost; the backup has it unspent.
    const next = (await client.refresh(tokens.own.refresh_token)).body;
    expect(next.refresh_token).to.be.a('string');
    const late = (await issue(server)).body.access_token;
    expect((await introspect(server, late)).body.active).to.equal(true);
    const lost = ['recovery_code.used', 'account.roles_changed', 'token.issued'].map((type, index) => ({
      index: before + 5 + index,
      leaf: {
        v: 1,
        id: `01930000-0000-7000-8000-00000000000${index}`,
        at: '2026-12-01T10:00:00.000000Z',
        type,
        outcome: 'success',
        actor_kind: 'command',
        operator: 'robin',
        account: person.id,
        details: {},
      },
    }));
    const after = await here.anchored(server);
    expect(after).to.be.above(before);
    await here.stop(server);

    const error = await refused(here.start(backup));
    expect(error).to.have.property('code', 'audit_behind_anchor');
    expect(error.message).to.include(`over ${after} events`).and.to.include('gatehouse recover --reason');

    const file = join(here.folder, 'lost.ndjson');
    await writeFile(file, `${lost.map((event) => JSON.stringify(event)).join('\n')}\n`);
    const asked = await here.recover(backup, '--reason', 'why');
    expect(asked.error).to.have.property('code', 'confirmation_missing');
    expect((await here.recover(backup, '--yes')).error).to.have.property('code', 'reason_missing');
    const done = await here.recover(backup, ...REASON, '--lost', file);
    expect(done.error).to.equal(undefined);
    expect(done.printed)
      .to.match(/^Ended: session: \d+$/mu)
      .and.to.match(/^Ended: trusted device: \d+$/mu);
    expect(done.printed).to.match(/account\.roles_changed {2}account \S+ {2}by robin/u);
    expect(done.printed).not.to.include('token.issued');
    expect(done.printed).to.include('by 1 people: theirs are gone');

    server = await here.start(backup);
    const step = 'select last_step from totp_authenticators where account_id = $1';
    const [seed] = await server.app.database.query<{ last_step: number }>(step, [person.id]);
    expect(seed?.last_step, 'codes up to now are spent').to.be.at.least(Math.floor(Date.now() / 30_000));
    const { database } = server.app;
    const { code } = belongings.authenticator;
    const fresh = async () => {
      await database.query('update totp_authenticators set last_step = 0 where account_id = $1', [person.id]);
      return code();
    };
    const authenticator = { ...belongings.authenticator, fresh };
    expect(await leftOf(server, { ...belongings, authenticator })).to.deep.equal({
      ownSession: false,
      otherSession: false,
      ownTokens: false,
      otherTokens: false,
      waiting: false,
      complete: false,
      trustedDevices: 0,
      temporaryCode: false,
      links: [],
    });
    expect((await client.refresh(next.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await introspect(server, late)).body).to.deep.equal({ active: false });
    expect((await fetch(referenceOf(late).uri)).status).to.equal(404);
    const newer = (await issue(server)).body.access_token;
    expect((await introspect(server, newer)).body.active).to.equal(true);
    expect((await fetch(referenceOf(newer).uri)).status).to.equal(200);
    expect(referenceOf(newer).uri).not.to.equal(referenceOf(late).uri);
    expect((await server.app.factors.recoveryCodes.remaining(person.id)).left).to.equal(0);

    const [event] = await server.app.database.query<{ details: Record<string, unknown> }>(
      `select details from audit_events where type = 'audit.restored'`,
    );
    expect(event?.details).to.include({ changes: 2 });
    expect(sizeOfNote(String(event?.details.restored))).to.equal(before);
    const anchored = event?.details.anchored as string[];
    expect(anchored.map(sizeOfNote)).to.deep.equal([after]);
    // And both anchors go on with the trail as it is now.
    await here.anchored(server);
    await here.stop(server);
    await here.stop(await here.start(backup));
  });

  it('is noticed at run time, and then nothing is answered', async () => {
    const original = await here.start();
    await here.anchored(original);
    await here.stop(original);
    const backup = await here.backup();
    const again = await here.start();
    await again.addAccount();
    await again.addClient(SERVICE);
    const newest = await here.anchored(again);
    await here.stop(again);
    const note = here.stub.kept.at(-1) as string;

    // The anchor cannot be reached at the start, and answers later.
    here.stub.answer = (_request, response) => void response.writeHead(503).end();
    const server = await here.start(backup, { AUDIT_ANCHORS: `${here.stub.url}/anchors` });
    expect((await fetch(`${server.issuer}/health/ready`)).status).to.equal(200);
    const posts = () => here.stub.requests.filter(({ method }) => method === 'POST').length;
    const posted = posts();
    here.stub.answer = (_request, response) => void response.end(note);
    const reason = await server.app.audit.gate.closed;
    expect(reason).to.have.property('code', 'audit_behind_anchor');
    expect(reason.message).to.include(`over ${newest} events`);
    expect((await fetch(`${server.issuer}/health/ready`)).status).to.equal(503);
    expect((await fetch(`${server.issuer}/health/live`)).status).to.equal(200);
    expect(
      (await postForm(`${server.issuer}/token`, { grant_type: 'refresh_token' }, basic('a', 'b'))).status,
    ).to.equal(503);
    expect(posts(), 'nothing was anchored over it').to.equal(posted);
  });

  it('ends servers that run while a restore is declared', async () => {
    const server = await here.start();
    await here.anchored(server);
    const { error } = await here.recover(here.original, ...REASON);
    expect(error).to.equal(undefined);
    expect(await server.app.audit.gate.closed).to.have.property('code', 'audit_restore_declared');
  });

  it('is not held back by what another key has signed, nor by what is forged; and covers neither up', async () => {
    let server = await here.start();
    const size = await here.anchored(server);
    const origin = originOf(server.issuer);
    await here.stop(server);
    const { kept } = here.stub;
    const own = kept.at(-1) as string;
    // Signed by a key that the database knows nothing of: it may be one of the lost time, or anybody's.
    const strange = (ahead: number, at = new Date()) =>
      kept.push(noteOf(size + ahead, 1, at, signerOf(9, origin)));
    strange(5);
    server = await here.start();
    const [name] = server.app.audit.watch.anchors.slice(1).map((each) => each.name);
    await eventually('it is told', async () => {
      const [state] = await server.app.audit.anchorStore.states([String(name)]);
      return state?.problem?.includes('signed by a key that this database does not know') === true;
    });
    await server.addClient(SERVICE);
    await here.sealed(server);
    await eventually(
      'other anchors go on',
      async () => (await here.newestInFile()) === (await here.newestOf(server)),
    );
    expect((await fetch(`${server.issuer}/health/ready`)).status).to.equal(200);
    expect(sizeOfNote(kept.at(-1)), 'nothing is put over it').to.equal(size + 5);
    await here.stop(server);

    // A recovery covers it, but not one that is dated ahead: that would cover what is yet to be signed.
    kept.pop();
    strange(9, new Date(Date.now() + 86_400_000));
    expect((await here.recover(here.original, ...REASON)).warned).to.include('does not know');
    const declared = async () => {
      const [restore] = await server.app.audit.restores.declared();
      return restore?.anchored.map((each) => each.size);
    };
    server = await here.start();
    expect(await declared()).to.deep.equal([]);
    await here.stop(server);
    // In the name of another trail, or with a signature that is none.
    kept.push(noteOf(size + 5, 1, new Date(), signerOf(9, 'elsewhere.example/audit')));
    await here.stop(await here.start());
    kept.push(own);
    const healthy = await here.recover(here.original, '--reason', 'wrong machine');
    expect(healthy.error)
      .to.have.property('message')
      .that.includes('No anchor says that this database was put back');
    expect((await here.recover(here.original, ...REASON)).warned).to.include('No anchor says');
    await here.anchored(await here.start());
  });

  it('two nodes anchor a checkpoint once, and one anchor that is down holds up no other', async () => {
    const server = await here.start();
    const second = await server.secondNode({ PORT: String(await freePort()) });
    try {
      await here.anchored(server);
      const { length } = here.stub.kept;
      for (const node of [server, second]) node.app.jobs.wake('anchor-audit');
      const rounds = () => here.stub.requests.filter(({ method }) => method === 'GET').length;
      const seen = rounds();
      await eventually('both have looked again', async () => rounds() >= seen + 4);
      expect(here.stub.kept.length).to.equal(length);
      here.stub.answer = (_request, response) => void response.writeHead(500).end();
      await server.addClient(SERVICE);
      await here.sealed(server);
      const newest = await here.newestOf(server);
      await eventually('the file has it', async () => (await here.newestInFile()) === newest);
      const names = server.app.audit.watch.anchors.map(({ name }) => name);
      await eventually('both are known', async () => {
        const [file, address] = await server.app.audit.anchorStore.states(names);
        return file?.size === newest && file.failures === 0 && address?.problem === 'it answered 500';
      });
    } finally {
      await second.stop();
    }
  });
});
