import type { Person } from '../administration/people/person.ts';
import type { Terminal } from './environment.ts';
import { asJson } from './json.ts';

/** One line for people: address, name, status, roles. */
export const toLine = ({ email, name, status, roles }: Person) =>
  [email, name, status, ...(roles.length > 0 ? [roles.join(',')] : [])].join('  ');

/** The whole account, a field a line, or as one JSON object. */
export function printPerson(terminal: Terminal, person: Person, json = false): void {
  const view = asJson(person) as object;
  if (json) {
    terminal.print(JSON.stringify(view));
    return;
  }
  for (const [name, value] of Object.entries(view)) {
    const text =
      value instanceof Date
        ? value.toISOString()
        : Array.isArray(value)
          ? value.join(', ')
          : String(value ?? '-');
    terminal.print(`${`${name.replaceAll('_', ' ')}:`.padEnd(22)}${text}`);
  }
}
