import { createHash } from 'node:crypto';
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

const { entries, bytes } = await buildBlocklist({
  chunks: dump(),
  output: String(process.argv[2]),
  sources: ['numbers'],
});
console.log(JSON.stringify({ entries, bytes, peakMiB: process.resourceUsage().maxRSS / 1024 }));
