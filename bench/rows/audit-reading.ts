import { createAuditReader } from '../../src/domain/audit/reading/reader-store.ts';
import { openTestDatabase } from '../../test/support/audit-database.ts';
import { addManyEvents, MANY_EVENTS_COMBINED, MANY_EVENTS_FILTERS } from '../../test/support/many-events.ts';
import { stopTestPostgres } from '../../test/support/postgres.ts';
import { median } from '../statistics.ts';
import { type Figure, judged, type Row } from './row.ts';

const EVENTS = 1_000_000;
const QUICK_EVENTS = 100_000;
const ROUNDS = 15;
const LIMIT = 50;

/** Pages of the audit trail by each filter: the slowest of them, over 10⁶ events. */
export const auditReading: Row = {
  name: 'audit-reading',
  async measure({ quick }) {
    const { test, database, close } = await openTestDatabase();
    try {
      await addManyEvents(test.ownerUrl, quick ? QUICK_EVENTS : EVENTS);
      const reader = createAuditReader();
      const slowest = async (name: string, cases: object): Promise<Figure> => {
        const medians: Record<string, number[]> = {};
        for (const [filter, filters] of Object.entries(cases)) {
          const taken: number[] = [];
          for (let round = 0; round < ROUNDS; round += 1) {
            const began = performance.now();
            await reader.page(database, { filters, limit: LIMIT });
            taken.push(performance.now() - began);
          }
          medians[filter] = taken;
        }
        const [worst = ['', []]] = Object.entries(medians).sort(([, a], [, b]) => median(b) - median(a));
        return {
          ...judged(name, median(worst[1]), { atMost: 50 }),
          detail: `slowest by ${worst[0]}; ${Object.keys(medians).length} kinds of query`,
          rounds: medians,
        };
      };
      return [
        await slowest('page of the trail by one filter, ms', MANY_EVENTS_FILTERS),
        await slowest('page of the trail by two filters, ms', MANY_EVENTS_COMBINED),
      ];
    } finally {
      await close();
      await stopTestPostgres();
    }
  },
};
