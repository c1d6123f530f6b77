import { expect } from 'chai';
import { Command } from 'commander';
import { people } from '../../src/administration/people/index.ts';
import { system } from '../../src/administration/system.ts';
import { registerConfig } from '../../src/commands/config.ts';
import { createLogger } from '../../src/log.ts';
import { logStartWarnings } from '../../src/wire/start-warnings.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { scrape, sumOf } from '../support/metrics.ts';
import { startTestServer, type TestServer, testEnvironment } from '../support/server.ts';

const SETTINGS = {
  METRICS_PORT: '0',
  FOUR_EYES: 'people.delete,clients.delete',
  ADMINISTRATION_ROLES: JSON.stringify({ registrar: { acts: ['clients.*'] } }),
};

/** A second person is asked for, and there are none, one, two. */
describe('acts that wait for a second person where there are too few', function missing() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ settings: SETTINGS });
  });
  after(() => server.stop());

  const short = async () => (await act(server.app, system.status, {})).approversMissing;
  const gauge = async () =>
    sumOf((await scrape(server.metricsPort)).samples, 'gatehouse_acts_without_approvers');
  const ready = async () => {
    const response = await fetch(`${server.issuer}/health/ready`);
    return { ...((await response.json()) as { warnings?: string[] }), status: response.status };
  };

  async function logged(): Promise<string> {
    const lines: string[] = [];
    const log = createLogger({ server: { logLevel: 'error' } }, { write: (line) => void lines.push(line) });
    await logStartWarnings({ ...server.app, log }, {});
    return lines.join('');
  }

  async function checked(): Promise<string> {
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const program = new Command('gatehouse').exitOverride();
    const env = testEnvironment(server.database, 3000, { ...SETTINGS, METRICS_PORT: '9464' });
    registerConfig(program, (work) => work(server.app), { print, warn: print, fail: () => undefined }, env);
    await program
      .parseAsync(['config', 'check', '--database'], { from: 'user' })
      .catch((error) => print(error.message));
    return printed.join('\n');
  }

  it('are told everywhere while nobody is there, and the server serves', async () => {
    const none = [
      { act: 'people.delete', people: 0 },
      { act: 'clients.delete', people: 0 },
    ];
    expect(await short()).to.deep.equal(none);
    expect(await gauge()).to.equal(2);
    expect(await ready()).to.deep.include({ status: 200, warnings: ['approvers_missing'] });
    expect(await logged())
      .to.include('FOUR_EYES')
      .and.include('people.delete (0)');
    expect(await checked())
      .to.include('people.delete (0)')
      .and.not.include('is valid');
  });

  it('are told while there is one who could; a break-glass account, a disabled one, or one whose time is over is none', async () => {
    const first = await server.addAccount({ roles: ['administrator'] });
    const target = await server.addAccount();
    expect(await short()).to.deep.include({ act: 'people.delete', people: 1 });
    await server.addAccount({ roles: ['administrator'], status: 'disabled' });
    const sealed = await server.addAccount({ roles: ['administrator'] });
    await fixture(server.app.database, 'update accounts set break_glass = true where id = $1', [sealed.id]);
    const gone = await server.addAccount({ roles: ['administrator'] });
    await placed(server.app, gone.id, {
      terms: [{ role: 'administrator', owned: false, until: new Date(Date.now() - 1) }],
    });
    // They may do it, and not approve.
    await server.addAccount({ roles: ['registrar'] });
    expect(await short()).to.deep.equal([
      { act: 'people.delete', people: 1 },
      { act: 'clients.delete', people: 1 },
    ]);
    expect(await doAs(server.app, actingAs(first), people.delete, { person: target.id })).to.equal(
      'approvers_missing',
    );
    expect(await gauge()).to.equal(2);
  });

  it('are told of those acts alone that are short of people', async () => {
    await server.addAccount({ roles: ['application-manager'] });
    expect(await short()).to.deep.equal([{ act: 'people.delete', people: 1 }]);
    expect(await gauge()).to.equal(1);
  });

  it('are told no more once there are two', async () => {
    await server.addAccount({ roles: ['administrator'] });
    expect(await short()).to.deep.equal([]);
    expect(await gauge()).to.equal(0);
    expect(await ready())
      .to.include({ status: 200 })
      .and.not.have.property('warnings');
    expect(await logged()).to.not.include('FOUR_EYES');
    expect(await checked()).to.include('The configuration is valid');
  });
});
