import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buildBlocklist } from '../../../src/domain/passwords/blocklist-builder.ts';

/** Builds a blocklist of a million hashes in a process of its own, and tells how much memory that took. */
const COUNT = 1_000_000;

async function* dump(): AsyncGenerator<Buffer> {
  for (let index = 0; index < COUNT; ) {
    let lines = '';
    for (const end = index + 10_000; index < end; index += 1) {
      const digest = createHash('sha1').update(`password number ${index}`).digest('hex').toUpperCase();
      lines += `${digest}:${index % 50}\r\n`;
    }
    yield Buffer.from(lines);
  }
}

/**
 * The most memory that this process has had. On Linux `ru_maxrss` begins with what the parent had when it forked: a process
 * that has run many tests would count as ours. `VmHWM` begins anew with each program.
 */
async function peakMiB(): Promise<number> {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

const { entries, bytes } = await buildBlocklist({
  chunks: dump(),
  output: String(process.argv[2]),
  sources: ['numbers'],
});
console.log(JSON.stringify({ entries, bytes, peakMiB: await peakMiB() }));
