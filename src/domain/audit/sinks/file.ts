import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AuditSink } from './sink.ts';

/** Readable for the group, in which a collector may be, and nobody else. */
const MODE = 0o640;

/**
 * Appends to a file. It is opened for each batch, so that one that was rotated away (renamed, or emptied) needs no signal; on the disk
 * before the batch counts as sent. What was cut off in the middle of a line, by a full disk or a power cut, is ended first, so that
 * the next line can be read; the event of the broken one comes again.
 */
export const createFileSink = (path: string): AuditSink => ({
  async send(lines) {
    const file = await open(path, 'a+', MODE);
    try {
      const { size } = await file.stat();
      const text = lines.map(({ json }) => `${json}\n`).join('');
      const broken = size > 0 && (await lastByte(file, size)) !== NEWLINE;
      await writeAll(file, Buffer.from(broken ? `\n${text}` : text));
      await file.datasync();
      if (size === 0) await syncFolder(dirname(path));
    } finally {
      await file.close();
    }
  },
});

const NEWLINE = 0x0a;

async function lastByte(file: FileHandle, size: number): Promise<number | undefined> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0];
}

/** A file that is new is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written);
    written += bytesWritten;
  }
}
