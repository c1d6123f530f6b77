import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';

/**
 * Subjects (`sub`) that are nobody's any more and never anybody's again: those of accounts that were merged into another. Kept as
 * digests, so that nothing of a person who is deleted stays readable.
 */
export const ReservedSubjectRecord = defineEntity({
  name: 'ReservedSubjectRecord',
  tableName: 'reserved_subjects',
  properties: {
    digest: p.blob().primary(),
    reservedAt: p.datetime(),
  },
});

/** As SQL: the digest of a subject; `sub` is an expression. */
export const subjectDigest = (sub: string): string => `sha256(convert_to(${sub}, 'UTF8'))`;

const RESERVE: Statement = {
  name: 'reserved_subjects_reserve',
  text: `
    insert into reserved_subjects (digest, reserved_at)
    select ${subjectDigest('given')}, $2 from unnest($1::text[]) as given on conflict do nothing`,
};

export interface ReservedSubjects {
  /**
   * Holds all subjects until the end of the transaction: nobody makes an account with a subject of its own, or a client, meanwhile. To
   * be taken before any account is held.
   */
  hold(tx: Executor): Promise<void>;
  /** Nobody is given one of these subjects from now on. */
  reserve(tx: Executor, subjects: readonly string[]): Promise<void>;
}

export const createReservedSubjects = (clock: Clock): ReservedSubjects => ({
  hold: (tx) => lock(tx, 'subjects'),
  async reserve(tx, subjects) {
    await tx.query(RESERVE, [[...new Set(subjects)], clock.now()]);
  },
});
