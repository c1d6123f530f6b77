import type { Command } from 'commander';
import type { WithAdministration } from './acting.ts';
import { registerAuditEvents } from './audit-events.ts';
import { registerAuditEvidence } from './audit-evidence.ts';
import { registerAuditKeys } from './audit-keys.ts';
import { registerAuditList } from './audit-list.ts';
import { registerAuditRetention } from './audit-retention.ts';
import { processTerminal, type Terminal } from './environment.ts';

/** `gatehouse audit …`: the audit trail and its proof. */
export function registerAudit(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const audit = program
    .command('audit')
    .description('the audit trail: who did what, when, from where; and the proof that nobody has changed it');
  registerAuditList(audit, withApp, terminal);
  registerAuditEvents(audit, terminal);
  registerAuditKeys(audit, withApp, terminal);
  registerAuditEvidence(audit, withApp, terminal);
  registerAuditRetention(audit, withApp, terminal);
}
