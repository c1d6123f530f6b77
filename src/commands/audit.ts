import type { Command } from 'commander';
import type { WithAdministration } from './acting.ts';
import { registerAuditList } from './audit-list.ts';
import { processTerminal, type Terminal } from './environment.ts';

/** `gatehouse audit …`: the audit trail. */
export function registerAudit(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const audit = program.command('audit').description('the audit trail: who did what, when, from where');
  registerAuditList(audit, withApp, terminal);
}
