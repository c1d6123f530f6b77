import { z } from 'zod';
import { addPendingEvent } from '../../domain/audit/pending-events.ts';
import type { Effects } from '../../lifecycle/factor-enrolment.ts';
import { currentUnit, type UnitOfWork } from '../../storage/unit-of-work.ts';

/** The field in which a factor gets its name. It bounds the form; `factor-name.ts` says what is wrong with a name. */
export const factorName = z
  .string()
  .max(1_000)
  .transform((text) => text.normalize('NFC').trim())
  .default('');

/**
 * Commits a change of somebody's factors, with what is recorded of it. Throws `UnitConflict`, with nothing written, when
 * somebody was faster.
 */
export async function commitMade({ writes, events }: Effects, session: string): Promise<void> {
  const unit = currentUnit() as UnitOfWork;
  unit.add(...writes);
  for (const event of events) addPendingEvent(unit, { ...event, session });
  try {
    await unit.commit();
  } catch (error) {
    unit.discard();
    throw error;
  }
}
