import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { statusError } from '../../kit/known-errors.ts';

/**
 * Answers with a file while `write` makes it, and no faster than it is taken. What is thrown before its first byte becomes the answer;
 * where it breaks off later, so does the connection, and nobody takes half of it for the whole.
 */
export async function sendFile(
  ctx: Context,
  { type, name }: { readonly type: string; readonly name: string },
  write: (sink: WritableStream<Uint8Array>) => Promise<unknown>,
): Promise<void> {
  // Nobody would take it.
  if (ctx.method !== 'GET') throw statusError(405);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const reader = readable.getReader();
  // Whoever leaves before the first byte never begins to read, and what writes would wait for ever.
  const left = () => void reader.cancel().catch(() => undefined);
  if (ctx.res.destroyed) left();
  else ctx.res.once('close', left);
  const written = write(writable);
  const begun = reader.read();
  begun.catch(() => undefined);
  const first = await Promise.race([begun, written.then(() => begun)]);
  written.catch(() => undefined);
  ctx.status = 200;
  ctx.body = Readable.from(parts(first, reader), { objectMode: false });
  ctx.type = type;
  ctx.attachment(name);
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function* parts(first: Awaited<ReturnType<Reader['read']>>, reader: Reader) {
  try {
    for (let part = first; !part.done; part = await reader.read()) yield part.value;
  } finally {
    // Where the reader has gone, whatever writes is told.
    await reader.cancel().catch(() => undefined);
  }
}
