/** SQL taken apart as far as rules about it need: not a parser, but never misled by what stands in quotes or comments. */

/** A dollar-quoted text, as the bodies of functions are, and a literal, whatever is in them. */
export const BODY = '$body$';
export const LITERAL = "'text'";

/**
 * The statements of a text: lower case, without comments, one space between words, with {@link LITERAL} and {@link BODY} in the
 * place of what is quoted. Throws where a quote or a comment has no end.
 */
export function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  let at = 0;
  const upTo = (end: number, what: string) => {
    if (end < 0) throw new Error(`${what} has no end: ${text.slice(at, at + 40)}`);
    at = end;
  };
  while (at < text.length) {
    const rest = text.slice(at);
    const dollar = /^\$([a-z_][a-z0-9_]*)?\$/i.exec(rest)?.[0];
    const string = /^(e)?'/i.exec(rest);
    if (rest.startsWith('--')) {
      const end = rest.indexOf('\n');
      at += end < 0 ? rest.length : end;
    } else if (rest.startsWith('/*')) {
      upTo(endOfComment(text, at), 'a comment');
    } else if (dollar !== undefined) {
      upTo(after(text, dollar, at + dollar.length), 'a body');
      current += ` ${BODY} `;
    } else if (string !== null && !/[a-z0-9_]$/i.test(current)) {
      upTo(endOfString(text, at + string[0].length, string[1] !== undefined), 'a string');
      current += ` ${LITERAL} `;
    } else if (rest.startsWith('"')) {
      const start = at + 1;
      upTo(after(text, '"', start), 'a name');
      current += text.slice(start, at - 1);
    } else if (rest.startsWith(';')) {
      statements.push(current);
      current = '';
      at += 1;
    } else {
      current += rest.slice(0, 1);
      at += 1;
    }
  }
  return [...statements, current].map(tidy).filter((statement) => statement !== '');
}

const tidy = (statement: string) => statement.replace(/\s+/g, ' ').trim().toLowerCase();

const after = (text: string, what: string, from: number): number => {
  const found = text.indexOf(what, from);
  return found < 0 ? -1 : found + what.length;
};

function endOfString(text: string, from: number, escapes: boolean): number {
  for (let at = from; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1;
    else if (text.startsWith("''", at)) at += 1;
    else if (text[at] === "'") return at + 1;
  }
  return -1;
}

/** Comments of PostgreSQL stand in each other. */
function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith('/*', at)) depth += 1;
    if (text.startsWith('*/', at)) {
      depth -= 1;
      if (depth === 0) return at + 2;
    }
  }
  return -1;
}

/** What commas divide, where they stand in no parentheses. */
export function partsOf(list: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of list) {
    if ('(['.includes(character)) depth += 1;
    if (')]'.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
