import { defineEntity, p } from '@mikro-orm/postgresql';

/** Which event is which leaf of the tree, with its hash, and what the sealer found of its MAC. */
export const AuditLeafRecord = defineEntity({
  name: 'AuditLeafRecord',
  tableName: 'audit_leaves',
  properties: {
    index: p.bigint().primary().autoincrement(false),
    event: p.uuid(),
    at: p.datetime(6),
    mac: p.text(),
    hash: p.blob(),
  },
  indexes: [
    { name: 'audit_leaves_at_index', properties: ['at'] },
    {
      name: 'audit_leaves_invalid_index',
      expression: `create index audit_leaves_invalid_index on audit_leaves (index) where mac = 'invalid'`,
    },
  ],
  uniques: [{ name: 'audit_leaves_event_index', properties: ['event'] }],
  checks: [{ name: 'audit_leaves_mac_check', expression: `mac in ('valid', 'none', 'invalid')` }],
});

/** Roots of complete subtrees. */
export const AuditNodeRecord = defineEntity({
  name: 'AuditNodeRecord',
  tableName: 'audit_nodes',
  properties: {
    level: p.smallint().primary().autoincrement(false),
    index: p.bigint().primary().autoincrement(false),
    hash: p.blob(),
  },
});

/** The keys that sign checkpoints: the private half sealed. */
export const AuditKeyRecord = defineEntity({
  name: 'AuditKeyRecord',
  tableName: 'audit_keys',
  properties: {
    id: p.text().primary(),
    verifier: p.text(),
    sealed: p.text().nullable(),
    createdAt: p.datetime(),
    retiredAt: p.datetime().nullable(),
  },
});

/** Signed states of the tree: about one a minute, and those that somebody else has. */
export const AuditCheckpointRecord = defineEntity({
  name: 'AuditCheckpointRecord',
  tableName: 'audit_checkpoints',
  properties: {
    id: p.bigint().primary().generated('identity'),
    size: p.bigint(),
    root: p.blob(),
    key: p.text(),
    note: p.text(),
    at: p.datetime(),
  },
  indexes: [{ name: 'audit_checkpoints_size_index', properties: ['size'] }],
});

/** How far the trail is sealed: one row. */
export const AuditSealingRecord = defineEntity({
  name: 'AuditSealingRecord',
  tableName: 'audit_sealing',
  properties: {
    id: p.smallint().primary().autoincrement(false).default(1),
    size: p.bigint().defaultRaw('0'),
    frontier: p.json().defaultRaw(`'[]'`),
    cluster: p.text().nullable(),
    xid: p.string().columnType('xid8').defaultRaw(`'0'`),
    event: p.uuid().defaultRaw(`'00000000-0000-0000-0000-000000000000'`),
    beforeDone: p.boolean().default(false),
    beforeAt: p.datetime(6).nullable(),
    beforeEvent: p.uuid().nullable(),
    provenFrom: p.bigint().nullable(),
    sealedAt: p.datetime().nullable(),
    /** What was signed last. */
    signedSize: p.bigint().nullable(),
    signedRoot: p.blob().nullable(),
    signedKey: p.text().nullable(),
    signedNote: p.text().nullable(),
    signedAt: p.datetime().nullable(),
  },
  checks: [{ name: 'audit_sealing_id_check', expression: 'id = 1' }],
});
