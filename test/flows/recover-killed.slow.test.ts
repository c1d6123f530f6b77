import { expect } from 'chai';
import { belongingsOf, leftOf } from '../support/access.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { startNode } from '../support/processes.ts';
import { useRestorable } from '../support/restorable.ts';
import { type Settings, testEnvironment } from '../support/server.ts';

/** More than a recovery of few rows has. */
const MOST_STEPS = 60;

describe('a recovery that is killed', function killed() {
  this.timeout(400_000);
  const here = useRestorable({ TRUSTED_DEVICE_DAYS: '30' });

  /** Runs it until it is killed in its nth step; answers what it printed where it came to its end. */
  async function recoverUntil(database: TestDatabase, settings: Settings, nth: number, moment: string) {
    const { PATH = '', HOME = '' } = process.env;
    const started = startNode(['test/support/recover-and-die.ts', String(nth), moment], {
      env: { PATH, HOME, ...testEnvironment(database, here.port, { ...settings, LOG_LEVEL: 'silent' }) },
    });
    const code = await started.exit;
    if (code !== null) expect(code, started.output()).to.equal(0);
    return code === null ? undefined : JSON.parse(started.output().trim().split('\n').at(-1) ?? '');
  }

  it('in each step, before and after it is committed, ends everything once it is run to its end', async () => {
    let server = await here.start();
    const belongings = await belongingsOf(server);
    await here.anchored(server);
    await here.stop(server);
    const backup = await here.backup();
    server = await here.start();
    await server.addAccount();
    await here.anchored(server);
    const open = 'select count(*)::int as sessions from sessions where ended_at is null';
    const [{ sessions } = { sessions: 0 }] = await server.app.database.query<{ sessions: number }>(open);
    await here.stop(server);

    let done: { ended: Record<string, number> } | undefined;
    let kills = 0;
    for (let nth = 1; done === undefined && nth < MOST_STEPS; nth += 1) {
      for (const moment of ['before', 'after']) {
        done ??= await recoverUntil(backup, here.settings(), nth, moment);
        if (done !== undefined) break;
        kills += 1;
        // Without an anchor too: what is half ended is not served.
        if (nth === 2) {
          for (const settings of [{}, { AUDIT_ANCHORS: '' }]) {
            const code = await here.start(backup, settings).then(
              () => 'it started',
              (error) => error.code,
            );
            expect(code).to.match(/^audit_(behind_anchor|recovery_unfinished)$/);
          }
        }
      }
    }
    expect(kills).to.be.above(20);
    expect(done?.ended.sessions, 'each is counted once').to.equal(sessions);

    server = await here.start(backup);
    const declared = `select count(*)::int as events from audit_events where type = 'audit.restored'`;
    expect(await server.app.database.query(declared)).to.deep.equal([{ events: 1 }]);
    const left = await leftOf(server, belongings);
    expect(left).to.include({ ownSession: false, otherSession: false, ownTokens: false, otherTokens: false });
    expect(left).to.include({ waiting: false, complete: false, trustedDevices: 0, temporaryCode: false });
    await here.stop(server);
    // Run again, it finds nothing left, and declares that.
    const again = await recoverUntil(backup, here.settings(), MOST_STEPS, 'after');
    expect(again.ended).to.deep.equal({});
    await here.stop(await here.start(backup));
  });
});
