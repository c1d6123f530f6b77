import type { Executor } from '../../../storage/database.ts';
import { readLabels } from '../reading/labels-store.ts';
import type { StoredLine } from './evidence-store.ts';

/** Adds what people and clients are called today, by their ids. Not sealed, and not proven by anything. */
export async function labelled(
  executor: Executor,
  lines: readonly StoredLine[],
): Promise<readonly StoredLine[]> {
  const ids = ({ line: { leaf } }: StoredLine, members: readonly ('account' | 'actor' | 'client')[]) =>
    members.flatMap((member) => (typeof leaf?.[member] === 'string' ? [leaf[member]] : []));
  const { accounts, clients } = await readLabels(
    executor,
    lines.flatMap((line) => ids(line, ['account', 'actor'])),
    lines.flatMap((line) => ids(line, ['client', 'actor'])),
  );
  return lines.map((stored) => {
    const labels: Record<string, string> = {};
    for (const id of ids(stored, ['account', 'actor', 'client'])) {
      const person = accounts.get(id);
      const name = person === undefined ? clients.get(id)?.name : `${person.name} <${person.email}>`;
      if (name !== undefined) labels[id] = name;
    }
    return Object.keys(labels).length === 0 ? stored : { ...stored, line: { ...stored.line, labels } };
  });
}
