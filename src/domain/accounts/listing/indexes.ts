/** By which lists of people are gone through, or begun with the few that a filter leaves; as the migration has made them. */
const OF: Readonly<Record<string, string>> = {
  accounts_name_key_index: '(name_key, id)',
  accounts_unit_name_key_index: '(unit, name_key, id)',
  accounts_created_at_index: '(created_at, id)',
  accounts_unit_created_at_index: '(unit, created_at, id)',
  accounts_status_index: '(status, unit, id)',
  accounts_unfinished_index: `(unit, id) where status = 'active' and password_changed_at is null and not email_verified`,
  accounts_listing_due_index: '(id) where listing_due',
};

export const LISTING_INDEXES = Object.entries(OF).map(([name, of]) => ({
  name,
  expression: `create index ${name} on accounts ${of}`,
}));
