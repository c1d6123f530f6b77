import { Migration } from '@mikro-orm/migrations';

/** That a mail came back after it was sent, as whoever reads the bounces reports it. */
export class Migration20261202006001_mail_bounces extends Migration {
  override up(): void {
    this.addSql('alter table mail_outbox add column bounced_at timestamptz');
    this.addSql('alter table mail_outbox add column bounce_permanent boolean');
    this.addSql('alter table mail_outbox add column bounce_reason text');
  }

  override down(): void {
    for (const column of ['bounced_at', 'bounce_permanent', 'bounce_reason'])
      this.addSql(`alter table mail_outbox drop column ${column}`);
  }
}
