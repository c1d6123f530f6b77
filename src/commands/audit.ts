import type { Command } from 'commander';
import { registerAuditEvents } from './audit-events.ts';
import { processTerminal, type Terminal } from './environment.ts';

/** `gatehouse audit …`: the audit trail. */
export function registerAudit(program: Command, terminal: Terminal = processTerminal): void {
  const audit = program.command('audit').description('the audit trail: who did what, when, from where');
  registerAuditEvents(audit, terminal);
}
