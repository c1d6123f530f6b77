export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly problem: string };

const LINE_FEED = 0x0a;

/**
 * Splits a byte stream into its lines, numbered from 1. A line of more than `maxBytes`, or that is not UTF-8, comes as a
 * problem; never more than that is held in memory. Knows LF and CRLF, a byte order mark, and a last line without an end.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let number = 0;
  let held: Buffer[] = [];
  let length = 0;

  const keep = (part: Buffer) => {
    length += part.length;
    if (length > maxBytes) held = [];
    else held.push(part);
  };
  const end = (): Line => {
    number += 1;
    const line = length > maxBytes ? tooLong(number, maxBytes) : decode(number, Buffer.concat(held));
    held = [];
    length = 0;
    return line;
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, at));
      yield end();
      start = at + 1;
    }
    keep(chunk.subarray(start));
  }
  if (length > 0) yield end();
}

const tooLong = (number: number, maxBytes: number): Line => ({
  number,
  problem: `the line is longer than ${maxBytes} bytes`,
});

function decode(number: number, bytes: Buffer): Line {
  try {
    // Without `ignoreBOM` the decoder takes a byte order mark away; one is only to be expected in front of line 1.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: number > 1 }).decode(bytes);
    return { number, text: text.replace(/\r$/, '') };
  } catch {
    return { number, problem: 'the line is not UTF-8' };
  }
}
