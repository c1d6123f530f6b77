import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { NODE_TREE_HASH } from '../../src/domain/audit/node-cryptography.ts';
import { originOf, signCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { CompactRange } from '../../src/domain/audit/tree/compact-range.ts';
import { vkeyOf } from '../../src/domain/audit/tree/note.ts';
import { signerOf } from './anchors.ts';
import type { TestServer } from './server.ts';

export async function sealNow({ app, issuer, database }: TestServer): Promise<void> {
  void app;
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  try {
    const signer = signerOf(1, originOf(issuer));
    await owner.query('insert into audit_keys (id, verifier, sealed, created_at) values ($1, $2, $3, now()) on conflict do nothing', [signer.id, vkeyOf(signer), 'x']);
    const state = (await owner.query('select size::int as size, frontier from audit_sealing')).rows[0];
    const range = CompactRange.of(NODE_TREE_HASH, 0, state.size, state.frontier.map((h: string) => Buffer.from(h, 'hex')));
    const events = (await owner.query('select id, at from audit_events e where not exists (select from audit_leaves where event = e.id) order by id')).rows;
    for (const [i, { id, at }] of events.entries()) {
      const hash = randomBytes(32);
      await owner.query(`insert into audit_leaves values ($1, $2, $3, 'none', $4)`, [state.size + i, id, at, hash]);
      const nodes: [number, number, Uint8Array][] = [];
      range.push(hash, ({ level, index }, h) => { if (level % 8 === 0) nodes.push([level, index, h]); });
      for (const [l, x, h] of nodes) await owner.query('insert into audit_nodes values ($1, $2, $3)', [l, x, h]);
    }
    if (events.length === 0) return;
    const note = signCheckpoint(signer, { size: range.size, root: range.root() }, new Date());
    await owner.query('insert into audit_checkpoints (size, root, key, note, at) values ($1, $2, $3, $4, now())', [range.size, range.root(), signer.id, note]);
    await owner.query('update audit_sealing set size = $1, frontier = $2, event = $3', [range.size, JSON.stringify(range.hashes.map((h) => Buffer.from(h).toString('hex'))), events.at(-1).id]);
  } finally {
    await owner.end();
  }
}
