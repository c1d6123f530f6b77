import { defineEntity, p } from '@mikro-orm/postgresql';
import { AccountRecord } from '../record-store.ts';

/** What lists of people are sorted and filtered by, beside the account itself. Kept by triggers; its migration says which. */
export const AccountListingRecord = defineEntity({
  name: 'AccountListingRecord',
  tableName: 'account_listings',
  properties: {
    account: () =>
      p
        .manyToOne(AccountRecord)
        .joinColumn('account')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    /** The account's, so that one index has it and the time. */
    unit: p.uuid().nullable(),
    /** `-infinity`: never. */
    lastSignIn: p.datetime(),
    /** Kinds of factors of the person's own, sorted. */
    factors: p.array(),
  },
  indexes: [
    {
      name: 'account_listings_last_sign_in_index',
      expression:
        'create index account_listings_last_sign_in_index on account_listings (last_sign_in, account)',
    },
    {
      name: 'account_listings_unit_last_sign_in_index',
      expression:
        'create index account_listings_unit_last_sign_in_index on account_listings (unit, last_sign_in, account)',
    },
    {
      name: 'account_listings_factors_index',
      expression: 'create index account_listings_factors_index on account_listings (factors, unit, account)',
    },
  ],
});

/** The words by which people are found, by their beginning. */
export const AccountWordRecord = defineEntity({
  name: 'AccountWordRecord',
  tableName: 'account_words',
  properties: {
    account: () =>
      p
        .manyToOne(AccountRecord)
        .joinColumn('account')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    /** Folded; in the order of code points, whatever the database's collation is. */
    word: p.text().collation('C').primary(),
    /** The account's. */
    unit: p.uuid().nullable(),
  },
  indexes: [
    { name: 'account_words_word_index', properties: ['word', 'account'] },
    { name: 'account_words_unit_word_index', properties: ['unit', 'word', 'account'] },
  ],
});

/** Who has a role, by role. Kept by a trigger. */
export const AccountRoleRecord = defineEntity({
  name: 'AccountRoleRecord',
  tableName: 'account_roles',
  properties: {
    account: () =>
      p
        .manyToOne(AccountRecord)
        .joinColumn('account')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    role: p.text().primary(),
    /** The account's. */
    unit: p.uuid().nullable(),
  },
  indexes: [{ name: 'account_roles_role_index', properties: ['role', 'unit', 'account'] }],
});

/** Who has which values of attributes, folded. Kept by the server with the words; the unit by a trigger. */
export const AccountAttributeRecord = defineEntity({
  name: 'AccountAttributeRecord',
  tableName: 'account_attributes',
  properties: {
    account: () =>
      p
        .manyToOne(AccountRecord)
        .joinColumn('account')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    name: p.text().primary(),
    /** In the order of code points, whatever the database's collation is. */
    value: p.text().collation('C').primary(),
    /** The account's. */
    unit: p.uuid().nullable(),
  },
  indexes: [{ name: 'account_attributes_value_index', properties: ['name', 'value', 'unit', 'account'] }],
});
