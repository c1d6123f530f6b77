import type { Account } from '../domain/accounts/store.ts';
import { parsePasswordHash } from '../domain/passwords/phc.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Terminal } from './environment.ts';

/** One line for people: address, name, status, roles. */
export const toLine = ({ email, name, status, roles }: Account) =>
  [email, name, status, ...(roles.length > 0 ? [roles.join(',')] : [])].join('  ');

/** What programs are told of an account: never the hash, only how it was made. */
export function toJson(account: Account): Record<string, unknown> {
  return {
    id: account.id,
    email: account.email,
    email_verified: account.emailVerified,
    name: account.name,
    roles: account.roles,
    status: account.status,
    password: passwordKind(account.passwordHash),
    password_changed_at: account.passwordChangedAt ?? null,
    password_change: changeRequired(account),
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  };
}

/** Why another password is asked for at the next sign-in, apart from its age. */
function changeRequired({ passwordCompromised, passwordMustChange }: Account): string | null {
  if (passwordCompromised) return 'compromised';
  return passwordMustChange ? 'must_change' : null;
}

function passwordKind(hash: string | undefined): string | null {
  if (hash === undefined) return null;
  try {
    return parsePasswordHash(hash).algorithm;
  } catch (error) {
    if (error instanceof GatehouseError) return 'unreadable';
    throw error;
  }
}

/** The whole account, a field a line, or as one JSON object. */
export function printAccount(terminal: Terminal, account: Account, json = false): void {
  const view = toJson(account);
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
