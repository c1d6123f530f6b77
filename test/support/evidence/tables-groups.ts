import { type TableRule, told, untold } from './rules.ts';

/** Groups, who is a member, and the roles that they give. */
export const GROUP_TABLES: Readonly<Record<string, TableRule>> = {
  groups: {
    made: told('group.created'),
    removed: told('group.deleted', 'group.ending_finished'),
    changed: {
      'name name_key description': told('group.changed'),
      version: untold('counts changes, each of which is told'),
      deleted_at: told('group.deleted'),
    },
    fixed: 'id created_at',
  },
  group_members: {
    about: { account: 'account' },
    made: told('group.member_added'),
    removed: told('group.member_removed', 'account.deleted'),
    fixed: 'group_id account added_at',
  },
  group_roles: {
    made: told('group.created', 'group.roles_changed'),
    removed: told('group.roles_changed', 'group.deleted'),
    fixed: 'group_id role',
  },
  group_endings: {
    made: told('group.roles_changed', 'group.deleted'),
    removed: untold('kept for a while after it is done'),
    changed: {
      'done last': untold('how far it has come; what it does about each person is told'),
      finished_at: told('group.ending_finished'),
    },
    fixed: 'id group_id roles members created_at',
  },
};
