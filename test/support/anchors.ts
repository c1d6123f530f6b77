import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NODE_CRYPTOGRAPHY } from '../../src/domain/audit/node-cryptography.ts';
import { signCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { type NoteSigner, verifierKey } from '../../src/domain/audit/tree/note.ts';

/** Stand-ins of the places that keep checkpoints, and checkpoints to keep. */

export const ORIGIN = 'id.example.org/audit';

/** A key for checkpoints that follows from a number. */
export function signerOf(seed: number, name = ORIGIN): NoteSigner {
  const pkcs8 = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.alloc(32, seed),
  ]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    ...verifierKey(NODE_CRYPTOGRAPHY.sha256, name, publicKey),
    sign: (message) => sign(null, message, key),
  };
}

export const rootOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

export const noteOf = (
  size: number,
  fill = size,
  time = new Date(size * 1000),
  signer = signerOf(1),
): string => signCheckpoint(signer, { size, root: rootOf(fill) }, time);

export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Stub {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** Answers in the place of what it does; undefined: as it does. */
  answer: ((request: SeenRequest, response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

/** A server on this machine. */
export async function startStub(
  usual: (request: SeenRequest, response: ServerResponse) => void,
): Promise<Stub> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? '/', 'http://stub');
    const seen = { method: request.method ?? '', url, headers: request.headers, body };
    requests.push(seen);
    (stub.answer ?? usual)(seen, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: Stub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stub;
}

export interface HttpsStub extends Stub {
  /** Every checkpoint that was sent, the newest last. */
  readonly kept: string[];
}

/** Keeps what is posted, and answers the newest. */
export async function startHttpsStub(): Promise<HttpsStub> {
  const kept: string[] = [];
  const stub = await startStub((request, response) => {
    if (request.method === 'POST') kept.push(request.body);
    const newest = kept.at(-1);
    if (request.method === 'GET' && newest !== undefined) response.end(newest);
    else response.writeHead(request.method === 'GET' ? 404 : 201).end();
  });
  return Object.assign(stub, { kept });
}

export interface BucketStub extends Stub {
  readonly objects: Map<string, { readonly body: string; readonly at: Date }>;
}

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[a-z0-9-]+\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$/;

/** As much of S3 as anchors use, by path (`/bucket/key`): refuses what is not signed (SigV4), not locked, or has no checksum. */
export async function startBucketStub(): Promise<BucketStub> {
  const objects: BucketStub['objects'] = new Map();
  const stub = await startStub(({ method, url, headers, body }, response) => {
    const [, signed = ''] = SIGNATURE.exec(headers.authorization ?? '') ?? [];
    const refuse = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(`<Error><Code>${code}</Code></Error>`);
    if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => signed.split(';').includes(name)))
      return refuse(403, 'AccessDenied');
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    if (method === 'PUT') {
      const lock = headers['x-amz-object-lock-mode'];
      const until = Date.parse(String(headers['x-amz-object-lock-retain-until-date']));
      const checksum = Object.keys(headers).some((name) => /^(x-amz-checksum-|content-md5)/.test(name));
      if (lock === undefined || Number.isNaN(until) || !checksum) return refuse(400, 'InvalidRequest');
      objects.set(key, { body, at: new Date() });
      return response.writeHead(200, { etag: '"1"' }).end();
    }
    if (url.searchParams.get('list-type') === '2') {
      const prefix = url.searchParams.get('prefix') ?? '';
      const found = [...objects]
        .filter(([each]) => each.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const contents = found.map(
        ([each, { at }]) =>
          `<Contents><Key>${each}</Key><LastModified>${at.toISOString()}</LastModified><Size>1</Size></Contents>`,
      );
      return response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(`<ListBucketResult>${contents.join('')}</ListBucketResult>`);
    }
    const object = objects.get(key);
    return object === undefined ? refuse(404, 'NoSuchKey') : response.writeHead(200).end(object.body);
  });
  return Object.assign(stub, { objects });
}

/** Credentials for the default chain, for as long as the tests of a `describe` run. */
export function useBucketCredentials(): void {
  const given = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const before_: Record<string, string | undefined> = {};
  before(() => {
    for (const [name, value] of Object.entries(given)) {
      before_[name] = process.env[name];
      process.env[name] = value;
    }
  });
  after(() => {
    for (const [name, value] of Object.entries(before_)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}
