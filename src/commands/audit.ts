import type { Command } from 'commander';
import type { WithAdministration } from './acting.ts';
import { registerAuditRetention } from './audit-retention.ts';
import { processTerminal, type Terminal } from './environment.ts';

/** `gatehouse audit …`: the audit trail. */
export function registerAudit(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const audit = program.command('audit').description('the audit trail: who did what, when, from where');
  registerAuditRetention(audit, withApp, terminal);
}
