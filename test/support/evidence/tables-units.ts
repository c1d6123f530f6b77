import { type TableRule, told } from './rules.ts';

/** Units, and who owns a client. */
export const UNIT_TABLES: Readonly<Record<string, TableRule>> = {
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
