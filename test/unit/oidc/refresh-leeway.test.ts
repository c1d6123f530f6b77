import { expect } from 'chai';
import fc from 'fast-check';
import { systemClock } from '../../../src/kernel/clock.ts';
import { sha256 } from '../../../src/kernel/crypto.ts';
import { createArtifactStore } from '../../../src/oidc/artifact-store.ts';
import { upsertWrite } from '../../../src/oidc/artifact-write-store.ts';
import { MOST_REPLAYS, mayComeAgain } from '../../../src/oidc/refresh-leeway.ts';
import { spendWrites } from '../../../src/oidc/refresh-store.ts';
import { revokeFamily } from '../../../src/oidc/revocation-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, UnitConflict } from '../../../src/storage/unit-of-work.ts';
import { ENTITIES } from '../../../src/wire.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

const LEEWAY = 10;
const START = Date.parse('2030-01-01T00:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000);

interface ModelToken {
  readonly parent: number | undefined;
  spentAt?: number;
  replays: number;
  line?: number;
}

/** What the leeway means, as small as it can be said: which showing of which token of a family is answered with another one. */
function modelOf() {
  const tokens: ModelToken[] = [{ parent: undefined, replays: 0 }];
  let alive = true;
  return {
    tokens,
    show(index: number, seconds: number): boolean {
      const token = tokens[index];
      if (!alive || token === undefined) return false;
      const parent = token.parent === undefined ? undefined : tokens[token.parent];
      const isLine = parent === undefined || parent.line === undefined || parent.line === index;
      const isFirst = token.spentAt === undefined;
      const isAgain =
        !isFirst && seconds < Number(token.spentAt) + LEEWAY && token.replays < 2 && token.line === undefined;
      alive = isLine && (isFirst || isAgain);
      if (!alive) return false;
      if (isFirst) token.spentAt = seconds;
      else token.replays += 1;
      if (parent !== undefined) parent.line = index;
      tokens.push({ parent: index, replays: 0 });
      return true;
    },
  };
}

describe('the leeway of refresh tokens, in PostgreSQL', () => {
  let test: TestDatabase;
  let database: Database;

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      ...{ url: test.serverUrl, entities: ENTITIES, role: 'server', poolSize: 10, migrationsPath },
    });
    await database.query(
      `insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds, absolute_seconds,
         idle_expires_at, absolute_expires_at)
       values ('lasts', 'a', $1, $1, $1, 3600, 3600, $2, $2), ('over', 'a', $1, $1, $1, 1, 1, $1, $1)`,
      [at(0), at(86_400)],
    );
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  let families = 0;
  const newFamily = async (sessionUid = 'lasts') => {
    families += 1;
    const grant = `grant ${families}`;
    const id = (index: number) => `${grant} ${index}`;
    const token = (index: number, parent?: number) => ({
      model: 'RefreshToken',
      id: id(index),
      payload: { grantId: grant, sessionUid },
      expiresAt: undefined,
      predecessor: parent === undefined ? undefined : sha256(id(parent)),
    });
    await commitWrites(database, [upsertWrite([token(0)])]);
    /** Shows a token; answers whether `next` came of it, and ends the family where not. */
    const show = async (index: number, seconds: number, next: number, parent: number | undefined) => {
      try {
        await commitWrites(database, [
          ...spendWrites({
            ...{ id: id(index), at: at(seconds), leewaySeconds: LEEWAY },
            predecessor: parent === undefined ? undefined : sha256(id(parent)),
          }),
          upsertWrite([token(next, index)]),
        ]);
        return true;
      } catch (error) {
        if (!(error instanceof UnitConflict)) throw error;
        await commitWrites(database, [revokeFamily(grant)]);
        return false;
      }
    };
    /** Whether the read before the write would let it through. */
    const seems = async (index: number, seconds: number) => {
      const found = await createArtifactStore(database, systemClock).findFamily(
        'RefreshToken',
        id(index),
        false,
      );
      if (found === undefined) return false;
      const { consumedAt, line } = found.artifact;
      return consumedAt === undefined || (line !== undefined && mayComeAgain(line, at(seconds)));
    };
    return { show, seems };
  };

  it('is what the model says, whatever is shown in which order', async () => {
    const showing = fc.record({ token: fc.nat(), wait: fc.constantFrom(0, 1, LEEWAY - 1, LEEWAY, 60) });
    await fc.assert(
      fc.asyncProperty(fc.array(showing, { minLength: 1, maxLength: 12 }), async (showings) => {
        const model = modelOf();
        const { show, seems } = await newFamily();
        let now = 0;
        for (const { token, wait } of showings) {
          now += wait;
          // The last few are those of which it matters.
          const count = model.tokens.length;
          const index = count - 1 - (token % Math.min(count, 5));
          const { parent } = model.tokens[index] ?? { parent: undefined };
          const seemed = await seems(index, now);
          const expected = model.show(index, now);
          expect(seemed, 'read').to.equal(expected);
          expect(await show(index, now, count, parent), 'written').to.equal(expected);
          if (!expected) break;
        }
      }),
      { numRuns: 120 },
    );
  });

  it('lets no more through of fifty at the same time', async () => {
    const { show } = await newFamily();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => show(0, 0, n + 1, undefined)));
    expect(answers.filter(Boolean)).to.have.length.within(1, 1 + MOST_REPLAYS);
    expect(await show(0, 0, 99, undefined)).to.equal(false);
  });

  it('has one line of fifty that use two siblings at the same time', async () => {
    const { show, seems } = await newFamily();
    expect([await show(0, 0, 1, undefined), await show(0, 0, 2, undefined)]).to.deep.equal([true, true]);
    const used = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => ({
        sibling: 1 + (n % 2),
        given: await show(1 + (n % 2), 0, n + 3, 0),
      })),
    );
    const lines = new Set(used.filter(({ given }) => given).map(({ sibling }) => sibling));
    expect(lines.size).to.be.at.most(1);
    expect(await seems(1, 0)).to.equal(false);
  });

  it('is only in a session that lasts', async () => {
    const { show } = await newFamily('over');
    expect([await show(0, 0, 1, undefined), await show(0, 1, 2, undefined)]).to.deep.equal([true, false]);
  });
});
