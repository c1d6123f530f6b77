import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * Room for a new session is made by ending what its person has chosen, before anything else is looked for. The rest is as
 * it was: one at a time for each person, by a function, which reads what was committed while it waited.
 */
export class Migration20261128000100_session_choice extends Migration {
  override up(): void {
    this.addSql('drop function make_room_for_session(text, text, integer, boolean, timestamptz)');
    this.addSql(sqlFunction('make_room_for_session', 2));
  }

  override down(): void {
    this.addSql('drop function make_room_for_session(text, text, integer, boolean, text[], timestamptz)');
    this.addSql(sqlFunction('make_room_for_session', 1));
  }
}
