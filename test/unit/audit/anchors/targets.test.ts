import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFileAnchor } from '../../../../src/domain/audit/anchors/file-target.ts';
import { createHttpsAnchor, type HttpsOptions } from '../../../../src/domain/audit/anchors/https-target.ts';
import { createS3Anchor } from '../../../../src/domain/audit/anchors/s3-target.ts';
import { type Anchor, AnchorProblem } from '../../../../src/domain/audit/anchors/target.ts';
import { guardLookup } from '../../../../src/domain/logout-deliveries/post.ts';
import { type AnchorTarget, readAnchorTarget } from '../../../../src/kernel/anchor-target.ts';
import {
  type BucketStub,
  type HttpsStub,
  noteOf,
  startBucketStub,
  startHttpsStub,
  useBucketCredentials,
} from '../../../support/anchors.ts';

const target = (text: string) =>
  readAnchorTarget(text, (problem) => expect.fail(problem)) as Extract<AnchorTarget, { kind: string }>;

async function all(anchor: Anchor): Promise<string[]> {
  const notes: string[] = [];
  for await (const note of anchor.newest()) notes.push(note);
  return notes;
}

const problem = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => expect.fail('it went well'),
    (error) => {
      expect(error).to.be.instanceOf(AnchorProblem);
      return error.message;
    },
  );

describe('a file as an anchor', () => {
  let folder: string;
  let path: string;
  let anchor: Anchor;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-anchor-'));
    path = join(folder, 'anchors.txt');
    anchor = createFileAnchor(target(`file:${path}`) as never, 'file');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps every note, each with a line behind it, and tells the newest first', async () => {
    expect(await all(anchor)).to.deep.equal([]);
    for (const size of [1, 2, 3]) await anchor.put(noteOf(size), size);
    expect(await all(anchor)).to.deep.equal([noteOf(3), noteOf(2), noteOf(1)]);
    expect(await readFile(path, 'utf8')).to.equal([1, 2, 3].map((size) => `${noteOf(size)}---\n`).join(''));
  });

  it('goes on behind what a crash has left half written', async () => {
    await anchor.put(noteOf(1), 1);
    await anchor.put(noteOf(2), 2);
    const { length } = Buffer.from(await readFile(path));
    await truncate(path, length - 30);
    expect(await all(anchor)).to.include(noteOf(1));
    await anchor.put(noteOf(3), 3);
    expect((await all(anchor))[0]).to.equal(noteOf(3));
    expect(await all(anchor))
      .to.include(noteOf(1))
      .and.not.to.include(noteOf(2));
  });

  it('reads the end of a long file only', async () => {
    await writeFile(path, `${noteOf(1)}---\n`.repeat(5_000));
    await appendFile(path, `${noteOf(2)}---\n`);
    const notes = await all(anchor);
    expect(notes[0]).to.equal(noteOf(2));
    expect(notes.length).to.be.below(1_000);
  });

  it('says why it cannot be used', async () => {
    const there = (text: string) => createFileAnchor(target(text) as never, 'file');
    expect(await problem(all(there(`file:${folder}`)))).to.match(/no regular file|EISDIR/);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await problem(all(there(`file:${pipe}`)))).to.equal('it is no regular file');
    expect(await problem(there(`file:${pipe}`).put(noteOf(1), 1))).to.equal('it is no regular file');
    expect(await problem(there(`file:${folder}/none/x`).put(noteOf(1), 1))).to.equal(
      'it cannot be reached: ENOENT',
    );
  });
});

describe('an address as an anchor', () => {
  let stub: HttpsStub;
  const options: HttpsOptions = {
    timeoutSeconds: 1,
    mayReach: () => true,
    lookup: guardLookup((() => undefined) as never, () => true),
    token: () => 'a-token',
  };
  const anchorOf = (more: Partial<HttpsOptions> = {}, path = '/anchors') =>
    createHttpsAnchor(target(stub.url + path) as never, 'https', { ...options, ...more });
  before(async () => {
    stub = await startHttpsStub();
  });
  after(() => stub.close());
  afterEach(() => {
    stub.answer = undefined;
    stub.requests.length = 0;
    stub.kept.length = 0;
  });

  it('is sent the note as text with the token, and answers the newest', async () => {
    const anchor = anchorOf();
    expect(await all(anchor)).to.deep.equal([]);
    await anchor.put(noteOf(1), 1);
    await anchor.put(noteOf(2), 2);
    expect(await all(anchor)).to.deep.equal([noteOf(2)]);
    const [get, post] = stub.requests;
    expect(post?.headers).to.include({
      'content-type': 'text/plain; charset=utf-8',
      authorization: 'Bearer a-token',
    });
    expect(get?.headers.authorization).to.equal('Bearer a-token');
    await all(anchorOf({ token: () => undefined }));
    expect(stub.requests.at(-1)?.headers).not.to.have.property('authorization');
  });

  it('follows no redirect, with the note or without', async () => {
    stub.answer = (_request, response) =>
      void response.writeHead(307, { location: `${stub.url}/elsewhere` }).end();
    const told = 'it answered 307, and redirects are not followed';
    expect(await problem(anchorOf().put(noteOf(1), 1))).to.equal(told);
    expect(await problem(all(anchorOf()))).to.equal(told);
    expect(stub.requests.map(({ url }) => url.pathname)).to.deep.equal(['/anchors', '/anchors']);
  });

  it('tells what went wrong in few words, none of them the other side’s', async () => {
    stub.answer = (_request, response) => void response.writeHead(500).end('secret words');
    expect(await problem(all(anchorOf()))).to.equal('it answered 500');
    stub.answer = (_request, response) => void response.end('x'.repeat(100_000));
    expect(await problem(all(anchorOf()))).to.equal('its answer is too long for a checkpoint');
    stub.answer = () => undefined;
    expect(await problem(all(anchorOf({ timeoutSeconds: 0.05 })))).to.equal('no answer within 0.05 s');
    expect(await problem(all(anchorOf({ mayReach: () => false })))).to.equal(
      'its address must not be connected to',
    );
    const closed = createHttpsAnchor(target('http://127.0.0.1:1/') as never, 'https', options);
    expect(await problem(closed.put(noteOf(1), 1))).to.equal('it cannot be reached: ECONNREFUSED');
  });
});

