import { expect } from 'chai';
import { NODE_CRYPTOGRAPHY } from '../../../../src/domain/audit/node-cryptography.ts';
import { SEALED_AUDIT_KEYS } from '../../../../src/domain/audit/sealing/key-store.ts';
import { openCheckpoint } from '../../../../src/domain/audit/tree/checkpoint.ts';
import { parseVkey, type VerifierKey } from '../../../../src/domain/audit/tree/note.ts';
import { systemRandomness } from '../../../../src/kernel/ids.ts';
import { createResealing } from '../../../../src/storage/resealing.ts';
import { ORIGIN, sealingOn, useSealing } from '../../../support/sealing.ts';

const keyOf = (vkey: string) => parseVkey(NODE_CRYPTOGRAPHY.sha256, vkey) as VerifierKey;

describe('keys of the audit trail', () => {
  const here = useSealing();

  const prepare = (name = ORIGIN) =>
    here.database.transaction(async (tx) => {
      const details = await here.sealing.keys.prepare(tx, name);
      await here.sealing.log.record(tx, {
        type: 'audit.key_changed',
        outcome: 'success',
        actor: { kind: 'system' },
        details,
      });
      return details;
    });
  const notes = async (): Promise<{ size: number; key: string; note: string }[]> =>
    (await here.owner.query('select size::int as size, key, note from audit_checkpoints order by id')).rows;

  it('are made once, whoever starts first, and the event of it is in the trail', async () => {
    await Promise.all([1, 2, 3, 4].map(() => sealingOn(here.database).openKey()));
    const keys = await here.sealing.keys.list();
    expect(keys).to.have.length(1);
    const { rows } = await here.owner.query(
      `select details from audit_events where type = 'audit.key_created'`,
    );
    expect(rows).to.deep.equal([{ details: { key: keys[0]?.verifier } }]);
    expect(keyOf(keys[0]?.verifier ?? '').name).to.equal(ORIGIN);
  });

  it('change only when the old one has signed the event of it; the new one goes on from the same tree', async () => {
    await here.sealAll();
    const { from, to } = await prepare('moved.example/audit');
    const [old, next] = [keyOf(from), keyOf(to)];
    await here.events(['with it']);
    await here.sealAll();
    await here.events(['after']);
    await here.sealAll();

    const leaves = await here.leaves();
    const event = leaves.find(({ type }) => type === 'audit.key_changed');
    const all = await notes();
    const byNew = all.findIndex(({ key }) => key === next.id);
    expect(all.slice(0, byNew).every(({ key }) => key === old.id)).to.equal(true);
    expect(all.slice(byNew).every(({ key }) => key === next.id)).to.equal(true);
    const [last, first] = [all[byNew - 1], all[byNew]];
    expect(last?.size).to.be.greaterThan(event?.index ?? Number.POSITIVE_INFINITY);
    const roots = [last, first].map((each) =>
      openCheckpoint(NODE_CRYPTOGRAPHY, each?.note ?? '', [old, next]),
    );
    expect(roots.map((each) => [each?.origin, each?.size])).to.deep.equal([
      [ORIGIN, last?.size],
      ['moved.example/audit', last?.size],
    ]);
    expect(roots[0]?.root).to.deep.equal(roots[1]?.root);
    expect((await here.newest())?.size).to.equal(leaves.length);

    const { rows } = await here.owner.query('select id, sealed from audit_keys where retired_at is not null');
    expect(rows, 'nobody can sign with it any more').to.deep.equal([{ id: old.id, sealed: null }]);
    expect((await here.sealing.keys.list()).map(({ verifier }) => verifier)).to.deep.equal([from, to]);
  });

  it('change once, however many nodes seal', async () => {
    await here.sealAll();
    const { to } = await prepare();
    const nodes = [1, 2, 3, 4].map(() => sealingOn(here.database, { batchSize: 1 }));
    for (let turn = 0; turn < 5; turn++) {
      await here.events([turn]);
      await Promise.all(nodes.map(({ sealer }) => sealer.seal()));
    }
    await here.sealAll();
    const id = keyOf(to).id;
    const all = await notes();
    const byNew = all.findIndex(({ key }) => key === id);
    expect(all.slice(byNew).every(({ key }) => key === id)).to.equal(true);
    expect((await here.sealing.keys.signing()).current.id).to.equal(id);
  });

  it('are not changed by a change that waits already, nor by an event that somebody has forged', async () => {
    await here.sealAll();
    const { from } = await prepare();
    await here.tamper(`delete from audit_events where type = 'audit.key_changed'`);
    const again = await prepare().catch((error) => error);
    expect(again).to.include({ code: 'audit_key_change_waits', status: 409 });
    const keys = await here.sealing.keys.list();
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details, mac)
       values (gen_random_uuid(), now(), 'audit.key_changed', 'success', $1::jsonb, sha256('guess'))`,
      [JSON.stringify({ from, to: keys[1]?.verifier })],
    );
    await here.sealAll();
    expect((await here.sealing.keys.signing()).current.id).to.equal(keyOf(from).id);
  });

  it('are brought under another encryption key with everything else', async () => {
    await here.sealAll();
    await prepare();
    await here.sealAll();
    const keyring = {
      current: 'n',
      keys: new Map([
        ['n', Buffer.alloc(32, 1)],
        ['k', Buffer.alloc(32, 7)],
      ]),
    };
    const done = await here.database.transaction((tx) =>
      createResealing(keyring, systemRandomness).reseal(tx, SEALED_AUDIT_KEYS, 10),
    );
    expect(done, 'the one that is left').to.include({ resealed: 1, next: undefined });
    expect(done.unopened).to.deep.equal([]);
    const refused = await here.sealing.openKey().catch((error) => error);
    expect(refused).to.include({ code: 'unknown_encryption_key' });
    expect(refused.message).to.match(/^ENCRYPTION_KEYS: the key that signs the checkpoints/);
  });
});
