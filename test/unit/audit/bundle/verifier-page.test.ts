import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { buildVerifier, VERIFIER_PAGE } from '../../../../verifier/build.ts';

describe('the page on which auditors verify bundles', () => {
  it('is the one that its source builds: npm run verifier', async () => {
    expect((await readFile(VERIFIER_PAGE, 'utf8')) === (await buildVerifier())).to.equal(true);
  });

  it('may reach nothing: no network, nothing but its own script and style', async () => {
    const page = await readFile(VERIFIER_PAGE, 'utf8');
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
    expect(policy).to.match(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/,
    );
    expect(page).to.not.match(/<(?:link|img|iframe|object|embed)\b/);
  });
});
