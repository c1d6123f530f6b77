import { expect } from 'chai';
import fc from 'fast-check';
import { Unreadable } from '../../../../src/domain/audit/bundle/format.ts';
import type { Report } from '../../../../src/domain/audit/bundle/report.ts';
import { tellReport } from '../../../../src/domain/audit/bundle/tell.ts';
import { REPORT_WORDS_EN } from '../../../../src/domain/audit/bundle/words.en.ts';
import { REPORT_WORDS_ES } from '../../../../src/domain/audit/bundle/words.es.ts';
import { bundleOf, rezipped, smallTrail, verifyBytes } from '../../../support/audit-trail.ts';

/** What a verifier says of bytes: a report, or that they cannot be read. Anything else fails the test. */
async function verdict(bytes: Uint8Array, trail: ReturnType<typeof smallTrail>): Promise<Report | undefined> {
  try {
    const report = await verifyBytes(bytes, trail);
    for (const words of [REPORT_WORDS_EN, REPORT_WORDS_ES]) tellReport(report, words);
    return report;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

describe('a bundle with something changed', function () {
  this.timeout(60_000);
  const trail = smallTrail();

  it('is found out, or it has the same events as before, whichever byte of the file it was', async () => {
    const bytes = await bundleOf(trail.content());
    const original = await verdict(bytes, trail);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, mask) => {
        const changed = bytes.slice();
        changed[place] = (changed[place] ?? 0) ^ mask;
        const report = await verdict(changed, trail);
        // Times and flags of the zip are not those of the trail.
        if (report !== undefined && !report.tampered) expect(report).to.deep.equal(original);
      }),
      { numRuns: 150 },
    );
  });

  for (const format of ['ndjson', 'csv'] as const) {
    it(`is found out whichever character of a file it was, as ${format}`, async () => {
      const bytes = await bundleOf(trail.content(format));
      const sizes = new Map<string, number>();
      await rezipped(bytes, (name, file) => {
        sizes.set(name, file.length);
        return file;
      });
      // Who has exported it, when, and for which times: said by whoever exports.
      const files = [...sizes].filter(([name]) => name !== 'manifest.json');
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...files),
          fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
          fc.constantFrom('0', 'a', 'Z', '"', '-', ' ', '\n'),
          async ([name, size], where, character) => {
            const place = Math.floor(where * size);
            let same = false;
            const changed = await rezipped(bytes, (each, file) => {
              if (each !== name) return file;
              const before = file.toString('latin1');
              const after = `${before.slice(0, place)}${character}${before.slice(place + 1)}`;
              // White space of JSON that people read says nothing.
              same =
                before === after ||
                (/^(tree|keys)\.json$/.test(name) && /\s/.test(before[place] + character));
              return Buffer.from(after, 'latin1');
            });
            const report = await verdict(changed, trail);
            if (!same && report !== undefined)
              expect(report.tampered, `${name} at ${place}: ${character}`).to.equal(true);
          },
        ),
        { numRuns: 120 },
      );
    });
  }
});

describe('a file that is no bundle', () => {
  it('is unreadable, and never more than that', async () => {
    const trail = smallTrail();
    const bytes = await bundleOf(trail.content());
    const cases: Record<string, Uint8Array> = {
      nothing: new Uint8Array(0),
      text: Buffer.from('PK\u0003\u0004 not a zip'),
      half: bytes.slice(0, bytes.length / 2),
      strange: await rezipped(bytes, (name, file) => (name === 'keys.json' ? '[{"verifier":1}]' : file)),
      another: await rezipped(bytes, (name, file) =>
        name === 'manifest.json' ? '{"format":"other"}' : file,
      ),
      gone: await rezipped(bytes, (name, file) => (name === 'checkpoints.txt' ? undefined : file)),
      huge: await rezipped(bytes, (name, file) =>
        name === 'manifest.json'
          ? file.toString().replace('"segments": 1', '"segments": 9007199254740991')
          : file,
      ),
    };
    for (const [name, file] of Object.entries(cases))
      expect(await verdict(file, trail), name).to.equal(undefined);
  });

  it('does not keep a verifier busy with a range that it does not have', async () => {
    const trail = smallTrail();
    const bytes = await rezipped(await bundleOf(trail.content()), (name, file) => {
      if (name === 'manifest.json')
        return file
          .toString()
          .replace('"last": 12', '"last": 9007199254740000')
          .replace('"size": 13', '"size": 9007199254740001');
      return name.startsWith('events-')
        ? file.toString().replace('{"index":12', '{"index":9007199254739999')
        : file;
    });
    expect((await verdict(bytes, trail))?.tampered).to.equal(true);
  });
});
