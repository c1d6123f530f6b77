/** Reads JSON that a person wrote, and says where a mistake is. V8's own words quote the text around it, which may be a secret. */

/** What is wrong, and where: lines and columns count from 1, columns in characters as JavaScript counts them. */
export class JsonMistake extends SyntaxError {
  override readonly name = 'JsonMistake';
  readonly line: number;
  readonly column: number;
  readonly problem: string;

  constructor(problem: string, text: string, at: number) {
    const before = text.slice(0, at).split('\n');
    const line = before.length;
    const column = (before.at(-1) ?? '').length + 1;
    super(`line ${line}, column ${column}: ${problem}`);
    this.line = line;
    this.column = column;
    this.problem = problem;
  }
}

const MAX_DEPTH = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a string may not hold (RFC 8259, section 7)
const CHARACTERS = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const SPACE = /[ \t\n\r]*/y;
const WORD = /[A-Za-z_$][\w$]*/y;

/**
 * Parses JSON (RFC 8259). Throws {@link JsonMistake} with the place of the first mistake, of which no part is quoted. Names that
 * stand twice in an object are `duplicateNames`' to find (`json.ts`).
 */
export function parseJsonText(text: string): unknown {
  const reader = createReader(text);
  reader.value(0);
  reader.end();
  return JSON.parse(text);
}

function createReader(text: string) {
  let at = 0;

  const fail = (problem: string, place = at): never => {
    throw new JsonMistake(
      place >= text.length ? `the text ends too early; ${problem}` : problem,
      text,
      place,
    );
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const space = () => {
    match(SPACE);
    if (text.startsWith('//', at) || text.startsWith('/*', at)) fail('JSON has no comments');
  };
  const next = () => {
    space();
    return text[at];
  };

  function string(): string {
    const start = at;
    at += 1;
    match(CHARACTERS);
    if (text[at] === '"') {
      at += 1;
      return JSON.parse(text.slice(start, at)) as string;
    }
    if (text[at] === '\n' || text[at] === '\r' || at >= text.length)
      return fail('the text that begins here has no closing "', start);
    return text[at] === '\\'
      ? fail('this backslash begins no escape of JSON')
      : fail('a control character in a text');
  }

  function value(depth: number): void {
    if (depth > MAX_DEPTH) fail('too deep');
    const first = next();
    if (first === '{') members(depth);
    else if (first === '[') list(']', () => value(depth + 1));
    else if (first === '"') string();
    else scalar(first);
  }

  function scalar(first: string | undefined): void {
    if (first === "'") fail('texts stand in double quotes (")');
    const start = at;
    const word = match(WORD);
    if (word === undefined && match(NUMBER) === undefined) fail('expected a value');
    if (word !== undefined && !['true', 'false', 'null'].includes(word))
      fail('expected a value; texts stand in double quotes (")', start);
    if (/[\w.]/.test(text[at] ?? '')) fail('this is no number of JSON', start);
  }

  function members(depth: number): void {
    list('}', () => {
      if (next() !== '"') fail('expected a name in double quotes (")');
      string();
      if (next() !== ':') fail('expected ":" after the name');
      at += 1;
      value(depth + 1);
    });
  }

  /** What stands between the bracket here and its closing one, separated by commas. */
  function list(closing: string, item: () => void): void {
    at += 1;
    let after = next() === closing ? closing : ',';
    while (after !== closing) {
      if (next() === closing) fail('the comma before this has nothing after it');
      item();
      after = next() ?? '';
      if (after !== ',' && after !== closing) fail(`expected "," or "${closing}"`);
      if (after === ',') at += 1;
    }
    at += 1;
  }

  return {
    value,
    end() {
      if (next() !== undefined) fail('expected nothing more');
    },
  };
}
