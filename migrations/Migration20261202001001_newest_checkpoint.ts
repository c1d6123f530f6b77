import { Migration } from '@mikro-orm/migrations';

/**
 * What each round of the sealer has signed stands in its state; `audit_checkpoints`, which only grows, gets one of them a minute.
 * They are null until the first round of a server that knows them: until then the newest is in that table.
 */
export class Migration20261202001001_newest_checkpoint extends Migration {
  override up(): void {
    this.addSql(`
      alter table audit_sealing
        add column signed_size bigint,
        add column signed_root bytea,
        add column signed_key text,
        add column signed_note text,
        add column signed_at timestamptz`);
  }

  override down(): void {
    // A server of before seals on only where it finds what was signed last.
    this.addSql(`
      insert into audit_checkpoints (size, root, key, note, at)
      select signed_size, signed_root, signed_key, signed_note, signed_at from audit_sealing s
      where signed_note is not null and not exists (
        select from audit_checkpoints c where c.size = s.signed_size and c.note = s.signed_note)`);
    this.addSql(`
      alter table audit_sealing
        drop column signed_size, drop column signed_root, drop column signed_key, drop column signed_note, drop column signed_at`);
  }
}
