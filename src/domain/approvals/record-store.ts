import { defineEntity, p } from '@mikro-orm/postgresql';

/** The table of requests that wait for a second person. */

const STATES = ['waiting', 'done', 'declined', 'withdrawn', 'expired'] as const;

export const ApprovalRecord = defineEntity({
  name: 'ApprovalRecord',
  tableName: 'approvals',
  properties: {
    id: p.uuid().primary(),
    act: p.text(),
    askerKind: p.enum(['person', 'client', 'command']),
    asker: p.text(),
    askerCommand: p.text().nullable(),
    reason: p.text(),
    /** Sealed. */
    input: p.text().nullable(),
    account: p.uuid().nullable(),
    client: p.text().nullable(),
    targetVersion: p.text().nullable(),
    requestedAt: p.datetime(),
    expiresAt: p.datetime(),
    state: p.enum(STATES),
    decidedBy: p.uuid().nullable(),
    decidedAt: p.datetime().nullable(),
    /** Sealed; until the asker has taken it. */
    result: p.text().nullable(),
  },
  indexes: [
    {
      name: 'approvals_requested_index',
      expression: 'create index approvals_requested_index on approvals (requested_at, id)',
    },
    {
      name: 'approvals_waiting_index',
      expression: `create index approvals_waiting_index on approvals (expires_at) where state = 'waiting'`,
    },
  ],
});
