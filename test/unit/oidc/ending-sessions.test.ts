import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';

const source = new URL('../../../src/', import.meta.url);

/** The files whose SQL may remove what the protocol keeps, or say that a session has ended. */
const MAY = [
  'domain/sessions/store.ts',
  'oidc/artifact-store.ts',
  'oidc/artifact-write-store.ts',
  'oidc/revocation-store.ts',
];

describe('ending sessions', () => {
  it('is done in one place: nobody else removes what is kept of one', async () => {
    const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const found: string[] = [];
    for (const file of files) {
      const text = await readFile(new URL(file, source), 'utf8');
      if (
        /delete from (?:oidc_artifacts|sessions)|set ended_at|sweepStatement\('oidc_artifacts'\)/u.test(text)
      ) {
        found.push(file);
      }
    }
    expect(found.sort()).to.deep.equal(MAY);
    expect(
      (await readFile(new URL('oidc/terminations.ts', source), 'utf8')).match(/sessions\.end\(/gu),
    ).to.have.length(1);
  });
});
