import { expect } from 'chai';
import { PUBLIC } from '../../../../../src/http/api/access.ts';
import { sendFile } from '../../../../../src/http/api/admin/files.ts';
import type { ApiRoute } from '../../../../../src/http/api/route.ts';
import { GatehouseError } from '../../../../../src/kernel/errors.ts';
import { serveApi } from '../../../../support/api-server.ts';

/** A route that answers with a file which `write` makes. */
const fileRoute = (write: (sink: WritableStream<Uint8Array>) => Promise<unknown>): ApiRoute => ({
  method: 'GET',
  path: '/file',
  access: PUBLIC,
  schemas: {},
  outsideUnit: true,
  crossOrigin: false,
  answer: (ctx) => sendFile(ctx, { type: 'application/zip', name: 'a.zip' }, write),
});

async function written(sink: WritableStream<Uint8Array>, parts: readonly string[]): Promise<void> {
  const writer = sink.getWriter();
  for (const part of parts) await writer.write(Buffer.from(part));
  writer.releaseLock();
}

describe('an answer that is a file', () => {
  it('is sent as it is made, with its name', async () => {
    await using server = await serveApi([
      fileRoute(async (sink) => {
        await written(sink, ['one', 'two']);
        await sink.close();
      }),
    ]);
    const answer = await fetch(`${server.url}/file`);
    expect(answer.headers.get('content-type')).to.equal('application/zip');
    expect(answer.headers.get('content-disposition')).to.equal('attachment; filename="a.zip"');
    expect(await answer.text()).to.equal('onetwo');
    expect((await fetch(`${server.url}/file`, { method: 'HEAD' })).status).to.equal(405);
  });

  it('is a problem where nothing was made', async () => {
    await using server = await serveApi([
      fileRoute(async () => {
        throw new GatehouseError('nothing_sealed', { status: 404, message: 'Nothing.' });
      }),
    ]);
    const answer = await fetch(`${server.url}/file`);
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([
      404,
      'application/problem+json',
    ]);
  });

  it('breaks off where the rest cannot be made, so that half of it is not taken for the whole', async () => {
    await using server = await serveApi([
      fileRoute(async (sink) => {
        await written(sink, ['one']);
        await sink.abort(new Error('damaged'));
        throw new Error('damaged');
      }),
    ]);
    const answer = await fetch(`${server.url}/file`).catch((error) => error);
    const text = answer instanceof Response ? await answer.text().catch((error) => error) : answer;
    expect(text).to.be.instanceOf(Error);
  });

  it('is not made on where its reader has gone', async () => {
    let told: (reason: unknown) => void = () => undefined;
    const gone = new Promise((resolve) => {
      told = resolve;
    });
    await using server = await serveApi([
      fileRoute(async (sink) => {
        const writer = sink.getWriter();
        try {
          for (;;) await writer.write(Buffer.alloc(65_536));
        } catch (error) {
          told(error);
        }
      }),
    ]);
    const answer = await fetch(`${server.url}/file`);
    await answer.body?.cancel();
    await gone;
  });

  it('is not made on where its reader has gone before the first byte', async () => {
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const route = fileRoute(async (sink) => {
      asked.resolve();
      await left.promise;
      const writer = sink.getWriter();
      try {
        for (;;) await writer.write(Buffer.alloc(65_536));
      } catch {
        told.resolve();
      }
    });
    await using server = await serveApi([
      {
        ...route,
        answer(ctx, ...more) {
          ctx.res.once('close', left.resolve);
          return route.answer(ctx, ...more);
        },
      },
    ]);
    const stop = new AbortController();
    const answer = fetch(`${server.url}/file`, { signal: stop.signal }).catch(() => undefined);
    await asked.promise;
    stop.abort();
    await answer;
    await told.promise;
  });
});
