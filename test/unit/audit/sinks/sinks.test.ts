import { appendFile, mkdtemp, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSinks } from '../../../../src/domain/audit/sinks/open.ts';
import type { SinkLine } from '../../../../src/domain/audit/sinks/sink.ts';
import { createSyslogSink, syslogFrame } from '../../../../src/domain/audit/sinks/syslog.ts';
import { readAuditSink, type SyslogTarget } from '../../../../src/kernel/audit-sink-url.ts';
import { createLogger, lineWriter } from '../../../../src/log.ts';
import { makeCertificate } from '../../../support/certificates.ts';
import { type ReceiverOptions, startSyslogReceiver } from '../../../support/syslog-receiver.ts';

const line = (index: number, more = ''): SinkLine => ({
  json: JSON.stringify({ index, more }),
  at: '2026-11-30T02:15:09.123456Z',
  type: 'sign_in.failed',
  failed: true,
});
const lines = (count: number) => Array.from({ length: count }, (_, index) => line(index));
const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

const NOWHERE = { writeLines: async () => undefined, hostname: 'id.example.org' };
const open = (url: string) => {
  const [opened] = openSinks([readAuditSink(url)], NOWHERE);
  if (opened === undefined) throw new Error('no sink');
  return opened.sink;
};

describe('a file as an audit sink', () => {
  let folder: string;
  let path: string;
  const content = async (of = path) => (await readFile(of, 'utf8')).split('\n');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-sink-'));
    path = join(folder, 'audit.ndjson');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is appended to, readable for its owner and group alone', async () => {
    await open(`file:${path}`).send([line(1)]);
    await open(`file:${path}`).send([line(2), line(3)]);
    expect((await content()).map((each) => each && JSON.parse(each).index)).to.deep.equal([1, 2, 3, '']);
    expect((await stat(path)).mode & 0o007).to.equal(0);
  });

  it('is made anew after it was rotated away or emptied', async () => {
    const sink = open(`file:${path}`);
    await sink.send([line(1)]);
    await rename(path, `${path}.1`);
    await sink.send([line(2)]);
    await truncate(path);
    await sink.send([line(3)]);
    expect(await content(`${path}.1`)).to.deep.equal([line(1).json, '']);
    expect(await content()).to.deep.equal([line(3).json, '']);
  });

  it('has whole lines behind one that was cut off', async () => {
    const sink = open(`file:${path}`);
    await sink.send([line(1)]);
    await appendFile(path, '{"index":2,"mo');
    await sink.send([line(2)]);
    expect(await content()).to.deep.equal([line(1).json, '{"index":2,"mo', line(2).json, '']);
  });

  it('that cannot be written is a failure', async () => {
    expect(await failure(open(`file:${folder}/none/audit`).send([line(1)]))).to.include('ENOENT');
    expect(await failure(open('file:/dev/full').send([line(1)]))).to.include('ENOSPC');
  });
});

describe('syslog as an audit sink', () => {
  const HEADER = '<108>1 2026-11-30T02:15:09.123456Z id.example.org gatehouse - sign_in.failed -';
  const sinkTo = (url: string, timeoutMs = 2_000, ca?: string) =>
    createSyslogSink(readAuditSink(url) as SyslogTarget, {
      hostname: 'id.example.org',
      timeoutMs,
      tlsOptions: () => (ca === undefined ? {} : { ca }),
    });

  async function receiving<T>(
    options: ReceiverOptions,
    work: (receiver: Awaited<ReturnType<typeof startSyslogReceiver>>) => Promise<T>,
  ): Promise<T> {
    const receiver = await startSyslogReceiver(options);
    try {
      return await work(receiver);
    } finally {
      await receiver.stop();
    }
  }

  it('frames each message by its length in bytes, with a header of RFC 5424', () => {
    const message = `${HEADER} ${line(1).json}`;
    expect(syslogFrame(line(1), 'id.example.org')).to.equal(`${message.length} ${message}`);
    const strange = { ...line(1), type: `a b\n${'x'.repeat(40)}`, failed: false };
    expect(syslogFrame(strange, '')).to.match(/^\d+ <110>1 \S+ - gatehouse - abx{30} - \{/u);
  });

  it('gives a receiver over TCP every message, in order', () =>
    receiving({}, async ({ port, messages, problems }) => {
      await sinkTo(`syslog://127.0.0.1:${port}`).send(lines(2_000));
      expect(problems).to.deep.equal([]);
      expect(messages).to.deep.equal(lines(2_000).map(({ json }) => `${HEADER} ${json}`));
    }));

  it('gives a receiver over TLS every message, where its certificate is right', async () => {
    const authority = makeCertificate({ name: 'CA', ca: true });
    const server = makeCertificate({ name: 'siem', issuer: authority, hosts: ['127.0.0.1'] });
    const tls = { cert: server.pem, key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
    await receiving({ tls }, async ({ port, messages, problems }) => {
      const url = `syslog+tls://127.0.0.1:${port}`;
      await sinkTo(url, 2_000, authority.pem).send(lines(500));
      expect([messages.length, problems]).to.deep.equal([500, []]);
      expect(await failure(sinkTo(url).send(lines(1)))).to.match(/certificate/u);
      const other = makeCertificate({ name: 'other CA', ca: true });
      expect(await failure(sinkTo(url, 2_000, other.pem).send(lines(1)))).to.match(/certificate/u);
      expect(messages).to.have.length(500);
    });
    const elsewhere = makeCertificate({ name: 'siem', issuer: authority, hosts: ['10.9.9.9'] });
    const wrong = { cert: elsewhere.pem, key: elsewhere.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
    await receiving({ tls: wrong }, async ({ port, messages }) => {
      const sent = sinkTo(`syslog+tls://127.0.0.1:${port}`, 2_000, authority.pem).send(lines(1));
      expect(await failure(sent)).to.include('does not match certificate');
      expect(messages).to.deep.equal([]);
    });
  });

  it('counts as sent only what a receiver has read to the end', async () => {
    await receiving({ deaf: true }, async ({ port }) => {
      expect(await failure(sinkTo(`syslog://127.0.0.1:${port}`, 200).send(lines(1)))).to.match(
        /not read everything/u,
      );
    });
    let seen = 0;
    const dies = {
      onMessage: (_: string, die: () => void) => {
        seen += 1;
        if (seen === 10) die();
      },
    };
    await receiving(dies, async ({ port }) => {
      expect(await failure(sinkTo(`syslog://127.0.0.1:${port}`).send(lines(3_000)))).not.to.equal(
        'nothing failed',
      );
    });
    expect(await failure(sinkTo('syslog://127.0.0.1:1').send(lines(1)))).to.include('ECONNREFUSED');
  });
});

describe('standard output as an audit sink', () => {
  it('has whole lines of the log and of the trail, whoever writes in between', async () => {
    const written: string[] = [];
    const log = createLogger({ server: { logLevel: 'info' } }, { write: (text) => void written.push(text) });
    const write = lineWriter(log);
    const sink = openSinks([{ kind: 'stdout', name: 'stdout' }], { ...NOWHERE, writeLines: write })[0]?.sink;
    log.info('one');
    await sink?.send(lines(3));
    log.info('two');
    const all = written.join('').split('\n').slice(0, -1);
    expect(all.map((each) => JSON.parse(each).msg ?? JSON.parse(each).index)).to.deep.equal([
      'one',
      0,
      1,
      2,
      'two',
    ]);
  });
});
