import { expect } from 'chai';
import { startNode } from '../../support/processes.ts';

/** Hashes in a process of its own, since nobody gets back what it gave way by, and tells the niceness of each thread. */
async function nicenessOfThreads(hashNiceness: number): Promise<Record<string, number[]>> {
  const program = `
    import { readdirSync, readFileSync } from 'node:fs';
    import { getPriority } from 'node:os';
    import { createPasswordHasher } from './src/domain/passwords/hasher.ts';
    import { systemRandomness } from './src/kernel/ids.ts';
    const hasher = await createPasswordHasher({
      argon2: { memoryKib: 64, timeCost: 1, parallelism: 1 }, peppers: undefined, maxLength: 64,
      hashConcurrency: 1, hashQueueLimit: 1, random: systemRandomness, hashNiceness: ${hashNiceness},
    });
    const stored = await hasher.hash('correct horse battery staple');
    if (!(await hasher.verify(stored, 'correct horse battery staple')).matches) throw new Error('does not match');
    const found = {};
    const tasks = process.platform === 'linux' ? readdirSync('/proc/self/task') : [];
    for (const id of tasks) {
      const name = readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim();
      (found[name === 'libuv-worker' ? 'pool' : 'others'] ??= []).push(getPriority(Number(id)));
    }
    console.log(JSON.stringify(found));
    await hasher.close();
  `;
  const child = startNode(['--input-type=module', '--eval', program]);
  const [line] = await child.waitFor(/^\{.*\}$/m);
  expect(await child.exit).to.equal(0);
  return JSON.parse(line);
}

describe('priority of hashing', () => {
  it('lets the threads that hash give way, and only those', async () => {
    const { pool, others } = await nicenessOfThreads(5);
    const own = others?.[0] ?? 0;
    const given = Math.min(19, own + 5);
    expect(pool ?? []).to.deep.equal(process.platform === 'linux' ? [given, given, given, given] : []);
    expect(others ?? []).to.satisfy((all: number[]) => all.every((niceness) => niceness === own));
  });

  it('leaves all as they are where that is wanted', async () => {
    const { pool = [], others = [] } = await nicenessOfThreads(0);
    expect(new Set([...pool, ...others]).size).to.be.at.most(1);
  });
});
