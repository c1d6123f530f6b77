import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../kernel/crypto.ts';

/** A text that people are to read, as it is in its file. */
export interface FolderText {
  /** A BCP 47 tag, in the spelling that `Intl` gives it. */
  readonly language: string;
  readonly format: 'markdown' | 'plain';
  readonly content: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly digest: string;
}

/** What a folder of texts holds, and everything that is wrong with it, each in words for the operator. */
export interface DocumentFolder {
  readonly texts: readonly FolderText[];
  readonly problems: readonly string[];
}

const FORMATS: Readonly<Record<string, FolderText['format']>> = { md: 'markdown', txt: 'plain' };
const MOST_BYTES = 131_072;
/** What folders hold that nobody has put there: `..data` of a Kubernetes volume, `.DS_Store`. */
const HIDDEN = /^\./;

/** Reads a folder with a text in each language (`en.md`, `es.txt`). Reports every problem instead of throwing. */
export function readDocumentFolder(path: string): DocumentFolder {
  let names: string[];
  try {
    names = readdirSync(path)
      .filter((name) => !HIDDEN.test(name))
      .sort();
  } catch (error) {
    return { texts: [], problems: [`${path} cannot be read (${codeOf(error)}); expected a folder`] };
  }
  const texts: FolderText[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const read = readText(path, name);
    if (typeof read === 'string') problems.push(`${join(path, name)} ${read}`);
    else if (texts.some(({ language }) => language === read.language)) {
      problems.push(`${join(path, name)} is the second text in ${read.language}; expected one`);
    } else texts.push(read);
  }
  if (names.length === 0) problems.push(`${path} is empty; expected a text in each language, such as en.md`);
  return { texts, problems };
}

/** The text of a file, or what is wrong with it. */
function readText(folder: string, name: string): FolderText | string {
  const [, tag = '', extension = ''] = /^(.+)\.([^.]+)$/.exec(name) ?? [];
  const format = Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined;
  const language = languageOf(tag);
  if (format === undefined || language === undefined) {
    return 'is no text in a language; expected names such as en.md or es.txt';
  }
  try {
    const bytes = readFileSync(join(folder, name));
    if (bytes.length > MOST_BYTES) return `has ${bytes.length} bytes; expected ${MOST_BYTES} at most`;
    const content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (content.includes('\0')) return 'holds a NUL character; expected text';
    if (content.trim() === '') return 'is empty; expected a text';
    return { language, format, content, digest: sha256(bytes).toString('hex') };
  } catch (error) {
    return error instanceof TypeError
      ? 'is no UTF-8; expected text in UTF-8'
      : `cannot be read (${codeOf(error)}); expected a readable file`;
  }
}

function languageOf(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';
