import type { Person } from '../administration/people/person.ts';
import type { Terminal } from './environment.ts';
import { inWords } from './generated/names.ts';

/** One line for people: address, name, status, roles. */
export const toLine = ({ email, name, status, roles }: Person) =>
  [email, name, status, ...(roles.length > 0 ? [roles.join(',')] : [])].join('  ');

/** The whole account, a field a line, or as one JSON object. */
export function printPerson(terminal: Terminal, person: Person, json = false): void {
  if (json) {
    terminal.print(JSON.stringify(person));
    return;
  }
  for (const [name, value] of Object.entries(person)) {
    const text =
      value instanceof Date
        ? value.toISOString()
        : Array.isArray(value)
          ? value.join(', ')
          : String(value ?? '-');
    terminal.print(`${`${inWords(name)}:`.padEnd(22)}${text}`);
  }
}
