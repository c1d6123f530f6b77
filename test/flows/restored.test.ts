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
  const here = useRestorable();

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
    expect(await leftOf(server, belongings)).to.deep.equal({
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
    const fresh = (await issue(server)).body.access_token;
    expect((await introspect(server, fresh)).body.active).to.equal(true);
    expect((await fetch(referenceOf(fresh).uri)).status).to.equal(200);
    expect(referenceOf(fresh).uri).not.to.equal(referenceOf(late).uri);
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

  it('is held back by what another key has signed, and by nothing that is forged', async () => {
    const server = await here.start();
    const size = await here.anchored(server);
    const origin = originOf(server.issuer);
    await here.stop(server);
    const { kept } = here.stub;
    // Signed by a key that the database knows nothing of: it may be one of the lost time.
    kept.push(noteOf(size + 5, 1, new Date(), signerOf(9, origin)));
    const strange = await refused(here.start());
    expect(strange.message).to.include('signed by a key that this database does not know');
    // In the name of another trail, or with a signature that is none.
    kept.push(noteOf(size + 5, 1, new Date(), signerOf(9, 'elsewhere.example/audit')));
    await here.stop(await here.start());
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
      const states = await server.app.audit.anchorStore.states(
        server.app.audit.watch.anchors.map(({ name }) => name),
      );
      expect(states.find(({ target }) => target.startsWith('http'))).to.include({
        problem: 'it answered 500',
      });
      expect(states.find(({ target }) => target.startsWith('file'))).to.include({
        failures: 0,
        size: newest,
      });
    } finally {
      await second.stop();
    }
  });
});
