import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openBlocklist } from '../../../src/domain/passwords/blocklist.ts';

const run = promisify(execFile);

describe('password blocklist', () => {
  let folder: string;
  let output: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-blocklist-'));
    output = join(folder, 'list.bin');
  });
  after(() => rm(folder, { recursive: true }));

  it('takes a million hashes in little memory, and finds them', async function () {
    this.timeout(60_000);
    const script = fileURLToPath(new URL('./blocklist-million.ts', import.meta.url));
    const { stdout } = await run(process.execPath, ['--max-old-space-size=64', script, output]);
    const { entries, peakMiB, bytes } = JSON.parse(stdout);
    // Two of a million may begin alike.
    expect(entries).to.be.within(999_990, 1_000_000);
    expect(bytes / entries, 'bytes a password').to.be.below(3.1);
    expect(peakMiB).to.be.below(250);
    const list = await openBlocklist(output);
    expect(await list.includes('password number 0')).to.equal(true);
    expect(await list.includes('password number 999999')).to.equal(true);
    expect(await list.includes('password number 1000000')).to.equal(false);
    await list.close();
  });
});
