import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { people } from '../../src/administration/people/index.ts';
import type { AdministeredApp } from '../../src/commands/acting.ts';
import { registerPasswords } from '../../src/commands/passwords.ts';
import { openBlocklist } from '../../src/domain/passwords/blocklist.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { createLogger } from '../../src/log.ts';
import { openApp } from '../../src/wire.ts';
import { act } from '../support/administration.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { argon2Hash, bcryptHash } from '../support/password-hashes.ts';
import { auditTrail, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Outcome {
  readonly printed: string[];
  readonly error: (Error & { code?: string }) | undefined;
}

async function run(words: string[], app?: AdministeredApp): Promise<Outcome> {
  const printed: string[] = [];
  const terminal = {
    print: (text: string) => void printed.push(text),
    warn: () => undefined,
    fail: () => undefined,
  };
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerPasswords(program, (work) => work(app as AdministeredApp), terminal);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(words, { from: 'user' });
    return { printed, error: undefined };
  } catch (error) {
    return { printed, error: error as Error };
  }
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

describe('the passwords blocklist command', () => {
  let folder: string;
  const inFolder = (name: string) => join(folder, name);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-passwords-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const build = (...words: string[]) => run(['passwords', 'blocklist', 'build', ...words]);

  it('makes a list from plain words, beside them, and tells what is in it', async () => {
    const list = inFolder('words.txt');
    await writeFile(list, 'tulip\nrose\ntulip\n');
    const { printed, error } = await build(list, '--source', 'a garden');
    expect(error).to.equal(undefined);
    expect(printed[0]).to.match(/words\.txt\.blocklist: 2 passwords in \d+ bytes, from 3 lines of words\.$/);
    const shown = await run(['passwords', 'blocklist', 'show', `${list}.blocklist`]);
    expect(shown.printed.join('\n'))
      .to.match(/2 passwords, made from plain words/)
      .and.include('Source: a garden');
  });

  it('makes a list from a dump of hashes, of those that were seen often enough', async () => {
    const [dump, output] = [inFolder('dump.txt'), inFolder('list.bin')];
    await writeFile(dump, `${sha1('Often')}:120\r\n${sha1('seldom')}:2\r\n`);
    const { printed } = await build(dump, '--output', output, '--min-count', '100');
    expect(printed[0]).to.match(/: 1 passwords in .* from 2 lines of hashes/);
    const blocklist = await openBlocklist(output);
    expect(await blocklist.includes('Often')).to.equal(true);
    expect(await blocklist.includes('seldom')).to.equal(false);
    await blocklist.close();
  });

  it('tells what is in the bundled list', async () => {
    const { printed } = await run(['passwords', 'blocklist', 'show']);
    expect(printed[0]).to.match(/161486 passwords/);
    expect(printed.join('\n')).to.include('SecLists');
  });

  it('refuses what it cannot read, make or write, and leaves nothing behind', async () => {
    await writeFile(inFolder('empty.txt'), '');
    await writeFile(inFolder('words.txt'), 'tulip\n');
    const refused: [words: string[], code: string][] = [
      [[inFolder('missing.txt')], 'file_unreadable'],
      [[folder], 'file_unreadable'],
      [[inFolder('words.txt'), '--output', inFolder('no/where')], 'file_unreadable'],
      [[inFolder('empty.txt')], 'blocklist_source_invalid'],
      [['-'], 'output_missing'],
      [[inFolder('words.txt'), '--min-count', '0'], 'commander.invalidArgument'],
    ];
    for (const [words, code] of refused) {
      const { error } = await build(...words);
      expect(error?.code, words.join(' ')).to.equal(code);
    }
    expect(await readdir(folder)).to.have.members(['empty.txt', 'words.txt']);
    const shown = await run(['passwords', 'blocklist', 'show', inFolder('words.txt')]);
    expect(shown.error).to.be.instanceOf(GatehouseError).with.property('code', 'blocklist_invalid');
    const missing = await run(['passwords', 'blocklist', 'show', inFolder('missing')]);
    expect(missing.error).to.have.property('code', 'blocklist_unreadable');
  });
});

describe('the users require-password-change command', function () {
  this.timeout(30_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const requireChange = (...words: string[]) =>
    run(['users', 'require-password-change', ...words], server.app);

  it('ends the sessions, asks for another password, and is told in the trail each time', async () => {
    const person = await server.addAccount();
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const { access_token: token } = await tokensFor(client, person);
    expect((await client.userinfo(token)).status).to.equal(200);

    const first = await requireChange(person.email.toUpperCase());
    expect(first.printed[0]).to.match(/is signed out and has to choose another password/);
    expect((await client.userinfo(token)).status).to.equal(401);
    expect(await server.app.accounts.store.findById(person.id)).to.include({
      passwordMustChange: true,
      passwordCompromised: false,
    });
    expect((await requireChange(person.id)).printed[0]).to.include('already');
    expect(await act(server.app, people.show, { person: person.id })).to.include({
      passwordChange: 'must_change',
    });
    await requireChange(person.id, '--compromised');
    expect(await server.app.accounts.store.findById(person.id)).to.include({ passwordCompromised: true });

    const told = (await auditTrail(server)).filter(({ type }) => type === 'password.change_required');
    const by = {
      actor_kind: 'command',
      actor: null,
      command: 'gatehouse users require-password-change',
      operator: userInfo().username,
    };
    const changedAt = (await server.app.accounts.store.findById(person.id))?.passwordChangedAt?.toISOString();
    const facts = ([mustChange, compromised]: [boolean, boolean]) => ({
      ...(changedAt === undefined ? {} : { changedAt }),
      mustChange,
      compromised,
    });
    const flags = (before: [boolean, boolean], after: [boolean, boolean]) => ({
      before: facts(before),
      after: facts(after),
    });
    expect(
      told.map(({ account, actor_kind, actor, command, operator, details }) => ({
        ...{ account, actor_kind, actor, command, operator, details },
      })),
    ).to.deep.equal([
      {
        account: person.id,
        ...by,
        details: { reason: 'must_change', ...flags([false, false], [true, false]) },
      },
      // Asked for again, it ends again what there is.
      {
        account: person.id,
        ...by,
        details: { reason: 'must_change' },
      },
      {
        account: person.id,
        ...by,
        details: { reason: 'compromised', ...flags([true, false], [true, true]) },
      },
    ]);
  });

  it('refuses an unknown account, and one without a password', async () => {
    expect((await requireChange('nobody@example.org')).error).to.have.property('code', 'account_unknown');
    const { email } = await server.app.accounts.store.create(fixtures(server.app.database), {
      email: 'open@example.org',
      name: 'Open',
    });
    expect((await requireChange(email)).error).to.have.property('code', 'password_missing');
  });
});

describe('the passwords hashes command', function hashes() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('counts the kinds of hashes, which follow the accounts, and shows no hash', async () => {
    expect((await run(['passwords', 'hashes'], server.app)).printed).to.deep.equal([
      'No account has a password.',
    ]);
    const own = await server.addAccount();
    await server.addAccount();
    await server.addAccount({ passwordHash: bcryptHash('a password') });
    const listed = await run(['passwords', 'hashes'], server.app);
    expect(listed.printed).to.deep.equal(['2  $argon2id$v=19$m=8,t=1,p=1', '1  $2b$04']);
    await fixture(server.app.database, 'delete from accounts where id = $1', [own.id]);
    const { printed } = await run(['passwords', 'hashes', '--json'], server.app);
    expect(JSON.parse(String(printed[0]))).to.deep.equal([
      { kind: '$2b$04', accounts: 1 },
      { kind: '$argon2id$v=19$m=8,t=1,p=1', accounts: 1 },
    ]);
  });

  it('is what a start goes by that warns of a pepper which is missing', async () => {
    const hash = `{pepper=gone}${await argon2Hash('a password')}`;
    await server.addAccount({ passwordHash: hash });
    const lines: string[] = [];
    const log = createLogger(
      { server: { logLevel: 'warn' } },
      { write: (line: string) => void lines.push(line) },
    );
    const app = await openApp(server.app.config, { log, mailTransport: server.mailbox.transport });
    await app.close();
    expect(lines.join('')).to.include('"id":"gone","accounts":1').and.to.include('PASSWORD_PEPPERS');
  });
});
