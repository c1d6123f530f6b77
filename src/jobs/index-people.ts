import { indexDuePeople } from '../domain/accounts/listing/indexing-store.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

/** How long a change of a server of the version before may go unnoticed by lists of people. */
const LOOK_AGAIN_MS = 5_000;
const BATCH = 500;

export interface IndexPeopleDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly log: Logger;
}

/**
 * Has lists of people find those whose row was made or changed by an earlier version. Every node does it, each skipping what
 * another one holds; after an upgrade it goes through everybody once.
 */
export const createIndexPeople = ({ database, log }: IndexPeopleDependencies): Job => ({
  name: 'index-people',
  async round() {
    const count = await indexDuePeople(database, BATCH);
    if (count > 0) log.debug({ count }, 'people were made ready to be listed');
    return count < BATCH ? LOOK_AGAIN_MS : 0;
  },
});
