import { expect } from 'chai';
import { registerRecover } from '../../src/commands/recover.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openAdministration } from '../../src/wire/administration.ts';
import { openApp } from '../../src/wire.ts';
import { belongingsOf, leftOf } from '../support/access.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { startNode } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { useRestorable } from '../support/restorable.ts';
import { testEnvironment } from '../support/server.ts';
import { type Moment, stoppingAt } from '../support/stopping-at.ts';
import { runCommand } from '../unit/commands/terminal.ts';

/** More than a recovery of few rows has. */
const MOST_STEPS = 60;
const MOMENTS: readonly Moment[] = ['before', 'after'];
const WORDS = ['recover', '--reason', 'disk of the database broke', '--yes', '--json'];

interface Recovered {
  readonly ended: Record<string, number>;
}

describe('a recovery that is killed', function killed() {
  this.timeout(150_000);
  const here = useRestorable({ TRUSTED_DEVICE_DAYS: '30' });
  const environment = (database: TestDatabase) =>
    testEnvironment(database, here.port, { ...here.settings(), LOG_LEVEL: 'silent' });

  /** A process that is killed with SIGKILL in that step. */
  async function killedIn(database: TestDatabase, nth: number, moment: Moment): Promise<void> {
    const { PATH = '', HOME = '' } = process.env;
    const started = startNode(['test/support/recover-and-die.ts', String(nth), moment], {
      env: { PATH, HOME, ...environment(database) },
    });
    expect(await started.exit, started.output()).to.equal(null);
  }

  it('in each step, before and after it is committed, ends everything once it is run to its end', async () => {
    let server = await here.start();
    const belongings = await belongingsOf(server);
    await here.anchored(server);
    await here.stop(server);
    const backup = await here.backup();
    server = await here.start();
    await server.addClient(WEB_CLIENT);
    await here.anchored(server);
    const open = 'select count(*)::int as sessions from sessions where ended_at is null';
    const [{ sessions } = { sessions: 0 }] = await server.app.database.query<{ sessions: number }>(open);
    expect(sessions).to.be.above(1);
    await here.stop(server);

    // Processes are slow to start: two are killed, and what is left is stopped where they would have been.
    await killedIn(backup, 2, 'after');
    await killedIn(backup, 5, 'before');
    // What is half ended is not served, without an anchor too.
    for (const settings of [{}, { AUDIT_ANCHORS: '' }]) {
      const code = await here.start(backup, settings).then(
        () => 'it started',
        (error) => error.code,
      );
      expect(code).to.match(/^audit_(behind_anchor|recovery_unfinished)$/);
    }

    const app = await openApp(loadConfig({ env: environment(backup), configFile: false }));
    /** Runs it until it stops there; answers what it printed where it came to its end. */
    async function recoverUntil(nth: number, moment: Moment): Promise<Recovered | undefined> {
      const { database, reached } = stoppingAt(app.database, nth, moment);
      const administration = openAdministration({ ...app, database });
      const done = runCommand(
        (program, terminal) => registerRecover(program, (work) => work({ administration }), terminal),
        ...WORDS,
      );
      const outcome = await Promise.race([done, reached]);
      if (outcome === undefined) return undefined;
      if (outcome.error !== undefined) throw outcome.error;
      return JSON.parse(outcome.printed);
    }
    let done: Recovered | undefined;
    let kills = 0;
    for (let nth = 1; done === undefined && nth < MOST_STEPS; nth += 1) {
      for (const moment of MOMENTS) {
        done ??= await recoverUntil(nth, moment);
        if (done === undefined) kills += 1;
      }
    }
    expect(kills).to.be.above(20);
    // The last step was committed before it was killed, so the run behind it found nothing left.
    expect(done?.ended).to.deep.equal({});

    server = await here.start(backup);
    const declared = `select details -> 'ended' as ended from audit_events where type = 'audit.restored' order by id`;
    const [first, ...later] = await server.app.database.query<Recovered>(declared);
    expect(first?.ended.sessions, 'each is counted once').to.equal(sessions);
    expect(later).to.deep.equal([{ ended: {} }]);
    const left = await leftOf(server, belongings);
    expect(left).to.include({ ownSession: false, otherSession: false, ownTokens: false, otherTokens: false });
    expect(left).to.include({ waiting: false, complete: false, trustedDevices: 0, temporaryCode: false });
    await here.stop(server);
    // Run again, it finds nothing left, and declares that.
    expect((await recoverUntil(MOST_STEPS, 'after'))?.ended).to.deep.equal({});
    await app.close();
    await here.stop(await here.start(backup));
  });
});
