import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { registerAuditVerifier, registerAuditVerify } from '../../../src/commands/audit-verify.ts';
import { refuseRepeatedOptions } from '../../../src/commands/repeated-options.ts';
import { writeNewFile } from '../../../src/domain/audit/bundle/file.ts';
import { vkeyOf } from '../../../src/domain/audit/tree/note.ts';
import { isCode } from '../../../src/kernel/errors.ts';
import { bundleOf, makeSigner, smallTrail, withLines } from '../../support/audit-trail.ts';

describe('gatehouse audit verify', () => {
  const trail = smallTrail();
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-verify-'));
    const bytes = await bundleOf(trail.content());
    await writeFile(at('good.zip'), bytes);
    const removed = await withLines(bytes, (lines) => lines.filter(({ index }) => index !== 4));
    await writeFile(at('bad.zip'), removed);
    await writeFile(at('key'), `${vkeyOf(trail.first)}\n`);
    await writeFile(at('other-key'), vkeyOf(makeSigner()));
    // As a crash leaves a file of anchors: something half written at its end.
    await writeFile(at('anchors'), `${trail.notes.join('---\n')}---\nid.example/audit\n99`);
    await writeFile(at('empty'), '');
  });
  after(() => rm(folder, { recursive: true }));

  async function gatehouse(...words: string[]) {
    const lines: string[] = [];
    let code = 0;
    const print = (text: string) => void lines.push(text);
    const fail = (exitCode: number) => {
      code = exitCode;
    };
    const terminal = { print, warn: print, fail };
    const audit = new Command('audit').exitOverride();
    registerAuditVerify(audit, terminal);
    registerAuditVerifier(audit, terminal);
    refuseRepeatedOptions(audit);
    await audit.parseAsync(words, { from: 'user' });
    return { code, text: lines.join('\n') };
  }
  const verify = (file: string, ...more: string[]) =>
    gatehouse('verify', at(file), '--key', at('key'), ...more);

  it('ends with 0 where everything is what was sealed, and says up to where', async () => {
    await writeFile(at('first-anchor'), trail.notes[0] as string);
    const anchors = ['--anchor', at('first-anchor'), '--anchor', at('anchors')];
    const { code, text } = await verify('good.zip', ...anchors);
    expect(code).to.equal(0);
    expect(text)
      .to.match(/^Intact/)
      .and.include('Anchored: 13 events, signed 2027-01-01T00:00:13.000Z');
  });

  it('ends with 1 where it is not, and names the event and what was done', async () => {
    const { code, text } = await verify('bad.zip');
    expect(code).to.equal(1);
    expect(text)
      .to.match(/^Tampered/)
      .and.include('Event 4: removed');
    const other = await gatehouse('verify', at('good.zip'), '--key', at('other-key'));
    expect(other.code).to.equal(1);
    expect(other.text).to.include('Signed by another key');
  });

  it('ends with 2 where something cannot be read', async () => {
    const unreadable = [
      await verify('key'),
      await verify('no-such-file'),
      await verify('empty'),
      await verify('.'),
      await verify('good.zip', '--anchor', at('empty')),
      await gatehouse('verify', at('good.zip'), '--key', at('good.zip')),
    ];
    for (const { code, text } of unreadable) {
      expect(code, text).to.equal(2);
      expect(text).to.match(/^Unreadable/);
    }
  });

  it('tells programs the same as JSON', async () => {
    const { code, text } = await verify('bad.zip', '--json');
    expect(code).to.equal(1);
    expect(JSON.parse(text)).to.deep.include({ tampered: true, first: 0, last: 12 });
  });

  it('gives the page that does the same in a browser', async () => {
    await gatehouse('verifier', '--output', at('verifier.html'));
    expect(await readFile(at('verifier.html'), 'utf8')).to.match(/^<!doctype html>/);
  });
});

describe('a file that is exported', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-file-'));
  });
  after(() => rm(folder, { recursive: true }));

  const text = (words: string) => async (sink: WritableStream<Uint8Array>) => {
    const writer = sink.getWriter();
    await writer.write(Buffer.from(words));
    await writer.close();
  };
  const code = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) =>
        isCode(error, 'file_exists')
          ? 'file_exists'
          : isCode(error, 'file_unwritable')
            ? 'file_unwritable'
            : 'other',
    );

  it('is for its owner alone, and replaces nothing unless it is told to', async () => {
    const path = join(folder, 'trail.zip');
    await writeNewFile(path, false, text('one'));
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(await code(writeNewFile(path, false, text('two')))).to.equal('file_exists');
    expect(await readFile(path, 'utf8')).to.equal('one');
    await writeNewFile(path, true, text('three'));
    expect(await readFile(path, 'utf8')).to.equal('three');
    expect(await code(writeNewFile(folder, true, text('four')))).to.equal('file_unwritable');
    expect(await code(writeNewFile(join(folder, 'no/such/folder'), false, text('five')))).to.equal(
      'file_unwritable',
    );
  });

  it('does not replace one that was made while it was written, and is whole or not there', async () => {
    const path = join(folder, 'raced.zip');
    const raced = writeNewFile(path, false, async (sink) => {
      await writeFile(path, 'theirs');
      await text('ours')(sink);
    });
    expect(await code(raced)).to.equal('file_exists');
    expect(await readFile(path, 'utf8')).to.equal('theirs');
    const broken = writeNewFile(join(folder, 'broken.zip'), false, async (sink) => {
      await sink.getWriter().write(Buffer.from('half'));
      throw new Error('the database has gone');
    });
    expect(await code(broken)).to.equal('other');
    expect(await readdir(folder)).to.have.members(['trail.zip', 'raced.zip']);
  });
});
