import { Migration } from '@mikro-orm/migrations';
import { sqlFunction } from './functions/load.ts';

/**
 * Makes room for a new session of somebody who may have so many at a time. Whoever begins one holds the person's lock until
 * it is committed, and a function reads what was committed while it waited: so no two find the same room. Answers the
 * sessions that it has ended; where none may be ended, it fails the unit.
 */
export class Migration20261123002100_session_cap extends Migration {
  override up(): void {
    this.addSql(sqlFunction('make_room_for_session', 1));
  }

  override down(): void {
    this.addSql('drop function make_room_for_session(text, text, integer, boolean, timestamptz)');
  }
}
