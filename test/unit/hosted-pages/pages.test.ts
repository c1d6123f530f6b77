import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createPages } from '../../../src/http/pages/pages.ts';
import { viewNames } from '../../../src/http/views.ts';
import { WORDS } from '../../../src/http/words.ts';
import {
  fakeContext,
  type PageServer,
  sampleBrand,
  samplePages,
  startPageServer,
  viewsPath,
} from '../../support/page-server.ts';
import { pageStates } from '../../support/page-states.ts';

/** Those of the mails are the mail room's. */
const templates = async () =>
  (await readdir(viewsPath, { recursive: true })).filter(
    (name) => name.endsWith('.ejs') && !name.startsWith('mail'),
  );

describe('templates', () => {
  it('escape every value: unescaped are only other templates', async () => {
    for (const name of await templates()) {
      const source = await readFile(join(viewsPath, name), 'utf8');
      for (const [tag] of source.matchAll(/<%-.*?%>/gs)) {
        expect(tag, name).to.match(/^<%- (partial\(|sentence\(|it\.body %>$)/);
      }
      if (name !== 'layout.ejs') expect(source, name).not.to.include('it.body');
    }
  });

  it('quote every attribute that holds a value', async () => {
    for (const name of await templates()) {
      expect(await readFile(join(viewsPath, name), 'utf8'), name).not.to.match(/=<%/);
    }
  });

  it('are all there and compile, or the start fails', async () => {
    const { assets } = await samplePages();
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-views-'));
    try {
      await cp(viewsPath, folder, { recursive: true });
      const create = () =>
        createPages({
          views: viewNames,
          words: WORDS,
          brand: sampleBrand,
          viewsPath: folder,
          assets,
        }).catch((error) => error);
      expect(await create()).to.have.property('render');
      await writeFile(join(folder, 'consent.ejs'), '<% if ( %>');
      expect(await create()).to.be.instanceOf(Error);
      await rm(join(folder, 'consent.ejs'));
      expect(await create())
        .to.have.property('message')
        .that.includes('consent');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('pages', () => {
  let server: PageServer;
  const fetchState = async (name: string, init: RequestInit = {}, search = '') => {
    const response = await fetch(`${server.origin}/${name}${search}`, init);
    return { response, html: await response.text() };
  };

  before(async () => {
    server = await startPageServer();
  });
  after(() => server.close());

  it('are never stored, and say what they are', async () => {
    const { response } = await fetchState('sign-in');
    expect(response.status).to.equal(200);
    expect(Object.fromEntries(response.headers)).to.include({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'content-language': 'en',
    });
  });

  it('follow ui_locales before Accept-Language', async () => {
    const headers = { 'accept-language': 'de, es-MX;q=0.9, en;q=0.8' };
    expect((await fetchState('sign-in', { headers })).html).to.include('<html lang="es">');
    expect((await fetchState('sign-in', { headers }, '?ui_locales=fr+en-GB')).html).to.include(
      '<html lang="en">',
    );
  });

  for (const { name, status, view, model } of pageStates) {
    it(`hold nothing that the content security policy forbids: ${name}`, async () => {
      const { html, response } = await fetchState(name);
      expect(response.status).to.equal(
        status ?? (view === 'error' ? (model as { status: number }).status : 200),
      );
      expect(html).not.to.match(/<style|\sstyle=|<script(?! type="module" src="\/assets\/)|<base|<iframe/i);
      // In a tag, and outside of the value of an attribute.
      expect(html).not.to.match(/<[a-z][^<>"]*("[^"]*"[^<>"]*)*\son\w+=/i);
      expect(html).not.to.match(/(href|src|action)="(javascript|data|vbscript):/i);
      expect(html).not.to.match(/src="(?!\/assets\/)/);
    });
  }

  it('show hostile names as text', async () => {
    for (const name of [
      'sign-in-hostile-client',
      'consent-hostile',
      'account-hostile',
      'error-hostile-restart',
    ]) {
      const { html } = await fetchState(name);
      expect(html, name).not.to.match(/<script>alert|<img src=x|<b>Bold|<u>N|<i>Title/);
      expect(html, name).not.to.include('\u202E');
    }
    expect((await fetchState('account-hostile')).html).to.include('value="&#34;&gt;&lt;script&gt;"');
  });

  it('name the state in the title', async () => {
    const titleOf = async (name: string) => /<title>(.*)<\/title>/.exec((await fetchState(name)).html)?.[1];
    expect(await titleOf('sign-in')).to.equal('Sign in – Riverside Practice Group');
    expect(await titleOf('sign-in-credentials-invalid')).to.equal(
      'Error: Sign in – Riverside Practice Group',
    );
    expect(await titleOf('setup-missing')).to.match(/^Error: Create the first administrator/);
    expect(await titleOf('error-not_found')).to.match(/^Error: Page not found/);
  });

  it('keep the identifier through an error, and never have a password to keep', async () => {
    const { html } = await fetchState('sign-in-credentials-invalid');
    expect(html).to.include('value="amara.okafor@riverside.example.org"');
    expect(html).to.match(/<input id="password"(?![^>]*value=)[^>]*>/);
  });

  it('give the words of a fault on our side to a code that they do not know', async () => {
    for (const code of ['error-internal', 'error-hostile-restart']) {
      expect((await fetchState(code)).html).to.include('The fault is on our side');
    }
  });

  for (const [status, words] of [
    [400, 'could not be read'],
    [403, 'Access was not given'],
    [404, 'Page not found'],
    [413, 'could not be read'],
    [429, 'Too many tries'],
    [500, 'Something went wrong'],
    [503, 'Not available at the moment'],
  ] as const) {
    it(`give a code without words those of its status ${status}`, async () => {
      const { pages } = await samplePages();
      const ctx = fakeContext();
      await pages.render(ctx, 'error', { code: 'constructor', status });
      expect(ctx.status).to.equal(status);
      expect(ctx.body).to.include(words);
    });
  }

  it('offer a fresh start only where the address is safe', async () => {
    expect((await fetchState('error-expired-restart')).html).to.include(
      'href="https://notes.example.org/sign-in"',
    );
    expect((await fetchState('error-hostile-restart')).html).not.to.include('Start again');
  });
});
