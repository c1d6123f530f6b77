import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ejs from 'ejs';

/**
 * Templates of pages and of mails: EJS, read from a folder and compiled once. What is in them, and what they may name, is
 * decided by whoever renders them.
 */
export interface Templates {
  /** The template of this name, without `.ejs`. Throws where there is none: that stops the start and not a person. */
  of(name: string): ejs.TemplateFunction;
}

export interface TemplateOptions {
  /** The folder, with those below it. */
  readonly path: string;
  /** Folders in it that are somebody else's. */
  readonly except: readonly string[];
  /** All that a template can name. */
  readonly locals: readonly string[];
  /** Errors name the line of the template; slower. */
  readonly debug?: boolean;
  /** Leaves out white space around lines, which means nothing in HTML. */
  readonly trim?: boolean;
}

/** Reads and compiles every template. Rejects where one is broken. */
export async function loadTemplates(options: TemplateOptions): Promise<Templates> {
  const { path, except, locals, debug = false, trim = false } = options;
  const files = (await readdir(path, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
  const names = files.filter(
    (name) => name.endsWith('.ejs') && !except.some((folder) => name.startsWith(`${folder}/`)),
  );
  const compiled = await Promise.all(
    names.map(async (name): Promise<[string, ejs.TemplateFunction]> => {
      const filename = join(path, name);
      const template = ejs.compile(await readFile(filename, 'utf8'), {
        filename,
        strict: true,
        destructuredLocals: [...locals],
        compileDebug: debug,
        rmWhitespace: trim,
      });
      return [name.slice(0, -'.ejs'.length), template];
    }),
  );
  const templates = new Map(compiled);
  return {
    of(name) {
      const template = templates.get(name);
      if (template === undefined) throw new Error(`there is no template "${name}" in ${path}`);
      return template;
    },
  };
}
