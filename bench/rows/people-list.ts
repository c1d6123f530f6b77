import { listedPeople } from '../../src/domain/accounts/listing/facts-store.ts';
import { SORTS } from '../../src/domain/accounts/listing/filters.ts';
import { pageOfPeople } from '../../src/domain/accounts/listing/listing-store.ts';
import { openTestDatabase } from '../../test/support/audit-database.ts';
import {
  addManyPeople,
  MANY_PEOPLE_COMBINED,
  MANY_PEOPLE_FILTERS,
  MANY_UNITS,
} from '../../test/support/many-people.ts';
import { stopTestPostgres } from '../../test/support/postgres.ts';
import { percentile } from '../statistics.ts';
import { type Figure, judged, type Row } from './row.ts';

const PEOPLE = 1_000_000;
const QUICK_PEOPLE = 50_000;
/** Of each kind of query: the nineteenth of twenty is what 95 of a hundred do not exceed. */
const ROUNDS = 20;
const LIMIT = 50;

const WITHIN = {
  'of everybody': undefined,
  'of a large unit': [MANY_UNITS.large],
  'of a small unit': MANY_UNITS.small.slice(0, 1),
  'of 40 units': [MANY_UNITS.top, MANY_UNITS.large, ...MANY_UNITS.small],
} as const;

/** Pages of people, with what is told of each, by each filter, in each order: the slowest of them, over 10⁶ people, once warm. */
export const peopleList: Row = {
  name: 'people-list',
  async measure({ quick }) {
    const { test, database, close } = await openTestDatabase();
    try {
      await addManyPeople(test.ownerUrl, quick ? QUICK_PEOPLE : PEOPLE);
      const now = new Date();
      const slowest = async (name: string, cases: object): Promise<Figure> => {
        const times: Record<string, number[]> = {};
        for (const [filter, filters] of Object.entries(cases)) {
          for (const [where, units] of Object.entries(WITHIN)) {
            for (const by of SORTS) {
              const taken: number[] = [];
              for (let round = 0; round < ROUNDS; round += 1) {
                const began = performance.now();
                const sort = { by, descending: false };
                const { ids } = await pageOfPeople(database, { filters, sort, limit: LIMIT, units, now });
                await listedPeople(database, ids, now);
                taken.push(performance.now() - began);
              }
              times[`${filter}, ${where}, by ${by}`] = taken;
            }
          }
        }
        const p95 = (taken: readonly number[]) => percentile(taken, 95);
        const [worst = ['', []]] = Object.entries(times).sort(([, a], [, b]) => p95(b) - p95(a));
        return {
          ...judged(name, p95(worst[1]), { atMost: 50 }),
          detail: `slowest: ${worst[0]}; ${Object.keys(times).length} kinds of query`,
          rounds: times,
        };
      };
      return [
        await slowest('page of people by one filter, p95 in ms', MANY_PEOPLE_FILTERS),
        await slowest('page of people by two filters, p95 in ms', MANY_PEOPLE_COMBINED),
      ];
    } finally {
      await close();
      await stopTestPostgres();
    }
  },
};
