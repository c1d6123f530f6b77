import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Target } from '../../../kernel/anchor-target.ts';
import { type Anchor, AnchorProblem, MAX_NOTE_BYTES, problemOf } from './target.ts';

export interface S3Options {
  /** For each of its requests. */
  readonly timeoutSeconds: number;
  readonly now: () => Date;
}

/** Keys that are listed. */
const LISTED = 1_000;
/** Places of those that are read, until one is a checkpoint that counts: the newest, then ever fewer of the older ones. */
const READ = [0, 1, 2, 3, 4, 9, 19, 39, 79, 159, 319, 639, 999];
const ATTEMPTS = 2;
/** What milliseconds are taken from, so that the newest key is the first of a listing, up to the year 2286. */
const LAST_MILLISECOND = 9_999_999_999_999;

/**
 * A bucket with object lock: each checkpoint is an object that nobody can change or delete for some years. Which of the first
 * listed is the newest is decided by the bucket's clock, so that a wrong clock of ours hides nothing.
 */
export function createS3Anchor(target: S3Target, label: string, { timeoutSeconds, now }: S3Options): Anchor {
  const { name, bucket, prefix, mode, years } = target;
  // Stores that are no AWS sign with this one where they do not say otherwise.
  const region = target.region ?? (target.endpoint === undefined ? undefined : 'us-east-1');
  const options = () => ({ abortSignal: AbortSignal.timeout(timeoutSeconds * 1000) });

  async function connected<T>(work: (sdk: Sdk, client: S3Client) => Promise<T>): Promise<T> {
    const sdk = await load();
    const client = new sdk.S3Client({
      maxAttempts: ATTEMPTS,
      requestHandler: {
        connectionTimeout: timeoutSeconds * 1000,
        requestTimeout: timeoutSeconds * 1000,
        throwOnRequestTimeout: true,
      },
      ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint, forcePathStyle: true }),
      ...(region === undefined ? {} : { region }),
    });
    try {
      return await work(sdk, client);
    } catch (error) {
      throw new AnchorProblem(storageProblem(error, timeoutSeconds));
    } finally {
      client.destroy();
    }
  }

  const list = () =>
    connected(async (sdk, client) => {
      const input = { Bucket: bucket, Prefix: prefix, MaxKeys: LISTED };
      const { Contents: found = [] } = await client.send(new sdk.ListObjectsV2Command(input), options());
      const sorted = found
        .filter(({ Key }) => Key?.endsWith(ENDING) === true)
        .toSorted((one, other) => Number(other.LastModified ?? 0) - Number(one.LastModified ?? 0));
      return READ.flatMap((place) => sorted[place]?.Key ?? []);
    });

  const read = (key: string) =>
    connected(async (sdk, client) => {
      const input = { Bucket: bucket, Key: key };
      const { Body } = await client.send(new sdk.GetObjectCommand(input), options());
      return boundedText((Body ?? []) as AsyncIterable<Uint8Array>);
    });

  return {
    name,
    label,

    async *newest() {
      for (const key of await list()) yield await read(key);
    },

    async put(note, size) {
      await connected(async (sdk, client) => {
        const time = now();
        const until = new Date(time);
        until.setUTCFullYear(until.getUTCFullYear() + years);
        const input = {
          Bucket: bucket,
          Key: keyOf(prefix, time, size),
          Body: note,
          ContentType: 'text/plain; charset=utf-8',
          ObjectLockMode: mode,
          ObjectLockRetainUntilDate: until,
        } as const;
        await client.send(new sdk.PutObjectCommand(input), options());
      });
    },
  };
}

const ENDING = '.checkpoint.txt';

/** The text of an answer, read no further than a note can be long. */
async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_NOTE_BYTES) throw new AnchorProblem('an object is too long for a checkpoint');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Newest first in the order of keys, and readable: `8214…-2026-12-01T10:00:00.000Z-1234.checkpoint.txt`. */
const keyOf = (prefix: string, time: Date, size: number): string =>
  `${prefix}${String(LAST_MILLISECOND - time.getTime()).padStart(13, '0')}-${time.toISOString()}-${size}${ENDING}`;

type Sdk = typeof import('@aws-sdk/client-s3');

/** Only where a bucket is used: it is large, and optional. */
async function load(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch {
    throw new AnchorProblem(
      'the package @aws-sdk/client-s3 is not installed; run npm install @aws-sdk/client-s3',
    );
  }
}

function storageProblem(error: unknown, timeoutSeconds: number): string {
  const {
    name,
    message,
    $metadata: metadata,
  } = error as Partial<Error> & {
    $metadata?: { httpStatusCode?: unknown };
  };
  if (message === 'Region is missing')
    return 'no region is known; expected region=… in AUDIT_ANCHORS, or AWS_REGION';
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${timeoutSeconds} s`;
  const status = metadata?.httpStatusCode;
  const known =
    typeof name === 'string' && /^[A-Za-z]{3,64}$/.test(name) && name !== 'Error' ? name : undefined;
  if (typeof status !== 'number') return problemOf(error);
  return `it answered ${status}${known === undefined ? '' : ` (${known})`}`;
}
