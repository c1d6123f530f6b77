import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { vkeyOf } from '../../../../src/domain/audit/tree/note.ts';
import { bundleOf, makeSigner, rezipped, smallTrail, type Trail } from '../../../support/audit-trail.ts';
import { INSTALL_LIMIT_MS } from '../../../support/programs.ts';
import { findPython } from '../../../support/python.ts';

const VERIFIER = join(import.meta.dirname, '../../../support/verify_bundle.py');

describe("a verifier in Python's standard library, written from the document", () => {
  let python: string;
  let folder: string;
  before(async function find() {
    this.timeout(INSTALL_LIMIT_MS * 2);
    python = await findPython();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-python-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function verify(bytes: Uint8Array, { first }: Pick<Trail, 'first'>) {
    const [bundle, key] = [join(folder, 'bundle.zip'), join(folder, 'key')];
    await writeFile(bundle, bytes);
    await writeFile(key, `${vkeyOf(first)}\n`);
    const { status, stdout } = spawnSync(python, ['-B', VERIFIER, bundle, key], { encoding: 'utf8' });
    return { status, stdout };
  }

  it('finds true what is true, in both formats, whole and in part, with a change of key', async () => {
    const trail = smallTrail().changeKey().addMany(4);
    trail.seal();
    for (const content of [trail.content(), trail.content('csv'), trail.content('ndjson', 5, 15)]) {
      const { status, stdout } = await verify(await bundleOf(content), trail);
      expect(stdout).to.match(/^true: id\.example\/audit, \d+ events/);
      expect(status).to.equal(0);
    }
  });

  it('finds what was altered, and another key', async () => {
    const trail = smallTrail();
    const bytes = await bundleOf(trail.content('csv'));
    const altered = await rezipped(bytes, (name, file) =>
      name.startsWith('events') ? file.toString().replaceAll('a3', 'a4') : file,
    );
    expect(await verify(altered, trail)).to.include({ status: 1 });
    expect((await verify(bytes, { first: makeSigner() })).stdout).to.match(/^tampered: the key given/);
    expect(await verify(bytes.slice(0, 2_000), trail)).to.include({ status: 2 });
  });
});
