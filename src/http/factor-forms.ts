import { z } from 'zod';
import type { Made } from '../account-life/factor-enrolment.ts';
import { noteAudit } from '../domain/audit/notes.ts';
import { currentUnit, type UnitOfWork } from '../storage/unit-of-work.ts';

/** As long as a name of a factor may be: enough for "Dr Okafor's blue security key, spare". */
export const MOST_OF_A_NAME = 80;

/** The field in which a factor gets its name. Bounds the form; {@link nameError} says what is wrong with it. */
export const factorName = z
  .string()
  .max(1_000)
  .transform((text) => text.normalize('NFC').trim())
  .default('');

/** Whether people can tell something by it: one line, something to see, nothing that turns the text about. */
export function nameError(name: string): 'missing' | 'invalid' | undefined {
  if (name === '') return 'missing';
  const unfit = !name.isWellFormed() || /[\p{Cc}\p{Co}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(name);
  return unfit || Array.from(name).length > MOST_OF_A_NAME ? 'invalid' : undefined;
}

/**
 * Commits a change of somebody's factors, with what is recorded of it. Throws `UnitConflict`, with nothing written, when
 * somebody was faster.
 */
export async function commitMade({ writes, events }: Made, session: string): Promise<void> {
  const unit = currentUnit() as UnitOfWork;
  unit.add(...writes);
  for (const event of events) noteAudit(unit, { ...event, session });
  try {
    await unit.commit();
  } catch (error) {
    unit.discard();
    throw error;
  }
}
