import { expect } from 'chai';
import pg from 'pg';
import { NODE_CRYPTOGRAPHY } from '../../src/domain/audit/node-cryptography.ts';
import { openCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { parseVkey } from '../../src/domain/audit/tree/note.ts';
import { command } from '../support/commands.ts';
import { eventually } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { naiveRootOfHashes } from '../unit/audit/tree/naive-tree.ts';

describe('a server seals its audit trail', function sealing() {
  this.timeout(60_000);
  let server: TestServer;
  let owner: pg.Client;

  before(async () => {
    server = await startTestServer();
    owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  /** The newest checkpoint by the key that `audit key` prints last, and how many events have no leaf. */
  async function standing() {
    const { rows } = await owner.query(
      `select (select signed_note from audit_sealing) as note,
         (select count(*)::int from audit_events e where not exists (select from audit_leaves where event = e.id)) as unsealed,
         (select count(*)::int from audit_leaves where mac <> 'valid') as unproven`,
    );
    const keys = (await command(server, 'audit', 'key')).split('\n');
    const key = parseVkey(NODE_CRYPTOGRAPHY.sha256, keys.at(-1) ?? '');
    return { ...rows[0], checkpoint: key && openCheckpoint(NODE_CRYPTOGRAPHY, rows[0].note ?? '', [key]) };
  }
  const sealed = () => eventually('all is sealed', async () => (await standing()).unsealed === 0, 20_000);

  it('every few seconds, by the key that a command prints, under the name of its issuer', async () => {
    await server.addClient({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] });
    await sealed();
    const { checkpoint, unproven } = await standing();
    expect(unproven, 'each event has the MAC that the sealer expects').to.equal(0);
    expect(checkpoint?.origin).to.equal(`${new URL(server.issuer).host}/audit`);
    const { rows } = await owner.query('select hash from audit_leaves order by index');
    const root = naiveRootOfHashes(rows.slice(0, checkpoint?.size).map(({ hash }) => hash));
    expect(Buffer.from(checkpoint?.root ?? []).equals(root)).to.equal(true);
  });

  it('when it ends, up to its last event', async () => {
    await server.addClient({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] });
    const path = server.app.config.server.issuer;
    await Promise.all([1, 2, 3].map(() => fetch(`${path}/.well-known/openid-configuration`)));
    const database = server.database;
    const restarted = server.restart();
    // Between the two nobody seals: what the first has left would be seen by the second alone.
    server = await restarted;
    expect(server.database).to.equal(database);
    const { rows } = await owner.query(
      `select max(l.index)::int as last, (select signed_size::int from audit_sealing) as signed
       from audit_leaves l join audit_events e on e.id = l.event where e.type = 'client.created'`,
    );
    expect(rows[0].signed).to.be.above(rows[0].last);
  });

  it('goes on with another key after rotate-key, and auditors get both', async () => {
    const [before] = (await command(server, 'audit', 'key')).split('\n');
    const printed = await command(server, 'audit', 'rotate-key', '--reason', 'yearly');
    const keys = (await command(server, 'audit', 'key')).split('\n');
    expect(keys[0]).to.equal(before);
    expect(keys).to.have.length(2);
    expect(printed.split('\n')[0]).to.equal(keys[1]);
    expect(printed).to.include('signs from now on');
    await sealed();
    expect((await standing()).checkpoint?.key.id).to.equal(keys[1]?.split('+')[1]);
    const { rows } = await owner.query(
      `select details, command, reason from audit_events where type = 'audit.key_changed'`,
    );
    expect(rows).to.deep.equal([
      { details: { from: keys[0], to: keys[1] }, command: 'gatehouse audit rotate-key', reason: 'yearly' },
    ]);
    const listed = JSON.parse(await command(server, 'audit', 'key', '--json'));
    expect(
      listed.map((key: { verifier: string; retiredAt: string | null }) => key.retiredAt === null),
    ).to.deep.equal([false, true]);
  });
});
