import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificates.ts';
import { eventually, projectRoot, type Started, startProgram } from './processes.ts';
import { installFromDebian, onPath } from './programs.ts';
import { freePort } from './server.ts';

/** nginx and HAProxy as Debian has them, with the configuration that `examples/proxies` has, in front of two nodes. */

export type ProxyName = 'nginx' | 'haproxy';

export interface RunningProxy {
  readonly httpsPort: number;
  readonly httpPort: number;
  /** What it has printed and logged. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** The host that the examples are written for. */
export const EXAMPLE_HOST = 'id.example.org';

const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';

/** The program, installed where we may; undefined where it is missing, which CI does not accept. */
export async function findProxy(name: ProxyName): Promise<string | undefined> {
  const find = async () => (await onPath([name])) ?? (await onPath([`../sbin/${name}`]));
  const known = await find();
  if (known !== undefined) return known;
  const reason = await installFromDebian([name]);
  const installed = await find();
  if (installed === undefined && inCi) throw new Error(`${name} is missing${reason}`);
  return installed;
}

/** Starts the example in front of the nodes at these ports of 127.0.0.1, and waits until they answer the metadata like this. */
export async function startProxy(
  program: string,
  name: ProxyName,
  nodes: readonly [number, number],
  answers = 200,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `gatehouse-${name}-`));
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const { pem, privateKey } = makeCertificate({ name: EXAMPLE_HOST });
  const key = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
  await writeFile(join(folder, 'fullchain.pem'), pem);
  await writeFile(join(folder, 'key.pem'), key);
  await writeFile(join(folder, 'combined.pem'), `${pem}\n${key}`);
  const example = await readFile(
    join(projectRoot, 'examples/proxies', name === 'nginx' ? 'nginx.conf' : 'haproxy.cfg'),
    'utf8',
  );
  const changes: [string, string][] = [
    ['/etc/ssl/id.example.org/', `${folder}/`],
    ['10.0.0.11:3000', `127.0.0.1:${nodes[0]}`],
    ['10.0.0.12:3000', `127.0.0.1:${nodes[1]}`],
    ...(name === 'nginx' ? nginxPlaces(folder, httpPort, httpsPort) : haproxyPlaces(httpPort, httpsPort)),
  ];
  const file = join(folder, 'proxy.conf');
  await writeFile(file, changes.reduce(replaced, example));
  const args = name === 'nginx' ? ['-c', file, '-p', folder, '-g', 'daemon off;'] : ['-db', '-f', file];
  const started = startProgram(program, args);
  const log = async () =>
    started.output() + (await readFile(join(folder, 'error.log'), 'utf8').catch(() => ''));
  const stop = async () => {
    started.child.kill('SIGTERM');
    await started.exit;
    await rm(folder, { recursive: true, force: true });
  };
  await answering(started, httpsPort, answers, log).catch(async (error) => {
    await stop();
    throw error;
  });
  return { httpsPort, httpPort, log, stop };
}

/** What is replaced has to be there: an example that has changed must not pass unseen. */
function replaced(text: string, [from, to]: [string, string]): string {
  if (!text.includes(from)) throw new Error(`the example has no "${from}"`);
  return text.replaceAll(from, to);
}

function nginxPlaces(folder: string, http: number, https: number): [string, string][] {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return [
    ['/run/nginx.pid', `${folder}/nginx.pid`],
    ['/var/log/nginx/error.log', `${folder}/error.log`],
    ['/var/log/nginx/access.log', `${folder}/access.log`],
    ['worker_processes auto;', 'worker_processes 2;'],
    ['http {', `http {\n${temporary.map((each) => `  ${each}_temp_path ${folder}/${each};`).join('\n')}`],
    ['    listen 80;\n    listen [::]:80;\n', `    listen 127.0.0.1:${http};\n`],
    ['    listen 443 ssl;\n    listen [::]:443 ssl;\n', `    listen 127.0.0.1:${https} ssl;\n`],
  ];
}

const haproxyPlaces = (http: number, https: number): [string, string][] => [
  ['bind :80\n', `bind 127.0.0.1:${http}\n`],
  ['bind :443 ', `bind 127.0.0.1:${https} `],
];

async function answering(
  started: Started,
  port: number,
  answers: number,
  log: () => Promise<string>,
): Promise<void> {
  const agent = new Agent({ rejectUnauthorized: false });
  await eventually('the proxy answers', async () => {
    if (started.child.exitCode !== null) throw new Error(`it has ended: ${await log()}`);
    // HAProxy begins without knowing whether its nodes are up.
    return askThrough(port, '/.well-known/openid-configuration', { agent }).then(
      ({ status }) => status === answers,
      () => false,
    );
  }).catch(async (error: Error) => {
    throw new Error(`${error.message}: ${await log()}`);
  });
  agent.destroy();
}

export interface ProxyAnswer {
  readonly status: number;
  /** With names in lower case; those that came twice have all of their values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly text: string;
}

export interface ProxyRequest {
  readonly agent: Agent;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly form?: Record<string, string> | string;
  /** The address of this machine that the request comes from: the client's, as the proxy sees it. */
  readonly from?: string;
}

/** One request over TLS to the proxy, for the host of the examples. */
export function askThrough(
  port: number,
  path: string,
  { agent, method, headers = {}, form, from }: ProxyRequest,
): Promise<ProxyAnswer> {
  const body = typeof form === 'string' || form === undefined ? form : String(new URLSearchParams(form));
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        agent,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        servername: EXAMPLE_HOST,
        ...(from === undefined ? {} : { localAddress: from }),
        headers: {
          host: EXAMPLE_HOST,
          accept: 'text/html',
          ...(body === undefined
            ? {}
            : {
                'content-type': 'application/x-www-form-urlencoded',
                'content-length': String(Buffer.byteLength(body)),
              }),
          ...headers,
        },
      },
      (answer) => collect(answer).then(resolve, reject),
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

async function collect(answer: IncomingMessage): Promise<ProxyAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const headers = new Map<string, string[]>();
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    const name = String(answer.rawHeaders[at]).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), String(answer.rawHeaders[at + 1])]);
  }
  return { status: answer.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString() };
}
