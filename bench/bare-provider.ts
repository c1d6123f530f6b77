/**
 * What everything is compared with: oidc-provider by itself, as its own documentation sets it up, with its memory
 * adapter and no password. Same clients, same algorithms, same tokens as Gatehouse issues.
 */
import { createServer } from 'node:http';
import argon2 from 'argon2';
import { exportJWK, generateKeyPair } from 'jose';
import { type ClientMetadata, type Configuration, type JWK, Provider } from 'oidc-provider';
import { APP, PASSWORD, RESOURCE, SERVICE } from './clients.ts';
import { ourHasher } from './hashers.ts';

export type BarePasswords = 'none' | 'argon2' | 'ours';

const port = Number(process.env.PORT);
const ARGON2 = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

async function makeKey(alg: string) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig' };
}

const keys = await Promise.all(['RS256', 'ES256', 'EdDSA'].map(makeKey));
const verify = await verifierOf(process.env.BARE_PASSWORDS as BarePasswords);

/** How a password is checked: not at all, as whoever adds it without further thought does, or by Gatehouse's hasher. */
async function verifierOf(kind: BarePasswords): Promise<(password: string) => Promise<unknown>> {
  if (kind === 'argon2') {
    const stored = await argon2.hash(PASSWORD, ARGON2);
    return (password) => argon2.verify(stored, password);
  }
  if (kind === 'ours') {
    const hasher = await ourHasher();
    const stored = await hasher.hash(PASSWORD);
    return (password) => hasher.verify(stored, password);
  }
  return async () => true;
}

const configuration: Configuration = {
  clients: [SERVICE, APP] as ClientMetadata[],
  cookies: { keys: ['a key for the cookies of the bare provider'] },
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: async () => ({
        scope: 'read',
        audience: RESOURCE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  findAccount: async (_ctx, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: 'Pat Person', email: id }),
  }),
  interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  jwks: { keys: keys as JWK[] },
  async loadExistingGrant(ctx) {
    const { client, session } = ctx.oidc;
    const grant = new provider.Grant({
      accountId: session?.accountId ?? '',
      clientId: client?.clientId ?? '',
    });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
  responseTypes: ['code', 'none'],
  rotateRefreshToken: true,
  routes: {
    authorization: '/authorize',
    introspection: '/token/introspect',
    userinfo: '/userinfo',
    jwks: '/jwks',
  },
};

const provider = new Provider(`http://127.0.0.1:${port}`, configuration);

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/sign-in/')) return next();
  if (ctx.method === 'GET') {
    await provider.interactionDetails(ctx.req, ctx.res);
    ctx.body = '<!doctype html><form method="post"><input name="identifier"><input name="password"></form>';
    return;
  }
  const form = new URLSearchParams(await text(ctx.req));
  await verify(form.get('password') ?? '');
  const login = { accountId: form.get('identifier') ?? '' };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login }));
  ctx.status = 303;
});

async function text(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

createServer(provider.callback()).listen(port, '127.0.0.1');
