import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { audit } from '../../src/administration/audit/index.ts';
import { openFile } from '../../src/domain/audit/bundle/file.ts';
import { readProof, verifyProof } from '../../src/domain/audit/bundle/proof.ts';
import { verifyBundle } from '../../src/domain/audit/bundle/verify-bundle.ts';
import { NODE_CRYPTOGRAPHY } from '../../src/domain/audit/node-cryptography.ts';
import { parseVkey, type VerifierKey } from '../../src/domain/audit/tree/note.ts';
import { told } from '../support/audit-trail.ts';
import { command } from '../support/commands.ts';
import { eventually } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was refused',
    (error) => error.code,
  );

describe('evidence of the audit trail', () => {
  let server: TestServer;
  let folder: string;
  let keys: VerifierKey[];
  const at = (name: string) => join(folder, name);
  before(async () => {
    server = await startTestServer();
    await server.app.jobs.stop(1_000);
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-evidence-'));
    await seal();
    const text = await command(server, 'audit', 'key');
    await writeFile(at('key'), text);
    keys = text.split('\n').map((line) => parseVkey(NODE_CRYPTOGRAPHY.sha256, line) as VerifierKey);
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  /** Everything that is there; transactions of other tests on the cluster may be in the way for a moment. */
  async function seal(): Promise<void> {
    const { sealer } = server.app.audit.sealing;
    await eventually('everything is sealed', async () => {
      while ((await sealer.seal()).more);
      const [row] = await server.app.database.query<{ waits: boolean }>(
        'select exists (select from audit_events e where not exists (select from audit_leaves where event = e.id)) as waits',
      );
      return row?.waits === false;
    });
  }

  async function verified(file: string) {
    const opened = await openFile(file);
    try {
      return await verifyBundle(opened, { cryptography: NODE_CRYPTOGRAPHY, keys, anchors: [] });
    } finally {
      await opened.close();
    }
  }

  for (const format of ['ndjson', 'csv']) {
    it(`is exported as ${format} and true, and the trail tells of it`, async () => {
      const file = at(`trail-${format}.zip`);
      const said = await command(
        server,
        'audit',
        'export',
        '--output',
        file,
        '--format',
        format,
        '--reason',
        'yearly audit',
      );
      expect(said).to.match(/^\d+ events \(0 to \d+\) of \d+ are in /);
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
      const report = await verified(file);
      expect(told(report)).to.deep.equal([]);
      expect(report.events).to.be.greaterThan(0);
      const [event] = await server.app.database.query<{ details: object; command: string; reason: string }>(
        `select details, command, reason from audit_events where type = 'audit.exported' order by at desc, id desc limit 1`,
      );
      expect(event).to.deep.include({ command: 'gatehouse audit export', reason: 'yearly audit' });
      expect(event?.details).to.include({ format, first: 0, last: report.last });
      await seal();
    });
  }

  it('replaces no file, and leaves none behind where there is nothing to export', async () => {
    const file = at('kept.zip');
    await writeFile(file, 'mine');
    expect(await code(command(server, 'audit', 'export', '--output', file))).to.equal('file_exists');
    expect(await readFile(file, 'utf8')).to.equal('mine');
    const none = at('none.zip');
    const words = ['audit', 'export', '--output', none, '--to', '2001-01-01'];
    expect(await code(command(server, ...words))).to.equal('nothing_sealed');
    expect(await code(command(server, ...words, '--from', '2002-01-01'))).to.equal('times_crossed');
    expect(await code(command(server, ...words.slice(0, 4), '--from', 'yesterday'))).to.equal('time_invalid');
    expect(await code(stat(none))).to.equal('ENOENT');
  });

  it('is refused to whoever may not read the trail, and then not told', async () => {
    const actor = { kind: 'client', clientId: 'x', scopes: [], origin: {} } as const;
    const sink = new WritableStream<Uint8Array>();
    const { administration } = server.app;
    expect(await code(administration.perform(audit.export, actor, { sink }))).to.equal('not_permitted');
    expect(await code(administration.perform(audit.check, actor, {}))).to.equal('not_permitted');
    const system = { kind: 'system' } as const;
    const wrong = { sink: [] } as never;
    expect(await code(administration.perform(audit.export, system, wrong))).to.equal('input_invalid');
  });

  it('is proven of one event, and of two checkpoints', async () => {
    const rows = await server.app.database.query<{ event: string; size: string }>(
      'select event, (select min(size) from audit_checkpoints) as size from audit_leaves where index = 2',
    );
    const { event = '', size = '' } = rows[0] ?? {};
    await command(server, 'audit', 'proof', event, '--output', at('proof.json'));
    const proof = readProof(JSON.parse(await readFile(at('proof.json'), 'utf8')));
    const verifier = { cryptography: NODE_CRYPTOGRAPHY, keys, anchors: [] };
    expect(verifyProof(proof, verifier)).to.include({ outcome: 'included', index: 2 });
    const consistency = readProof(JSON.parse(await command(server, 'audit', 'proof', '--between', size)));
    expect(verifyProof(consistency, verifier)).to.include({ outcome: 'consistent', from: Number(size) });
    // Whoever was given a checkpoint can name it later, also where no other of that minute was kept.
    const given = proof.proves === 'inclusion' ? proof.size : 0;
    await server.addClient({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] });
    await seal();
    const since = readProof(JSON.parse(await command(server, 'audit', 'proof', '--between', `${given}`)));
    const told = verifyProof(since, verifier);
    expect(told).to.include({ outcome: 'consistent', from: given });
    expect(told.size).to.be.above(given);
    const nobody = '01934f2e-0000-7000-8000-000000000000';
    expect(await code(command(server, 'audit', 'proof', nobody))).to.equal('event_not_sealed');
    expect(await code(command(server, 'audit', 'proof', '--between', '999999'))).to.equal(
      'checkpoint_unknown',
    );
    expect(await code(command(server, 'audit', 'proof'))).to.equal('proof_not_named');
  });

  it('follows a change of key', async () => {
    await command(server, 'audit', 'rotate-key');
    await seal();
    const file = at('changed.zip');
    await command(server, 'audit', 'export', '--output', file);
    const report = await verified(file);
    expect(told(report)).to.deep.equal([]);
    expect(report.signedBy).to.have.length(2);
    expect(report.remarks.map(({ kind }) => kind)).to.deep.equal(['key_changed']);
    const said = await command(server, 'audit', 'check', '--key', at('key'));
    expect(said)
      .to.match(/^Intact/)
      .and.include('Key changed at event');
  });

  it('tells of what somebody has put into the database as text that a terminal does not obey', async () => {
    await server.app.database.query(
      `insert into audit_events (id, at, type, outcome, details)
       values (gen_random_uuid(), now(), $1, 'success', '{}')`,
      ['\u001b]0;all is well\u0007\u202e'],
    );
    const text = await command(server, 'audit', 'check', '--key', at('key'));
    expect(text).to.include('all is well');
    expect(text.replaceAll('\n', '')).not.to.match(/\p{C}/u);
  });
});
