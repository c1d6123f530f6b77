import { createInterface } from 'node:readline/promises';

/** Asks at the terminal of this process; undefined where there is none. The question goes to standard error. */
export function processQuestions(): ((question: string) => Promise<string>) | undefined {
  const { stdin, stderr } = process;
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
  return async (question) => {
    const lines = createInterface({ input: stdin, output: stderr });
    const ended = new AbortController();
    lines.once('SIGINT', () => ended.abort()).once('close', () => ended.abort());
    try {
      return await lines.question(question, { signal: ended.signal });
    } catch {
      stderr.write('\n');
      return '';
    } finally {
      lines.close();
    }
  };
}
