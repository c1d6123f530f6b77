import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';
import type { Middleware } from 'koa';
import { sha256 } from '../../kernel/crypto.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { SESSION_ROUTES } from '../../oidc/discovery.ts';
import { type Brand, brandIcon, brandStylesheet } from './brand.ts';

/**
 * Files that pages load: stylesheet, script, icon, logo. Served from memory under a name that carries the hash of the
 * content, so that browsers keep them for good. What is not one of them passes to the next middleware.
 */
export type Assets = Middleware & {
  /** The path of an asset, such as `/assets/app.0123456789ab.css`. Throws for a name that does not exist. */
  url(name: string): string;
};

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
interface Named {
  readonly name: string;
  /** How long caches may keep it, in seconds: this address stays when the content changes. */
  readonly seconds: number;
  /** Also for pages of other origins, which load it as a module. */
  readonly shared?: true;
}

/** Assets that have an address of their own beside the one with the hash. */
const NAMED: ReadonlyMap<string, Named> = new Map<string, Named>([
  // Asked for by browsers for whatever is no page of ours: a JSON document, a self-submitting form of the protocol.
  ['/favicon.ico', { name: 'icon.svg', seconds: 86_400 }],
  [SESSION_ROUTES.monitor, { name: 'session-monitor.js', seconds: 3_600, shared: true }],
]);
/** SimpleWebAuthn's part for browsers, as its package brings it for pages that bundle nothing. */
const WEBAUTHN = 'dist/bundle/index.umd.min.js';
const LOGO_LIMIT_BYTES = 512 * 1024;
const PNG_SIGNATURE = '89504e470d0a1a0a';

interface Asset {
  readonly type: string;
  readonly hash: string;
  readonly bodies: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer };
}
type Encoding = 'br' | 'gzip' | 'identity';
/** Smallest first, whatever the order of `Accept-Encoding`. */
const PREFERRED: readonly Encoding[] = ['br', 'gzip'];

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);

/**
 * Reads every file of `assetsPath`, puts the brand's colours in front of `app.css`, and adds `icon.svg`, `webauthn.js` and
 * the logo. Throws `brand_logo_invalid` for a logo that cannot be read or is no image.
 */
export async function createAssets(options: { brand: Brand; assetsPath: string }): Promise<Assets> {
  const urls = new Map<string, string>();
  const assets = new Map<string, Asset>();
  const found = [...(await contents(options.brand, options.assetsPath))];
  const prepared = await Promise.all(
    found.map(async ([name, content]) => [name, await prepare(name, content)] as const),
  );
  for (const [name, asset] of prepared) {
    const extension = extname(name);
    const url = `/assets/${name.slice(0, -extension.length)}.${asset.hash}${extension}`;
    urls.set(name, url);
    assets.set(url, asset);
  }

  const serve: Middleware = async (ctx, next) => {
    const named = NAMED.get(ctx.path);
    const asset = assets.get(named === undefined ? ctx.path : (urls.get(named.name) ?? ''));
    if (asset === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    const encoding = PREFERRED.find((each) => asset.bodies[each] && ctx.acceptsEncodings(each)) ?? 'identity';
    ctx.status = 200;
    ctx.vary('Accept-Encoding');
    ctx.set(
      'Cache-Control',
      named ? `public, max-age=${named.seconds}` : 'public, max-age=31536000, immutable',
    );
    if (named?.shared) {
      ctx.set('Access-Control-Allow-Origin', '*');
      ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    }
    ctx.etag = `${asset.hash}-${encoding}`;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    if (encoding !== 'identity') ctx.set('Content-Encoding', encoding);
    ctx.body = asset.bodies[encoding] ?? asset.bodies.identity;
    ctx.set('Content-Type', asset.type);
  };

  return Object.assign(serve, {
    url(name: string): string {
      const url = urls.get(name);
      if (url === undefined) throw new Error(`no asset is named "${name}"`);
      return url;
    },
  });
}

/** The name that the logo is served under. */
export const logoName = (logoFile: string): string => `logo${extname(logoFile).toLowerCase()}`;

async function contents(brand: Brand, folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).filter((name) => extname(name) in TYPES).sort();
  const found = new Map<string, Buffer>();
  for (const name of names) {
    const content = await readFile(join(folder, name));
    found.set(
      name,
      name === 'app.css' ? Buffer.concat([Buffer.from(brandStylesheet(brand)), content]) : content,
    );
  }
  found.set('webauthn.js', await readFile(join(webauthnPackage(), WEBAUTHN)));
  found.set('icon.svg', Buffer.from(brandIcon(brand)));
  if (brand.logoFile !== undefined) found.set(logoName(brand.logoFile), await readLogo(brand.logoFile));
  return found;
}

/** The folder of the package, whose `exports` name only what bundlers want: two levels above its entry. */
const webauthnPackage = (): string =>
  dirname(dirname(createRequire(import.meta.url).resolve('@simplewebauthn/browser')));

async function readLogo(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > LOGO_LIMIT_BYTES) throw new Error(`${size} bytes; at most ${LOGO_LIMIT_BYTES}`);
    const content = await readFile(file);
    const isImage =
      extname(file).toLowerCase() === '.png'
        ? content.toString('hex', 0, 8) === PNG_SIGNATURE
        : /<svg[\s>]/.test(content.toString('utf8', 0, 4096));
    if (!isImage) throw new Error('not an SVG or PNG image');
    return content;
  } catch (cause) {
    throw new GatehouseError('brand_logo_invalid', {
      message: 'The logo cannot be used.',
      detail: `BRAND_LOGO_FILE ${file}: ${(cause as Error).message}`,
      cause,
    });
  }
}

/** By type and content, of which they are made: several apps in one process, as tests have them, compress once. */
const known = new Map<string, Promise<Asset>>();

function prepare(name: string, content: Buffer): Promise<Asset> {
  const type = TYPES[extname(name)] as string;
  const digest = sha256(content).toString('hex');
  const key = `${type} ${digest}`;
  const asset = known.get(key) ?? compress(type, digest.slice(0, 12), content);
  known.set(key, asset);
  return asset;
}

async function compress(type: string, hash: string, content: Buffer): Promise<Asset> {
  if (type === 'image/png') return { type, hash, bodies: { identity: content } };
  const [gzipped, brotli] = await Promise.all([
    compressGzip(content, { level: 9 }),
    compressBrotli(content, { params: { [zlib.BROTLI_PARAM_MODE]: zlib.BROTLI_MODE_TEXT } }),
  ]);
  return { type, hash, bodies: { br: brotli, gzip: gzipped, identity: content } };
}
