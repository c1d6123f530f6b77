import { type TableRule, told, untold } from './rules.ts';

/** Units, who owns a client, and what waits for a second person. */
export const UNIT_TABLES: Readonly<Record<string, TableRule>> = {
  approvals: {
    made: told('approval.requested'),
    removed: untold('kept for a week after it is over'),
    changed: {
      'state decided_by decided_at input account': told(
        'approval.granted',
        'approval.declined',
        'approval.withdrawn',
        'approval.expired',
        'account.deleted',
      ),
      result: told('approval.granted', 'approval.result_taken', 'account.deleted'),
    },
    fixed: 'id act asker_kind asker asker_command reason client target_version requested_at expires_at',
  },
  units: {
    made: told('unit.created'),
    removed: told('unit.deleted'),
    changed: { 'parent name name_key': told('unit.changed') },
    fixed: 'id created_at',
  },
  client_owners: {
    about: { client: 'client' },
    made: told('client.owner_added', 'client.created'),
    removed: {
      ...told('client.owner_removed', 'client.deleted'),
      or: { types: ['account.deleted'], about: { account: 'account' } },
    },
    fixed: 'client account added_at',
  },
};
