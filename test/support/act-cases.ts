import { expect } from 'chai';
import type { z } from 'zod';
import type { Act } from '../../src/administration/act.ts';
import type { AdministrationDependencies } from '../../src/administration/index.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Account, NewAccount } from '../../src/domain/accounts/store.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { type App, openApp } from '../../src/wire.ts';
import { OPERATOR } from './administration.ts';
import { dumpDatabase } from './database-dump.ts';
import { asFixture } from './evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { cheapHasher, testEnvironment } from './server.ts';

/** What every act has to keep, tried on a real application without its jobs: one transaction, its events, its refusals. */

export interface ActGround {
  readonly app: App;
  /** Somebody new. */
  addPerson(more?: Partial<NewAccount>): Promise<Account>;
}

export interface ActCase {
  readonly name: string;
  /** Makes what the act is about, and does it as `perform` does; what is made before stays whatever becomes of it. */
  readonly prepare: (ground: ActGround) => Promise<Attempt>;
  /** The audit events of it, in their order. */
  readonly events: readonly string[];
  /** Of somebody who is not there, or of what the act refuses by itself. */
  readonly refuses: readonly (readonly [code: string, prepare: (ground: ActGround) => Promise<Attempt>])[];
}

/** An act with its input, ready to be done. */
export interface Attempt {
  readonly perform: (app: App) => Promise<unknown>;
  /** What it has to answer, as far as that is known. */
  readonly result?: object;
}

const ACTOR = { ...OPERATOR, reason: 'ticket 7' };

/** An attempt at an act by an operator with a reason. */
export const attempt = <Input extends z.ZodType, Result extends z.ZodType>(
  act: Act<AdministrationDependencies, Input, Result>,
  input: z.input<Input>,
  result?: object,
): Attempt => ({
  perform: ({ administration }) => administration.perform(act, ACTOR, input),
  ...(result === undefined ? {} : { result }),
});

const ACTOR_COLUMNS = { kind: 'command', command: OPERATOR.command, reason: ACTOR.reason };

interface EventRow {
  readonly type: string;
  readonly kind: string;
  readonly command: string;
  readonly operator: string;
  readonly reason: string;
}

/** Tests of each case. Call it inside a `describe`. */
export function itIsAnAct(cases: readonly ActCase[]): void {
  let test: TestDatabase;
  let app: App;
  let ground: ActGround;
  let hasher: Awaited<ReturnType<typeof cheapHasher>>;
  let people = 0;

  before(async () => {
    test = await createTestDatabase();
    hasher = await cheapHasher();
    const env = testEnvironment(test, 1, { MAX_FAILED_LOGIN_ATTEMPTS: '2' });
    app = await openApp(loadConfig({ env, configFile: false }), { hasher });
    ground = {
      app,
      addPerson: (more = {}) =>
        asFixture(app.database, async (tx) => {
          people += 1;
          const email = `person-${people}@example.org`;
          return app.accounts.store.create(tx, { email, name: 'Pat Person', ...more });
        }),
    };
  });
  after(async () => {
    await app.close();
    await test.drop();
  });

  const contents = async () => (await dumpDatabase(test.ownerUrl)).split('\n').sort();

  /** Does the work while transactions are counted, each of which fails at its very end where that is asked. */
  async function counting(work: () => Promise<unknown>, fail: boolean) {
    const { database } = app;
    const { transaction } = database;
    let count = 0;
    database.transaction = (inside) =>
      transaction(async (tx) => {
        count += 1;
        const result = await inside(tx);
        if (fail) throw new Error('power cut');
        return result;
      });
    try {
      const outcome = await work().then(
        (value) => ({ value, error: undefined }),
        (error: Error) => ({ value: undefined, error }),
      );
      return { ...outcome, count };
    } finally {
      database.transaction = transaction;
    }
  }

  for (const { name, prepare, events, refuses } of cases) {
    describe(name, () => {
      it('is one transaction: where that fails at its end, nothing has happened', async () => {
        const { perform } = await prepare(ground);
        const before = await contents();
        const { error, count } = await counting(() => perform(app), true);
        expect(error?.message).to.equal('power cut');
        expect(count).to.equal(1);
        expect(await contents()).to.deep.equal(before);
      });

      it('happens, answers, and is told in the trail with who did it and why', async () => {
        const { perform, result = {} } = await prepare(ground);
        const [{ now } = { now: '' }] = await app.database.query<{ now: string }>(
          'select coalesce(max(id::text), $1) as now from audit_events',
          [''],
        );
        const { value, error } = await counting(() => perform(app), false);
        expect(error).to.equal(undefined);
        expect(value).to.deep.include(result);
        const told = await app.database.query<EventRow>(
          'select type, actor_kind as kind, command, operator, reason from audit_events where id::text > $1 order by id',
          [now],
        );
        expect(told.map(({ type }) => type)).to.have.members(events);
        for (const { kind, command, operator, reason } of told) {
          const { user } = OPERATOR;
          expect({ kind, command, operator, reason }).to.deep.equal({ ...ACTOR_COLUMNS, operator: user });
        }
      });

      for (const [code, prepareRefused] of refuses) {
        it(`is refused with ${code}, and nothing has happened`, async () => {
          const { perform } = await prepareRefused(ground);
          const before = await contents();
          const { error } = await counting(() => perform(app), false);
          expect(error).to.be.instanceOf(GatehouseError).and.to.include({ code });
          expect(await contents()).to.deep.equal(before);
        });
      }
    });
  }
}
