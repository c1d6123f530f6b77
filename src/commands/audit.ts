import type { Command } from 'commander';
import type { WithAdministration } from './acting.ts';
import { registerAuditKeys } from './audit-keys.ts';
import { registerAuditList } from './audit-list.ts';
import { processTerminal, type Terminal } from './environment.ts';

/** `gatehouse audit …`: the audit trail and its proof. */
export function registerAudit(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const audit = program
    .command('audit')
    .description('the audit trail, and the proof that nobody has changed it');
  registerAuditList(audit, withApp, terminal);
  registerAuditKeys(audit, withApp, terminal);
}
