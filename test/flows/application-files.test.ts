import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { useCommandsBesideServer } from '../support/commands-beside-a-server.ts';

const FOLDER = join(import.meta.dirname, '../../docs/applications');
const CLIENTS = join(FOLDER, 'clients');
const TEXT = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const files = readdirSync(CLIENTS);

/** What docs/applications tells people to register is registered, as it is written. */
describe('the client files of applications', () => {
  const { run } = useCommandsBesideServer();

  for (const file of files) {
    it(`${file} registers, as it is written and without a warning that it could do without`, async () => {
      const { printed, warned, error } = await run('clients', 'create', join(CLIENTS, file));
      expect(error).to.equal(undefined);
      // Where a program of people's own machines redirects to localhost and to nothing else, there is no better address.
      expect(warned.filter((text) => !text.includes('"localhost" is resolved otherwise'))).to.deep.equal([]);
      const written: Record<string, unknown> = JSON.parse(readFileSync(join(CLIENTS, file), 'utf8'));
      expect(JSON.parse(printed.join('\n'))).to.deep.include(written);
    });
  }

  it('each stand in the table, and nothing else does', () => {
    const linked = [...TEXT.matchAll(/\]\(clients\/([\w-]+\.json)\)/g)].map(([, name]) => name);
    expect([...new Set(linked)].sort()).to.deep.equal(files.sort());
  });

  it('have a section for each row of the table', () => {
    const anchors = [...TEXT.matchAll(/^\| \[[^\]]+\]\(#([\w-]+)\)/gm)].map(([, anchor]) => anchor);
    const headings = [...TEXT.matchAll(/^### (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(anchors).to.deep.equal(headings);
  });
});
