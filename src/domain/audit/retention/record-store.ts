import { defineEntity, p } from '@mikro-orm/postgresql';

/**
 * Retention: how long the trail is kept in the database. This folder owns the partitions of the trail by month, what is archived
 * after its time, and the holds that stop that. The file of an archive is a bundle (`bundle/`).
 */

/** Months that left the trail, with the leaves of their events and the file into which these were exported. */
export const AuditArchiveRecord = defineEntity({
  name: 'AuditArchiveRecord',
  tableName: 'audit_archives',
  properties: {
    partition: p.text().primary(),
    fromAt: p.datetime().nullable(),
    toAt: p.datetime(),
    first: p.bigint().nullable(),
    last: p.bigint().nullable(),
    events: p.bigint(),
    file: p.text().nullable(),
    sha256: p.text().fieldName('sha256').nullable(),
    archivedAt: p.datetime(),
    droppedAt: p.datetime().nullable(),
  },
});

/** Orders to keep everything, or everything about somebody. */
export const AuditHoldRecord = defineEntity({
  name: 'AuditHoldRecord',
  tableName: 'audit_holds',
  properties: {
    id: p.bigint().primary().generated('identity'),
    account: p.text().nullable(),
    reason: p.text(),
    placedAt: p.datetime(),
    liftedAt: p.datetime().nullable(),
  },
  indexes: [
    {
      name: 'audit_holds_account_index',
      expression: 'create index audit_holds_account_index on audit_holds (account) where lifted_at is null',
    },
  ],
});

/** People who were deleted while a hold forbade to erase their personal values. */
export const AuditHeldErasureRecord = defineEntity({
  name: 'AuditHeldErasureRecord',
  tableName: 'audit_held_erasures',
  properties: { account: p.text().primary(), since: p.datetime() },
});