describe('a bucket as an anchor', () => {
  let stub: BucketStub;
  const START = new Date('2026-12-01T10:00:00.000Z');
  let now = START;
  const anchorOf = (parameters = '') =>
    createS3Anchor(target(`s3://bucket/gatehouse?endpoint=${stub.url}${parameters}`) as never, 's3', {
      timeoutSeconds: 2,
      now: () => now,
    });
  useBucketCredentials();
  before(async () => {
    stub = await startBucketStub();
  });
  after(() => stub.close());
  afterEach(() => {
    now = START;
    stub.answer = undefined;
    stub.requests.length = 0;
    stub.objects.clear();
  });

  it('keeps each note as an object that is locked, signed for as AWS has it, and answers the newest', async () => {
    const anchor = anchorOf('&mode=GOVERNANCE&years=3');
    expect(await all(anchor)).to.deep.equal([]);
    await anchor.put(noteOf(1), 1);
    now = new Date(START.getTime() + 60_000);
    await anchor.put(noteOf(2), 2);
    expect([...stub.objects.keys()]).to.deep.equal([
      `gatehouse/${9_999_999_999_999 - START.getTime()}-2026-12-01T10:00:00.000Z-1.checkpoint.txt`,
      `gatehouse/${9_999_999_999_999 - now.getTime()}-2026-12-01T10:01:00.000Z-2.checkpoint.txt`,
    ]);
    const put = stub.requests.find(({ method }) => method === 'PUT');
    expect(put?.headers).to.include({
      'x-amz-object-lock-mode': 'GOVERNANCE',
      'x-amz-object-lock-retain-until-date': '2029-12-01T10:00:00Z',
      'content-type': 'text/plain; charset=utf-8',
    });
    expect((await all(anchor))[0]).to.equal(noteOf(2));
  });

  it('goes by the bucket’s clock where ours was wrong', async () => {
    now = new Date('2030-01-01T00:00:00Z');
    await anchorOf().put(noteOf(1), 1);
    now = START;
    await new Promise((resolve) => setTimeout(resolve, 2));
    await anchorOf().put(noteOf(2), 2);
    expect((await all(anchorOf()))[0]).to.equal(noteOf(2));
  });

  it('looks further back, ever more coarsely, and reads nothing that is too long', async () => {
    for (let minute = 0; minute < 45; minute++) {
      const name = `gatehouse/${String(minute).padStart(2, '0')}.checkpoint.txt`;
      stub.objects.set(name, { body: noteOf(minute + 1), at: new Date(START.getTime() + minute * 60_000) });
    }
    const sizes = (await all(anchorOf())).map((note) => Number(note.split('\n')[1]));
    expect(sizes).to.deep.equal([45, 44, 43, 42, 41, 36, 26, 6]);
    stub.objects.clear();
    stub.objects.set('gatehouse/1.checkpoint.txt', { body: 'x'.repeat(65_537), at: START });
    expect(await problem(all(anchorOf()))).to.equal('an object is too long for a checkpoint');
  });

  it('tells what went wrong: a bucket without object lock, one that does not answer', async () => {
    stub.answer = (_request, response) =>
      void response
        .writeHead(400, { 'content-type': 'application/xml' })
        .end('<Error><Code>InvalidRequest</Code></Error>');
    expect(await problem(anchorOf().put(noteOf(1), 1))).to.equal('it answered 400 (InvalidRequest)');
    stub.answer = (_request, response) =>
      void response.writeHead(301, { location: 'http://127.0.0.1:1/' }).end();
    expect(await problem(all(anchorOf()))).to.match(/^it answered 301/);
    await stub.close();
    expect(await problem(all(anchorOf()))).to.equal('it cannot be reached: ECONNREFUSED');
    stub = await startBucketStub();
  });
});
