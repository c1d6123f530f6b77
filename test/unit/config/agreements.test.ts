import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { documentFolder } from '../../support/agreements.ts';
import { load, problemsOf, production } from './support.ts';

const problems = (change: Record<string, string>) => problemsOf({ ...production(), ...change });

describe('the settings of the notice and the terms', () => {
  it('are none at first', () => {
    expect(load(production()).agreements).to.deep.equal({});
  });

  it('take folders of texts, and what Kubernetes puts beside them', () => {
    const folder = documentFolder({ 'en.md': 'a', 'pt-BR.txt': '\uFEFFb', '..data': 'c', '.DS_Store': '' });
    const given = { TERMS_DIR: folder, TERMS_VERSION: '2026-11', SYSTEM_USE_NOTICE_DIR: folder };
    expect(problems({ ...given, SYSTEM_USE_NOTICE_VERSION: '1' })).to.deep.equal([]);
  });

  it('want a version with a folder, and a folder with a version', () => {
    const folder = documentFolder({ 'en.md': 'a' });
    expect(problems({ TERMS_DIR: folder, SYSTEM_USE_NOTICE_VERSION: '1' })).to.deep.equal([
      'SYSTEM_USE_NOTICE_DIR: is missing, so that SYSTEM_USE_NOTICE_VERSION would do nothing; expected the folder of the texts',
      'TERMS_VERSION: is missing; expected the version of the texts in TERMS_DIR',
    ]);
  });

  it('say everything at once that is wrong with every file', () => {
    const notice = documentFolder({
      'en.md': ' \n',
      'es.txt': new Uint8Array([0xff, 0xfe]),
      'fr.md': 'a\0b',
      'de.md': 'x'.repeat(131_073),
      'pt.md': 'a',
      'pt.txt': 'b',
      README: 'c',
      'not a language.md': 'd',
    });
    mkdirSync(join(notice, 'it.md'));
    const [first = '', second = '', ...others] = problems({
      SYSTEM_USE_NOTICE_DIR: notice,
      SYSTEM_USE_NOTICE_VERSION: '1',
      TERMS_DIR: join(notice, 'nowhere'),
      TERMS_VERSION: '1',
    });
    expect(others).to.deep.equal([]);
    for (const expected of [
      'en.md is empty',
      'es.txt is no UTF-8',
      'fr.md holds a NUL character',
      'de.md has 131073 bytes; expected 131072 at most',
      'it.md cannot be read (EISDIR)',
      'pt.txt is the second text in pt',
      'README is no text in a language',
      'not a language.md is no text in a language',
    ]) {
      expect(first).to.include(expected);
    }
    expect(first).to.match(/^SYSTEM_USE_NOTICE_DIR: /);
    expect(second).to.match(/^TERMS_DIR: .*nowhere cannot be read \(ENOENT\)/);
  });

  it('refuse an empty folder, and a version that no record could be found by', () => {
    expect(problems({ TERMS_DIR: documentFolder({}), TERMS_VERSION: 'a:b' })).to.have.length(2);
    expect(problems({ TERMS_DIR: documentFolder({}), TERMS_VERSION: '1' })[0]).to.include('is empty');
  });
});
