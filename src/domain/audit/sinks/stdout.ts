import type { AuditSink } from './sink.ts';

/** Writes whole lines behind those that wait already, and resolves when they are written. */
export type WriteLines = (text: string) => Promise<void>;

/** Standard output, by way of the log: two writers of one pipe would cut into each other's lines. */
export const createStdoutSink = (write: WriteLines): AuditSink => ({
  send: (lines) => write(lines.map(({ json }) => `${json}\n`).join('')),
});
