import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import Koa from 'koa';
import { type Assets, createAssets, logoName } from '../../../src/http/pages/assets.ts';
import { sampleBrand, viewsPath } from '../../support/page-server.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const assetsPath = `${viewsPath}/assets`;
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

describe('assets', () => {
  let assets: Assets;
  let server: Server;
  let folder: string;

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      get({ port, host: '127.0.0.1', path, headers, method }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode as number, headers: response.headers, body });
      }).once('error', reject);
    });

  const withLogo = async (name: string, content: string | Buffer) => {
    const logoFile = join(folder, name);
    await writeFile(logoFile, content);
    return createAssets({ brand: { ...sampleBrand, logoFile }, assetsPath });
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-assets-'));
    assets = await createAssets({ brand: sampleBrand, assetsPath });
    const app = new Koa();
    app.use(assets);
    app.use((ctx) => {
      ctx.body = 'passed on';
    });
    server = app.listen(0, '127.0.0.1');
  });

  after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  for (const [name, type] of [
    ['app.css', 'text/css; charset=utf-8'],
    ['app.js', 'text/javascript; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ] as const) {
    it(`serves ${name} for good, under the hash of its content`, async () => {
      expect(assets.url(name)).to.match(/^\/assets\/\w+\.[0-9a-f]{12}\.\w+$/);
      const { status, headers } = await ask(assets.url(name));
      expect(status).to.equal(200);
      expect(headers).to.include({
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
      });
    });
  }

  it('serves the script that watches a session to pages of every origin, for an hour, and then when it is another', async () => {
    const { status, headers, body } = await ask('/session-monitor.js');
    expect(status).to.equal(200);
    expect(headers).to.include({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(body).to.deep.equal((await ask(assets.url('session-monitor.js'))).body);
    const again = await ask('/session-monitor.js', { 'If-None-Match': String(headers.etag) });
    expect(again.status).to.equal(304);
    const others = await ask(assets.url('app.js'));
    expect(others.headers).to.not.have.any.keys(
      'access-control-allow-origin',
      'cross-origin-resource-policy',
    );
  });

  it('serves the icon where browsers look for one unasked, for a day', async () => {
    const { status, headers } = await ask('/favicon.ico');
    expect(status).to.equal(200);
    expect(headers).to.include({ 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' });
  });

  it('sends what the browser can unpack', async () => {
    const url = assets.url('app.css');
    const plain = await ask(url);
    const gzip = await ask(url, { 'accept-encoding': 'gzip' });
    const brotli = await ask(url, { 'accept-encoding': 'gzip, deflate, br' });
    expect(plain.headers).not.to.have.property('content-encoding');
    expect([gzip, brotli].map(({ headers }) => headers['content-encoding'])).to.deep.equal(['gzip', 'br']);
    expect(gunzipSync(gzip.body)).to.deep.equal(plain.body);
    expect(brotliDecompressSync(brotli.body)).to.deep.equal(plain.body);
    expect(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag))).to.have.property('size', 3);
    expect(Number(brotli.headers['content-length'])).to.equal(brotli.body.length);
  });

  it('answers 304 to a browser that has it', async () => {
    const { headers } = await ask(assets.url('app.js'));
    const again = await ask(assets.url('app.js'), { 'if-none-match': headers.etag as string });
    expect(again.status).to.equal(304);
    expect(again.body).to.have.length(0);
  });

  it('answers HEAD without a body', async () => {
    const { status, body, headers } = await ask(assets.url('app.css'), {}, 'HEAD');
    expect([status, body.length]).to.deep.equal([200, 0]);
    expect(Number(headers['content-length'])).to.be.greaterThan(1_000);
  });

  for (const path of [
    '/',
    '/assets/',
    '/assets/app.css',
    '/assets/app.000000000000.css',
    '/assets/../package.json',
    '/assets/%2e%2e/package.json',
  ]) {
    it(`passes ${path} on`, async () => expect((await ask(path)).body.toString()).to.equal('passed on'));
  }

  it('passes a POST on', async () => {
    expect((await ask(assets.url('app.css'), {}, 'POST')).body.toString()).to.equal('passed on');
  });

  it('puts the colours of the brand into the stylesheet, and its name changes with them', async () => {
    const other = await createAssets({ brand: { ...sampleBrand, accentColour: '#663399' }, assetsPath });
    expect(other.url('app.css')).not.to.equal(assets.url('app.css'));
    expect((await ask(assets.url('app.css'))).body.toString()).to.include('--accent: #0b5cad');
  });

  it('knows no other name', () => expect(() => assets.url('other.css')).to.throw('no asset'));

  it('serves a logo', async () => {
    expect((await withLogo('Logo.SVG', SVG)).url(logoName('Logo.SVG'))).to.match(
      /^\/assets\/logo\.\w+\.svg$/,
    );
    expect((await withLogo('logo.png', PNG)).url('logo.png')).to.match(/^\/assets\/logo\.\w+\.png$/);
  });

  for (const [what, name, content] of [
    ['text', 'text.svg', 'hello'],
    ['an SVG that calls itself PNG', 'wrong.png', SVG],
    ['a picture that weighs too much', 'large.png', Buffer.concat([PNG, Buffer.alloc(600_000)])],
  ] as const) {
    it(`refuses ${what} for a logo, and names the file`, async () => {
      const error = await withLogo(name, content).catch((reason) => reason);
      expect(error).to.have.property('code', 'brand_logo_invalid');
      expect(error.message).to.include(name);
    });
  }

  it('refuses a logo that is not there', async () => {
    const brand = { ...sampleBrand, logoFile: join(folder, 'missing.png') };
    const error = await createAssets({ brand, assetsPath }).catch((reason) => reason);
    expect(error).to.have.property('code', 'brand_logo_invalid');
  });
});
