import type { AdminScope } from '../../domain/clients/admin-scopes.ts';
import type { AdministrativeRoles } from './roles.ts';

/** What of an act the matrix tells. */
export interface MatrixAct {
  readonly name: string;
  readonly scope: AdminScope;
  readonly subject: string;
  readonly operatorOnly: boolean;
  readonly dangerous: boolean | 'sometimes';
  readonly leadsIn: boolean;
}

/** Which role may do which act, as a table of Markdown: a row an act, a column a role. */
export function matrixAsTable(acts: readonly MatrixAct[], roles: AdministrativeRoles): string {
  const names = [...roles.keys()];
  const head = ['act', 'scope', 'limited by', ...names, 'asks for'];
  const rows = acts.map((act) => [
    `\`${act.name}\``,
    `\`${act.scope}\``,
    limits(act),
    ...names.map((role) => (!act.operatorOnly && roles.get(role)?.acts.has(act.name) ? 'yes' : '')),
    asks(act),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const LIMITS: Readonly<Record<string, string>> = {
  person: 'unit',
  unit: 'unit',
  client: 'owner',
  newPerson: 'unit',
  newClient: 'owner',
  rows: 'unit or owner',
  group: 'unit or owner',
  installation: 'cannot be',
};

const limits = ({ operatorOnly, subject }: MatrixAct) => (operatorOnly ? '' : (LIMITS[subject] ?? subject));

const DANGERS = { true: 'reason, fresh proof', sometimes: 'reason, fresh proof, sometimes', false: '' };

const asks = ({ operatorOnly, dangerous, leadsIn }: MatrixAct) =>
  operatorOnly
    ? 'the machine of the server'
    : [DANGERS[`${dangerous}`], ...(leadsIn ? ['the rights of its person'] : [])].filter(Boolean).join('; ');
