import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { importsOf, LAYERS, layerOf, readProject } from '../support/check-imports.ts';

const ROOT = join(import.meta.dirname, '../..');
const TEXT = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
const { files } = readProject(ROOT);

/** What stands under a heading, up to the next one. */
function section(title: string): string {
  const [, after] = TEXT.split(`\n## ${title}\n`);
  if (after === undefined) throw new Error(`docs/architecture.md has no section "${title}"`);
  return after.split('\n## ')[0] ?? '';
}

/** The rows of the tables of a text, without their heads. */
const rowsOf = (text: string): string[] =>
  text.split('\n').filter((line, index, lines) => {
    const isHead = lines[index + 1]?.startsWith('|---') === true;
    return line.startsWith('|') && !line.startsWith('|---') && !isHead;
  });

const named = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);

/** Names of files and folders of this checkout; one without a folder may be anywhere in `src`. */
const pathsIn = (text: string): string[] =>
  named(text).filter((name) =>
    /^((src|test|docs|migrations|views|config|bench)\/[\w./-]*\w|[\w.-]+\.(ts|md|sql|ejs))$/.test(name),
  );

describe('docs/architecture.md', () => {
  it('names files that exist', () => {
    const basenames = new Set([...files.keys()].map((file) => basename(file)));
    const paths = pathsIn(TEXT);
    expect(paths).to.have.length.above(100);
    const gone = paths.filter((path) =>
      path.includes('/') ? !existsSync(join(ROOT, path)) : !basenames.has(path),
    );
    expect(gone).to.deep.equal([]);
  });

  it('links to files that exist', () => {
    const links = [...TEXT.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(links).to.have.length.above(10);
    expect(links.filter((target) => !existsSync(join(ROOT, 'docs', target)))).to.deep.equal([]);
  });

  it('says of each folder of src what it owns', () => {
    const table = rowsOf(section('Folders')).flatMap((row) => named(row.split('|')[1] ?? ''));
    const described = new Set(table.map((name) => name.split('/')[0]));
    const folders = new Set([...files.keys()].flatMap((file) => file.split('/').slice(1, -1).slice(0, 1)));
    expect(folders).to.have.length.above(10);
    expect([...folders].filter((folder) => !described.has(folder))).to.deep.equal([]);
  });

  it('draws the layers as the check of imports has them', () => {
    const [, drawn = ''] = section('Folders').split('```text\n');
    const lines = (drawn.split('```')[0] ?? '').trim().split('\n');
    const areas = lines.map((line) => line.replace(/\(.*/, '').trim().split(', ').sort());
    expect(areas.reverse()).to.deep.equal(LAYERS.map((layer) => [...layer].sort()));
  });

  it('answers "where is …?" for thirty rules and more, each with a file', () => {
    const rows = rowsOf(section('Where is …?'));
    expect(rows).to.have.length.at.least(30);
    const without = rows.filter((row) => pathsIn(row.split('|')[2] ?? '').length !== 1);
    expect(without).to.deep.equal([]);
  });

  it('explains thirty words and more, in order', () => {
    const words = rowsOf(section('Words')).map((row) => row.split('|')[1]?.trim() ?? '');
    expect(words).to.have.length.at.least(30);
    expect(words).to.deep.equal([...words].sort((one, other) => one.localeCompare(other, 'en')));
  });

  describe('walks through a sign-in', () => {
    const steps = section('A sign-in, file by file').matchAll(/^\d+\. `([^`]+)`/gm);
    const walk = [...steps].map(([, file = '']) => file);

    it('in at most twenty files, each once', () => {
      expect(walk).to.have.length.within(10, 20);
      expect(new Set(pathsIn(section('A sign-in, file by file')))).to.deep.equal(new Set(walk));
      expect(new Set(walk)).to.have.length(walk.length);
    });

    it('and never goes back up: each is imported by an earlier one, and in no layer above it', () => {
      const reached = new Set(walk.slice(0, 1));
      for (const [index, file] of walk.entries()) {
        if (index > 0) {
          const before = walk[index - 1] ?? '';
          expect(reached, `${file} is imported by none of those before it`).to.include(file);
          expect(layerOf(file), `${file} is above ${before}`).to.be.at.most(layerOf(before));
        }
        for (const { target } of importsOf(file, files.get(file) ?? '')) reached.add(target ?? '');
      }
    });
  });
});
