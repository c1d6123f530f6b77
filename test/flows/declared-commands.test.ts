import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createProgram } from '../../src/commands/program.ts';
import { exitCodeOf } from '../../src/commands/usage.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { machineOf, operatorAt } from '../support/commands-elsewhere.ts';
import { SECRET } from '../support/declared.ts';
import { addApp } from '../support/factors.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const DOCUMENT = `# The wards
gatehouse: 1
clients:
  board:
    preset: web
    metadata:
      client_name: Ward board
      redirect_uris: [https://board.example/callback]
    secret: { file: board.txt }
units:
  north: { name: North }
  ward: { name: Ward 1, parent: north }
`;

describe('gatehouse config export, plan, apply and drift', function commands() {
  this.timeout(60_000);
  let server: TestServer;
  let folder: string;
  let file: string;

  before(async () => {
    server = await startTestServer();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-declared-'));
    file = await written('wards.yaml', DOCUMENT);
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await server.stop();
  });

  async function written(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  /** As an operator does, with the exit code. */
  async function gatehouse(words: readonly string[], env: Record<string, string> = {}) {
    const printed: string[] = [];
    const warned: string[] = [];
    let code = 0;
    const terminal = {
      print: (text: string) => void printed.push(text),
      warn: (text: string) => void warned.push(text),
      fail: (exit: number) => {
        code = exit;
      },
    };
    const program = createProgram({ env, configFile: false }, terminal, (work) => work(server.app));
    program.configureOutput({ writeErr: () => undefined });
    const error = await program.parseAsync(['config', ...words], { from: 'user' }).then(
      () => undefined,
      (thrown: GatehouseError) => thrown,
    );
    return { printed: printed.join('\n'), error, code: error === undefined ? code : exitCodeOf(error) };
  }

  it('say what is wrong with a document by its lines, all at once', async () => {
    const wrong = await written(
      'wrong.yaml',
      DOCUMENT.replace('preset: web', 'preset: wbe')
        .replace('redirect_uris: [https', 'redirect_uri: [http')
        .replace('parent: north', 'parent: nort')
        .replace('units:', 'untis:'),
    );
    const first = await gatehouse(['plan', wrong]);
    expect(first.code).to.equal(1);
    expect(first.error?.safeMessage.split('\n')).to.deep.equal([
      `${wrong}:5:5: clients.board.preset: is text; expected one of web, single-page, native, service, device`,
      `${wrong}:10:1: untis: is unknown (did you mean units?)`,
    ]);
    const rules = await written(
      'rules.yaml',
      DOCUMENT.replace('redirect_uris: [https', 'redirect_uri: [http').replace(
        'parent: north',
        'parent: nort',
      ),
    );
    const lines = (await gatehouse(['plan', rules])).error?.safeMessage.split('\n') ?? [];
    expect(lines.map((line) => line.slice(rules.length, rules.length + 60))).to.deep.equal([
      ':6:5: clients.board.metadata.redirect_uris: is empty or miss'.slice(0, 60),
      ':8:7: clients.board.metadata.redirect_uri: is no client metadata that Gatehouse'.slice(0, 60),
      ':12:25: units.ward.parent: is no unit of this document (did you '.slice(0, 60),
    ]);
    const syntax = await written('syntax.yaml', 'gatehouse: 1\ngatehouse: 1\n');
    expect((await gatehouse(['plan', syntax])).error?.safeMessage).to.equal(
      `${syntax}:2:1: has a name twice`,
    );
    const none = join(folder, 'none.yaml');
    expect((await gatehouse(['plan', none])).error?.safeMessage).to.equal(`${none} cannot be read (ENOENT).`);
  });

  it('exit with 0, 1 and 2: nothing, an error, changes', async () => {
    const empty = await written('empty.yaml', 'gatehouse: 1\nowner: empty\n');
    expect((await gatehouse(['plan', empty])).code).to.equal(0);
    expect((await gatehouse(['drift'])).code).to.equal(0);
    expect((await gatehouse(['plan', file])).code).to.equal(2);
    for (const words of [
      ['plan'],
      ['plan', file, '--frobnicate'],
      ['plan', file, '--delete', '--release'],
      ['drift', 'x'],
    ])
      expect((await gatehouse(words)).code, words.join(' ')).to.equal(1);
    expect((await gatehouse(['apply'])).code).to.equal(2);
  });

  it('print what would be done, for people and for programs', async () => {
    const { printed } = await gatehouse(['plan', file]);
    expect(printed).to.match(/^\+ unit north {2}\(units\.create\)\n {4}name: "North"\n/);
    expect(printed)
      .to.contain('+ client board  (clients.create)')
      .and.to.contain('    client_name: "Ward board"');
    expect(printed).to.contain('    secret: (none) -> {"file":"board.txt"}');
    expect(printed).to.match(
      /Document "default": 3 to create, 1 to change, 0 to delete, 0 to adopt, 0 settings that differ\.\nPlan [0-9a-f]{64}$/,
    );
    const json = JSON.parse((await gatehouse(['plan', file, '--json'])).printed);
    expect(printed).to.contain(json.hash);
    expect(json.secrets).to.deep.equal(['board']);
  });

  it('apply what was planned and written into a file, with the secret from a file beside the document', async () => {
    const plan = join(folder, 'plan.json');
    await gatehouse(['plan', file, '--out', plan]);
    expect((await gatehouse(['apply', file, '--plan', plan])).error?.safeMessage).to.equal(
      'clients.board.secret: the file board.txt cannot be read (ENOENT)',
    );
    await written('board.txt', 'short\n');
    const short = await gatehouse(['apply', file, '--plan', plan]);
    expect(short.error?.safeMessage).to.equal(
      'clients.board.secret: the file board.txt must have at least 32 characters',
    );
    await written('board.txt', `${SECRET}\n`);
    const another = await written('another.yaml', DOCUMENT.replace('Ward 1', 'Ward 2'));
    const refused = await gatehouse(['apply', another, '--plan', plan]);
    expect([refused.code, refused.error?.code]).to.deep.equal([1, 'plan_outdated']);
    const { printed, code } = await gatehouse(['apply', file, '--plan', plan]);
    expect(code).to.equal(0);
    expect(printed.split('\n')).to.deep.equal([
      'units.create  units.north',
      'units.create  units.ward',
      'clients.create  clients.board',
      'clients.set_secret  clients.board',
      'Applied the document "default": 4 changes.',
    ]);
    expect(`${printed}${await readFile(plan, 'utf8')}`).not.to.contain(SECRET);
    expect(JSON.stringify(await auditTrail(server))).not.to.contain(SECRET);
  });

  it('ask before they apply what nobody has planned', async () => {
    const more = await written('more.yaml', DOCUMENT.replace('units:', 'units:\n  south: { name: South }'));
    const { error } = await gatehouse(['apply', more]);
    expect(error).to.include({ code: 'confirmation_missing' });
    const { printed } = await gatehouse(['apply', more, '--yes', '--json']);
    expect(JSON.parse(printed)).to.deep.include({ outcome: 'applied', left: 0 });
    for (const plan of ['nothing.json', 'abc', more])
      expect((await gatehouse(['apply', more, '--plan', plan])).error?.code).to.equal('plan_invalid');
  });

  it('give a client another secret where its reference says so, from the environment, too', async () => {
    const rotated = DOCUMENT.replace('{ file: board.txt }', '{ env: BOARD, version: 2 }').replace(
      'units:',
      'units:\n  south: { name: South }',
    );
    const next = await written('rotated.yaml', rotated);
    expect((await gatehouse(['apply', next, '--yes'])).error?.safeMessage).to.equal(
      'clients.board.secret: the environment variable BOARD is not set',
    );
    const done = await gatehouse(['apply', next, '--yes'], { BOARD: `${SECRET}-2` });
    expect(done.printed).to.contain('clients.set_secret  clients.board');
    expect((await gatehouse(['plan', next])).code).to.equal(0);
  });

  it('tell what somebody has changed by hand', async () => {
    expect((await gatehouse(['drift'])).printed).to.match(/nothing differs\.$/);
    const { app } = server;
    await operatorAt(server, 'clients', 'disable', 'board');
    const { code, printed } = await gatehouse(['drift']);
    expect(code).to.equal(2);
    expect(printed).to.contain('~ client board  (clients.enable)\n    status: "disabled" -> "active"');
    expect(app).to.equal(server.app);
    await operatorAt(server, 'clients', 'enable', 'board');
  });

  it('export what a plan has nothing to change of, as YAML and as JSON', async () => {
    for (const format of ['yaml', 'json']) {
      const out = join(folder, `export.${format}`);
      expect((await gatehouse(['export', '--format', format, '--out', out])).error).to.equal(undefined);
      const { printed, code } = await gatehouse(['plan', out]);
      expect(printed).to.contain('Nothing would be changed.');
      expect(code).to.equal(0);
      expect(await readFile(out, 'utf8')).not.to.contain(SECRET);
    }
    expect((await gatehouse(['export', '--sections', 'units'])).printed).not.to.contain('clients');
  });

  it('give the same elsewhere as on the server’s machine', async () => {
    const admin = await server.addAccount({ roles: ['administrator'] });
    const machine = await machineOf(admin, await addApp(server, admin));
    try {
      expect((await machine.gatehouse('login', server.issuer)).error).to.equal(undefined);
      const last = join(folder, 'rotated.yaml');
      const east = await written('east.yaml', 'gatehouse: 1\nowner: east\nunits:\n  east: { name: East }\n');
      const wrong = join(folder, 'wrong.yaml');
      for (const words of [
        `plan ${last}`,
        `plan ${last} --json`,
        `plan ${wrong}`,
        `plan ${east}`,
        `apply ${last} --plan ${'0'.repeat(64)}`,
        `apply ${last} --yes`,
        'export',
        'export --format json --owner east',
        'export --sections frob',
        'drift',
        'drift --json',
        'drift --owner none',
      ]) {
        const here = await operatorAt(server, 'config', ...words.split(' '));
        const there = await machine.gatehouse('config', ...words.split(' '));
        expect(there.printed, words).to.equal(here.printed);
        expect([there.error?.safeMessage, exitCodeOf(there.error)], words).to.deep.equal([
          here.error?.safeMessage,
          exitCodeOf(here.error),
        ]);
      }
      const done = await machine.gatehouse('config', 'apply', east, '--yes');
      expect(done.printed).to.contain('units.create  units.east');
      const { error } = await machine.gatehouse('--server', server.issuer, 'config', 'check');
      expect(error).to.include({ code: 'operator_only' });
    } finally {
      await machine.clear();
    }
  });
});
