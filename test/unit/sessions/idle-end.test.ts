import { expect } from 'chai';
import fc from 'fast-check';
import {
  createSessionDeadlineStore,
  type SessionDeadlines,
} from '../../../src/domain/sessions/deadline-store.ts';
import { afterRefresh, afterUse, COALESCED_SECONDS, idleEnd } from '../../../src/domain/sessions/policy.ts';
import { idleEndSql, SessionClientRecord, SessionRecord } from '../../../src/domain/sessions/record-store.ts';
import { type SessionUse, sessionUses } from '../../../src/domain/sessions/use-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { commitWrites, type Write } from '../../../src/storage/unit-of-work.ts';
import { createStoreDatabase, migrationsPath, type TestDatabase } from '../../support/postgres.ts';

/** The rule stands in the policy, for what a page is told, and in SQL, for what the database decides by. */
describe('when a session ends that nobody uses', () => {
  let test: TestDatabase;
  let database: Database;

  before(async () => {
    test = await createStoreDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [SessionRecord, SessionClientRecord],
      role: 'server',
      poolSize: 1,
      migrationsPath,
    });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const moment = fc.date({
    min: new Date('2020-01-01T00:00:00Z'),
    max: new Date('2040-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  const seconds = (max: number) => fc.integer({ min: 1, max });

  it('is the same in SQL as in the policy', async () => {
    const text = `select ${idleEndSql('$1::timestamptz', '$2::integer', '$3::timestamptz')} as idle_end`;
    await fc.assert(
      fc.asyncProperty(moment, seconds(10_000_000), moment, async (since, idle, absolute) => {
        const [row] = await database.query<{ idle_end: Date | string }>({ name: 'idle_end', text }, [
          since,
          idle,
          absolute,
        ]);
        expect(new Date(row?.idle_end ?? 0)).to.deep.equal(idleEnd(since, idle, absolute));
      }),
    );
  });

  it('is the same in SQL as in the policy where refreshes count', async () => {
    const text = `select ${idleEndSql('$1::timestamptz', '$2::integer', '$3::timestamptz', {
      at: '$4::timestamptz',
      keepsSeconds: '$5::integer',
    })} as idle_end`;
    await fc.assert(
      fc.asyncProperty(
        moment,
        seconds(10_000),
        fc.tuple(seconds(100_000), fc.integer({ min: -10, max: 20_000 }), seconds(7_200)),
        async (since, idle, [end, refreshed, keepsSeconds]) => {
          const later = (by: number) => new Date(since.getTime() + by * 1000);
          const [absolute, at] = [later(end), later(refreshed)];
          const [row] = await database.query<{ idle_end: Date | string }>({ name: 'kept_end', text }, [
            ...[since, idle, absolute, at, keepsSeconds],
          ]);
          const found = new Date(row?.idle_end ?? 0);
          expect(found).to.deep.equal(idleEnd(since, idle, absolute, { at, keepsSeconds }));
          // What the members promise, said once more in other words.
          expect(found.getTime()).to.be.at.most(later(Math.max(idle, keepsSeconds)).getTime());
          expect(found.getTime()).to.be.at.most(absolute.getTime());
          expect(found.getTime()).to.be.at.least(idleEnd(since, idle, absolute).getTime());
        },
      ),
    );
  });

  it('is what the policy says after each kind of use', async () => {
    const deadlines = createSessionDeadlineStore(database);
    const commit = (write: Write) => commitWrites(database, [write]);
    const found = async (uid: string, at: Date) => (await deadlines.find(uid, at)) as SessionDeadlines;
    let sessions = 0;
    await fc.assert(
      fc.asyncProperty(
        moment,
        seconds(7_200),
        fc.integer({ min: 7_300, max: 90_000 }),
        fc.array(
          fc.tuple(
            fc.constantFrom('touch', 'extend', 'use', 'share', 'refresh', 'refresh', 'narrow'),
            fc.double({ min: 0, max: 0.99, noNaN: true }),
          ),
          {
            maxLength: 8,
          },
        ),
        seconds(7_200),
        async (signedInAt, idleSeconds, absoluteSeconds, uses, keepsSeconds) => {
          sessions += 1;
          const use: SessionUse = {
            uid: `session ${sessions}`,
            accountId: 'person',
            signedInAt,
            limits: { idleSeconds, absoluteSeconds },
            shared: false,
            at: signedInAt,
          };
          const signIn = { acr: undefined, ip: undefined, userAgent: undefined, byTemporaryCode: false };
          await commit(sessionUses.start(use, signIn));
          let isStrict = false;
          let known = await found(use.uid, signedInAt);
          expect(known).to.deep.equal({ ...afterUse(known, signedInAt), uid: use.uid });
          for (const [kind, part] of uses) {
            const span = known.idleExpiresAt.getTime() - known.lastActiveAt.getTime();
            const at = new Date(known.lastActiveAt.getTime() + Math.floor(part * span));
            const isNoted = at.getTime() - known.lastActiveAt.getTime() >= COALESCED_SECONDS * 1000;
            let expected: SessionDeadlines = isNoted ? { ...known, ...afterUse(known, at) } : known;
            if (kind === 'touch') await commit(sessionUses.touch(use.uid, at));
            if (kind === 'extend') expect(await deadlines.extend(known, at)).to.deep.equal(expected);
            if (kind === 'use') {
              await commit(sessionUses.use({ ...use, at }));
              expected = { ...known, ...afterUse(known, at) };
            }
            if (kind === 'refresh') {
              await commit(sessionUses.keep(use.uid, { at, keepsSeconds }, idleSeconds));
              expected = isStrict ? known : { ...known, ...afterRefresh(known, { at, keepsSeconds }) };
            }
            if (kind === 'narrow') {
              // A stricter client asks by itself, where the session has time for it.
              const shorter = Math.max(1, Math.floor(known.idleSeconds / 2));
              const end = idleEnd(known.lastActiveAt, shorter, known.absoluteExpiresAt);
              if (end <= at) continue;
              await commit(
                sessionUses.narrow({ ...use, at, limits: { idleSeconds: shorter, absoluteSeconds } }, false),
              );
              isStrict ||= shorter < idleSeconds;
              expected = { ...known, idleSeconds: shorter, idleExpiresAt: end };
            }
            if (kind === 'share') {
              isStrict = true;
              const shorter = Math.max(1, Math.floor(known.idleSeconds / 2));
              await commit(sessionUses.becomeShared(use.uid, shorter, at));
              expected = { ...known, ...afterUse({ ...known, idleSeconds: shorter }, at) };
            }
            const after = await found(use.uid, at);
            expect(after).to.deep.equal(expected);
            known = after;
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
