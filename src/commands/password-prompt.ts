import { StringDecoder } from 'node:string_decoder';
import { badRequest } from '../kernel/errors.ts';

/** How a password reaches a command. Injected, so that tests can play the person. */
export interface PasswordPrompt {
  /** Whether there is a person who can be asked. */
  readonly interactive: boolean;
  /** Asks without showing what is typed. */
  askHidden(question: string): Promise<string>;
  /** The first line of what is piped in. */
  readLine(): Promise<string>;
}

interface HiddenInput extends NodeJS.ReadableStream {
  setRawMode?(on: boolean): unknown;
}

/** Return, line feed, Ctrl-D. */
const LINE_ENDS = new Set(['\r', '\n', '\u0004']);

const MAX_PIPED_BYTES = 64 * 1024;

export function processPrompt(): PasswordPrompt {
  const { stdin, stderr } = process;
  return {
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    askHidden: (question) => readHidden(question, stdin, stderr),
    readLine: () => readFirstLine(stdin),
  };
}

/**
 * Reads a line from a terminal in raw mode, so nothing of it is echoed. Backspace takes a character back; Ctrl-C throws
 * `cancelled`.
 */
export async function readHidden(
  question: string,
  input: HiddenInput,
  output: NodeJS.WritableStream,
): Promise<string> {
  output.write(`${question}: `);
  const decoder = new StringDecoder('utf8');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let typed: string[] = [];
  const onData = (chunk: Buffer | string) => {
    const characters = [...(typeof chunk === 'string' ? chunk : decoder.write(chunk))];
    for (const [index, character] of characters.entries()) {
      if (character === '\u0003') return reject(badRequest('cancelled', 'Cancelled.'));
      if (LINE_ENDS.has(character)) {
        // What was pasted after it belongs to the next question.
        const rest = characters.slice(index + 1).join('');
        input.pause();
        if (rest !== '') input.unshift(rest);
        return resolve(typed.join(''));
      }
      if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
      else if (character >= ' ') typed.push(character);
    }
  };
  const onEnd = () => resolve(typed.join(''));
  input.setRawMode?.(true);
  input.on('data', onData).on('end', onEnd).resume();
  try {
    return await promise;
  } finally {
    input.off('data', onData).off('end', onEnd).pause();
    input.setRawMode?.(false);
    output.write('\n');
  }
}

/** Reads to the end of the first line; the line's end is not part of it, every other space is. */
export async function readFirstLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (bytes.includes('\n')) break;
    if (length > MAX_PIPED_BYTES) throw badRequest('input_too_long', 'The input is too long.');
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1);
  return line;
}
