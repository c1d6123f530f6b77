import { expect } from 'chai';
import { systemClock } from '../../../src/kernel/clock.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import { PostgresAdapter } from '../../../src/oidc/adapter.ts';
import { createArtifactStore } from '../../../src/oidc/artifact-store.ts';
import {
  ALREADY_CONSUMED,
  NO_LONGER_THERE,
  SESSION_CHANGED,
} from '../../../src/oidc/artifact-write-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { runInUnit, UnitOfWork } from '../../../src/storage/unit-of-work.ts';
import { codeOf, useDatabase } from './units.ts';

describe('a unit of work', () => {
  const opened = useDatabase();
  let database: Database;
  before(() => {
    ({ database } = opened);
  });

  describe('read before the database', () => {
    const adapter = (model: string) =>
      new PostgresAdapter(model, {
        database,
        artifacts: createArtifactStore(database, systemClock),
        findClient: async () => undefined,
        keyring: { current: 'a', keys: new Map([['a', Buffer.alloc(32, 7)]]) },
        clock: systemClock,
        random: systemRandomness,
        guardUserCode: (find) => find(),
        sessionRecords: {
          stored: () => [],
          outlivesHere: () => false,
          destroyed: () => [],
          refreshed: () => [],
          touched: (_uid, deadlines) => ({ writes: [], deadlines }),
        },
      });
    const inUnit = async (work: () => Promise<void>) => {
      const unit = new UnitOfWork(database);
      await runInUnit(unit, work);
      return unit;
    };

    it('shows what it stored, replaced, consumed, destroyed and revoked; nobody else sees it before the commit', async () => {
      const [codes, sessions] = [adapter('AuthorizationCode'), adapter('Session')];
      await codes.upsert('destroyed', { turn: 1 }, 60);
      await codes.upsert('consumed', { turn: 1 }, 60);
      const unit = await inUnit(async () => {
        await codes.upsert('new', { turn: 1, grantId: 'g' }, 60);
        await codes.upsert('new', { turn: 2, grantId: 'g' }, 60);
        await codes.upsert('revoked', { turn: 1, grantId: 'dying' }, 60);
        await sessions.upsert('session', { uid: 'uid-1' }, 60);
        await codes.destroy('destroyed');
        await codes.revokeByGrantId('dying');
        expect(await codes.find('new')).to.deep.include({ turn: 2 });
        expect(await sessions.findByUid('uid-1')).to.deep.include({ uid: 'uid-1' });
        expect(await codes.find('destroyed')).to.equal(undefined);
        expect(await codes.find('revoked')).to.equal(undefined);
      });
      expect(await codes.find('new')).to.equal(undefined);
      expect(await codes.find('destroyed')).to.be.an('object');
      await unit.commit();
      expect(await codes.find('new')).to.deep.include({ turn: 2 });
      expect(await codes.find('destroyed')).to.equal(undefined);
      expect(await codes.find('revoked')).to.equal(undefined);
    });

    it('stores nothing when what it consumes was consumed meanwhile', async () => {
      const codes = adapter('AuthorizationCode');
      await codes.upsert('raced', { turn: 1 }, 60);
      const unit = await inUnit(async () => {
        expect(await codes.find('raced')).to.be.an('object');
        await codes.consume('raced');
        await adapter('AccessToken').upsert('token-of-the-loser', {}, 60);
      });
      await codes.consume('raced');
      expect(await codeOf(unit.commit())).to.equal(ALREADY_CONSUMED);
      expect(await adapter('AccessToken').find('token-of-the-loser')).to.equal(undefined);
    });

    it('does not bring back a session that was ended meanwhile, under its id or a new one', async () => {
      const sessions = adapter('Session');
      for (const renewed of [false, true]) {
        await sessions.upsert('ending', { uid: 'u' }, 60);
        const unit = await inUnit(async () => {
          await sessions.find('ending');
          if (renewed) await sessions.destroy('ending');
          await sessions.upsert(renewed ? 'renewed' : 'ending', { uid: 'u' }, 60);
        });
        await sessions.destroy('ending');
        expect(await codeOf(unit.commit())).to.equal(renewed ? SESSION_CHANGED : NO_LONGER_THERE);
        expect(await sessions.find('ending')).to.equal(undefined);
        expect(await sessions.find('renewed')).to.equal(undefined);
      }
    });

    it('forgets nothing that another request has given a client in the session meanwhile', async () => {
      const sessions = adapter('Session');
      const save = (id: string, authorizations: object) =>
        sessions.upsert(id, { uid: 'u', authorizations }, 60);
      const stored = async (id: string) => (await sessions.find(id))?.authorizations;
      const [old, other] = [{ known: { sid: '1' } }, { other: { sid: '2' } }];
      const cases = [
        { id: 'kept', mine: { ...old, mine: { sid: '3' } }, theirs: { ...old, ...other }, code: 'done' },
        { id: 'read', mine: { ...old, other: {} }, theirs: { ...old, ...other }, code: 'done' },
        {
          id: 'both',
          mine: { ...old, other: { sid: '3' } },
          theirs: { ...old, ...other },
          code: SESSION_CHANGED,
        },
        { id: 'ended', mine: { ...old, known: { sid: '3' } }, theirs: {}, code: SESSION_CHANGED },
        { id: 'renewed', mine: old, theirs: { ...old, ...other }, code: SESSION_CHANGED },
      ];
      for (const { id, mine, theirs, code } of cases) {
        await save(id, old);
        const unit = await inUnit(async () => {
          // The library changes what it has read in place.
          Object.assign((await sessions.find(id))?.authorizations as object, mine);
          if (id === 'renewed') await sessions.destroy(id);
          await save(id === 'renewed' ? 'new' : id, mine);
        });
        await save(id, theirs);
        expect(await codeOf(unit.commit()), id).to.equal(code);
        expect(await stored(id), id).to.deep.equal(code === 'done' ? { ...mine, ...theirs } : theirs);
      }
    });

    it('finishes an interaction once', async () => {
      const interactions = adapter('Interaction');
      await interactions.upsert('flow', { uid: 'flow' }, 60);
      const units = await Promise.all(
        [0, 1].map(() =>
          inUnit(async () => {
            await interactions.find('flow');
            await interactions.destroy('flow');
          }),
        ),
      );
      const results = await Promise.all(units.map((unit) => codeOf(unit.commit())));
      expect(results).to.have.members(['done', NO_LONGER_THERE]);
    });
  });
});
