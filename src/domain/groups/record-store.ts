import { defineEntity, p } from '@mikro-orm/postgresql';

/** The tables of groups, their members, and the roles that they give. */

export const GroupRecord = defineEntity({
  name: 'GroupRecord',
  tableName: 'groups',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    nameKey: p.text(),
    description: p.text(),
    /** Counts the changes of the group itself and of its roles; its members are none of them. */
    version: p.bigint('number').defaultRaw('1'),
    createdAt: p.datetime(),
    /** It is no group any more; its members have still to leave it. */
    deletedAt: p.datetime().nullable(),
  },
  indexes: [
    {
      name: 'groups_name_unique',
      expression: 'create unique index groups_name_unique on groups (name_key) where deleted_at is null',
    },
  ],
});

export const GroupMemberRecord = defineEntity({
  name: 'GroupMemberRecord',
  tableName: 'group_members',
  properties: {
    groupId: () =>
      p
        .manyToOne(GroupRecord)
        .joinColumn('group_id')
        .primary()
        .deleteRule('no action')
        .updateRule('no action')
        .index(false),
    account: p.uuid().primary(),
    addedAt: p.datetime(),
  },
  indexes: [
    {
      name: 'group_members_account_index',
      expression: 'create index group_members_account_index on group_members (account, group_id)',
    },
  ],
});

export const GroupRoleRecord = defineEntity({
  name: 'GroupRoleRecord',
  tableName: 'group_roles',
  properties: {
    groupId: () =>
      p
        .manyToOne(GroupRecord)
        .joinColumn('group_id')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    role: p.text().primary(),
  },
  indexes: [
    {
      name: 'group_roles_role_index',
      expression: 'create index group_roles_role_index on group_roles (role, group_id)',
    },
  ],
});

export const GroupEndingRecord = defineEntity({
  name: 'GroupEndingRecord',
  tableName: 'group_endings',
  properties: {
    id: p.uuid().primary(),
    groupId: () =>
      p
        .manyToOne(GroupRecord)
        .joinColumn('group_id')
        .deleteRule('cascade')
        .updateRule('no action')
        .index('group_endings_group_id_index'),
    /** What the group gives no more. */
    roles: p.array(),
    /** How many people were members. */
    members: p.integer(),
    done: p.integer().default(0),
    /** Who was gone through last. */
    last: p.uuid().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
  indexes: [
    {
      name: 'group_endings_left_index',
      expression:
        'create index group_endings_left_index on group_endings (created_at, id) where finished_at is null',
    },
    {
      name: 'group_endings_finished_at_index',
      expression:
        'create index group_endings_finished_at_index on group_endings (finished_at) where finished_at is not null',
    },
  ],
});
