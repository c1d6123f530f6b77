import { writeNewFile } from '../../src/domain/audit/bundle/file.ts';
import type { SealedLine } from '../../src/domain/audit/bundle/write-bundle.ts';
import { writeBundle } from '../../src/domain/audit/bundle/write-bundle.ts';
import { NODE_TREE_HASH } from '../../src/domain/audit/node-cryptography.ts';
import { signCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { CompactRange } from '../../src/domain/audit/tree/compact-range.ts';
import { type Leaf, leafBytes } from '../../src/domain/audit/tree/leaf.ts';
import { vkeyOf } from '../../src/domain/audit/tree/note.ts';
import { makeSigner } from './audit-trail.ts';

/**
 * Bundles of very many events, written by a process of their own with little memory: `write FILE COUNT` makes a trail up, and prints
 * its key; `export FILE URL` exports that of a database.
 */

const BATCH = 2_000;

function leafAt(index: number): Leaf {
  const at = new Date(Date.UTC(2027, 0, 1) + index * 100).toISOString().replace('Z', '000Z');
  const hex = index.toString(16).padStart(12, '0');
  return {
    v: 1,
    id: `01934f2e-0000-7000-8000-${hex}`,
    at,
    type: 'sign_in.succeeded',
    version: 1,
    outcome: 'success',
    actor_kind: 'person',
    actor: `01934f2e-0000-7000-9000-${hex}`,
    account: `01934f2e-0000-7000-9000-${hex}`,
    client: 'patient-records',
    session: `s-${hex}`,
    factor: 'pwd',
    ip: '192.0.2.17',
    user_agent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    request_id: `r-${hex}`,
    details: { acr: 'aal2', amr: ['pwd', 'otp'] },
    mac: 'valid',
  };
}

export async function writeBigBundle(path: string, count: number): Promise<string> {
  const signer = makeSigner();
  const range = new CompactRange(NODE_TREE_HASH);
  const notes: string[] = [];
  async function* events(): AsyncGenerator<readonly SealedLine[]> {
    for (let begin = 0; begin < count; begin += BATCH) {
      const batch: SealedLine[] = [];
      for (let index = begin; index < Math.min(count, begin + BATCH); index++) {
        const leaf = leafAt(index);
        const hash = NODE_TREE_HASH.leaf(leafBytes(leaf));
        range.push(hash);
        batch.push({ line: { index, leaf }, hash });
      }
      notes.push(signCheckpoint(signer, { size: range.size, root: range.root() }, new Date()));
      yield batch;
    }
  }
  const about = {
    origin: signer.name,
    lines: 'ndjson' as const,
    asked: { from: null, to: null },
    first: 0,
    last: count - 1,
    size: count,
    created: new Date().toISOString(),
    by: 'a test',
  };
  const content = {
    about,
    tree: { left: [], right: [] },
    keys: [{ verifier: vkeyOf(signer) }],
    events,
    async *checkpoints() {
      yield notes;
    },
  };
  await writeNewFile(path, true, async (sink) => {
    await writeBundle(content, sink);
  });
  return vkeyOf(signer);
}

async function exportDatabase(path: string, url: string): Promise<void> {
  // Loaded only here: the whole application would take most of the memory.
  const { systemClock } = await import('../../src/kernel/clock.ts');
  const { openDatabase } = await import('../../src/storage/orm.ts');
  const { ENTITIES, MIGRATIONS_PATH } = await import('../../src/wire.ts');
  const { openAuditEvidence } = await import('../../src/wire/audit-evidence.ts');
  const { TEST_MAC } = await import('./audit-stamp.ts');
  const { sealingOn } = await import('./sealing.ts');
  const options = {
    entities: ENTITIES,
    migrationsPath: MIGRATIONS_PATH,
    role: 'server' as const,
    poolSize: 2,
  };
  const database = await openDatabase({ ...options, url });
  try {
    const { trailExport } = openAuditEvidence({
      database,
      sealing: sealingOn(database),
      clock: systemClock,
      mac: TEST_MAC,
    });
    const plan = await trailExport.plan(undefined, undefined);
    await writeNewFile(path, true, async (sink) => {
      await trailExport.write(plan, 'ndjson', 'a test', sink);
    });
  } finally {
    await database.close();
  }
}

if (import.meta.main) {
  const [, , what, path = '', argument = ''] = process.argv;
  if (what === 'write') console.log(await writeBigBundle(path, Number(argument)));
  else await exportDatabase(path, argument);
}
