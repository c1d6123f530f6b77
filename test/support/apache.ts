import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server.ts';

/** Apache with mod_auth_openidc: a relying party that shares no code with us, as many organisations run it. */
export interface Apache {
  readonly origin: string;
  stop(): Promise<void>;
}

const PROGRAM = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';
const MODULE = join(MODULES, 'mod_auth_openidc.so');

/** Debian's packages, brought by `apt-get` where we may. Says what is missing where not; CI has to have it. */
export function findApache(): string | undefined {
  if (!existsSync(MODULE) && process.getuid?.() === 0) {
    const apt = (...args: string[]) => execFileSync('apt-get', ['-qq', ...args], { stdio: 'ignore' });
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'apache2', 'libapache2-mod-auth-openidc');
  }
  return existsSync(MODULE) && existsSync(PROGRAM) ? PROGRAM : undefined;
}

const load = (name: string) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`;

/** Starts it in front of one page, `/app/`, with the client that `register` makes for its callback. */
export async function startApache(
  program: string,
  issuer: string,
  register: (callback: string, origin: string) => Promise<Record<string, string>>,
): Promise<Apache> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-apache-'));
  const { client_id: id, client_secret: secret } = await register(`${origin}/app/callback`, origin);
  await mkdir(join(folder, 'www/app'), { recursive: true });
  await writeFile(join(folder, 'www/app/index.html'), 'behind the door');
  const file = join(folder, 'httpd.conf');
  await writeFile(
    file,
    `ServerRoot ${folder}
PidFile ${folder}/httpd.pid
Listen ${port}
ServerName localhost
${['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'headers', 'auth_openidc'].map(load).join('\n')}
User www-data
Group www-data
ErrorLog ${folder}/error.log
DocumentRoot ${folder}/www
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${id}
OIDCClientSecret ${secret}
OIDCRedirectURI ${origin}/app/callback
OIDCCryptoPassphrase a-passphrase-for-tests
OIDCScope "openid profile email roles"
OIDCPKCEMethod S256
<Location /app>
  AuthType openid-connect
  Require valid-user
  Header set X-Seen-Name "%{OIDC_CLAIM_name}e"
  Header set X-Seen-Sub "%{OIDC_CLAIM_sub}e"
  Header set X-Seen-Roles "%{OIDC_CLAIM_roles}e"
</Location>
`,
  );
  await chmod(folder, 0o755);
  const child = spawn(program, ['-D', 'FOREGROUND', '-f', file], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await answering(origin, () => readFile(join(folder, 'error.log'), 'utf8'));
  return {
    origin,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answering(origin: string, log: () => Promise<string>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answered = await fetch(origin).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Apache does not answer: ${await log().catch(() => 'no log')}`);
}
