import type { Person } from '../administration/people/person.ts';
import type { Terminal } from './environment.ts';

/** One line for people: address, name, status, roles. */
export const toLine = ({ email, name, status, roles }: Person) =>
  [email, name, status, ...(roles.length > 0 ? [roles.join(',')] : [])].join('  ');

/** What programs are told of an account. */
export const toJson = (person: Person) => ({
  id: person.id,
  email: person.email,
  email_verified: person.emailVerified,
  name: person.name,
  roles: person.roles,
  status: person.status,
  password: person.password,
  password_changed_at: person.passwordChangedAt,
  password_change: person.passwordChange,
  created_at: person.createdAt,
  updated_at: person.updatedAt,
});

/** The whole account, a field a line, or as one JSON object. */
export function printPerson(terminal: Terminal, person: Person, json = false): void {
  const view = toJson(person);
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
