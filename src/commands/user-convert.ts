import { createReadStream } from 'node:fs';
import { convertExport, EXPORT_KINDS, type ExportKind } from '../administration/people/convert/index.ts';
import { ANY_ATTRIBUTES } from '../domain/accounts/import-lines.ts';
import { assertImportable } from '../domain/passwords/imported.ts';
import { systemClock } from '../kernel/clock.ts';
import { badRequest } from '../kernel/errors.ts';
import { JsonElementTooLong } from '../kernel/json-elements.ts';
import type { Terminal } from './environment.ts';

export interface ConvertCommand {
  readonly from: ExportKind;
  readonly sub?: string;
  /** `FIELD=NAME` each: which field of the export becomes which attribute. */
  readonly attribute?: readonly string[];
}

/** Exit code: something of the file was left, and said. */
export const SOMETHING_LEFT = 2;

/**
 * `users convert`: prints a line for each person of an export, and says what could not be taken. Needs no database, and no
 * configuration.
 */
export async function convertUsers(
  terminal: Terminal,
  file: string,
  { from, sub, attribute = [] }: ConvertCommand,
): Promise<void> {
  const rules = { checkPasswordHash: assertImportable, now: systemClock.now(), attributes: ANY_ATTRIBUTES };
  const attributes = new Map(attribute.map(sourceOf));
  let [people, left] = [0, 0];
  try {
    for await (const converted of convertExport(from, createReadStream(file), { sub, attributes }, rules)) {
      if (converted.text !== undefined) {
        people += 1;
        terminal.print(converted.text);
      }
      if (converted.left.length === 0) continue;
      left += 1;
      terminal.warn(`line ${converted.line}: ${converted.left.map(printable).join('; ')}`);
    }
  } catch (error) {
    throw unreadable(error, file);
  }
  if (people === 0) throw badRequest('export_empty', `No person was found in ${file}.`);
  if (left > 0) {
    terminal.warn(
      `Of ${left} of its entries not everything was taken. What is above can be imported all the same.`,
    );
    terminal.fail(SOMETHING_LEFT);
  }
}

/** `departmentNumber=department`; the name alone where both have it. */
function sourceOf(text: string): readonly [field: string, name: string] {
  const at = text.lastIndexOf('=');
  const [field, name] = at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + 1)];
  if (field === '' || name === '')
    throw badRequest(
      'attribute_invalid',
      `--attribute ${text}: expected FIELD=NAME, such as departmentNumber=department.`,
    );
  return [field, name];
}

function unreadable(error: unknown, file: string): unknown {
  if (error instanceof JsonElementTooLong || error instanceof RangeError)
    return badRequest('file_unreadable', `${file}: ${error.message}.`, error);
  if (error instanceof TypeError) return badRequest('file_unreadable', `${file} is not UTF-8.`, error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? badRequest('file_unreadable', `${file} cannot be read.`, error) : error;
}

/** The file may hold anything, also what would move a terminal's cursor. */
const printable = (text: string) => text.replace(/\p{C}/gu, '?').slice(0, 300);

export { EXPORT_KINDS };
