import { defineEntity, p } from '@mikro-orm/postgresql';
import { sha256 } from '../../kernel/crypto.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { type DocumentKind, type DocumentText, editionKey } from './policy.ts';

/**
 * One for each account and version. Of a notice, which is acknowledged again and again, the last time; every time is in the
 * audit trail.
 */
export const AgreementRecord = defineEntity({
  name: 'AgreementRecord',
  tableName: 'agreements',
  properties: {
    accountId: p.uuid().primary(),
    document: p.text().primary(),
    version: p.text().primary(),
    language: p.text(),
    textDigest: p.text(),
    agreedAt: p.datetime(),
    attemptHash: p.blob(),
  },
});

/** The code with which a unit fails that accepts what was accepted by a faster request, or for an account that is gone. */
export const ALREADY_AGREED = 'already_agreed';

/** What was agreed to, and where. */
export interface NewAgreement {
  readonly accountId: string;
  readonly kind: DocumentKind;
  readonly version: string;
  readonly text: Pick<DocumentText, 'language' | 'digest'>;
  readonly at: Date;
  /** The sign-in, by its interaction's uid. */
  readonly attempt: string;
}

export interface AgreementStore {
  /** What the account has agreed to, each by its {@link editionKey}. */
  agreedBy(accountId: string): Promise<readonly string[]>;
  /** Keeps it. Terms are accepted once: the second of two fails its unit with {@link ALREADY_AGREED}. */
  agree(agreement: NewAgreement): Write;
  /** Forgets what the person of a deleted account has agreed to. */
  forgetAccount(executor: Executor, accountId: string): Promise<void>;
}

const AGREED: Statement = {
  name: 'agreements_of_account',
  text: 'select document, version from agreements where account_id = $1',
};

export function createAgreementStore(database: Database): AgreementStore {
  return {
    async agreedBy(accountId) {
      const rows = await database.query<{ document: DocumentKind; version: string }>(AGREED, [accountId]);
      return rows.map(({ document: kind, version }) => editionKey({ kind, version }));
    },

    agree: ({ accountId, kind, version, text, at, attempt }) => ({
      otherwise: ALREADY_AGREED,
      // Whoever deletes the account meanwhile holds its row: nothing is kept of somebody who is gone.
      sql: (parameter) => `
        insert into agreements (account_id, document, version, language, text_digest, agreed_at, attempt_hash)
        select id, ${parameter(kind)}::text, ${parameter(version)}::text, ${parameter(text.language)}::text,
          ${parameter(text.digest)}::text, ${parameter(at)}::timestamptz, ${parameter(sha256(attempt))}::bytea
        from accounts where id = ${parameter(accountId)}::uuid for share
        on conflict (account_id, document, version) do ${kind === 'terms' ? 'nothing' : LAST}
        returning 1`,
    }),

    async forgetAccount(executor, accountId) {
      await executor.query('delete from agreements where account_id = $1', [accountId]);
    },
  };
}

const LAST = `update set language = excluded.language, text_digest = excluded.text_digest,
          agreed_at = excluded.agreed_at, attempt_hash = excluded.attempt_hash`;
