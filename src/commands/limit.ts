import { MOST_LISTED } from '../administration/waiting.ts';
import { UsageError } from './usage.ts';

/** What `--limit` says. Throws `limit_invalid`. */
export function limitOf(text: string): number {
  const value = Number(text);
  if (!/^\d+$/u.test(text) || value < 1 || value > MOST_LISTED) {
    throw new UsageError('limit_invalid', `--limit: expected a whole number from 1 to ${MOST_LISTED}`);
  }
  return value;
}
