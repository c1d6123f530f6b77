import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Command } from 'commander';
import { passwords } from '../../src/administration/passwords/index.ts';
import { registerPasswords } from '../../src/commands/passwords.ts';
import { createLogger } from '../../src/log.ts';
import { openApp } from '../../src/wire.ts';
import { act } from '../support/administration.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { bcryptHash, pbkdf2Hash, scryptHash } from '../support/password-hashes.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'seven quiet lanterns';
const FORMER = 'eight quiet lanterns';

describe('weak hashes that an earlier version has stored', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer({ settings: { ARGON2_MEMORY_KIB: '8', ARGON2_TIME_COST: '1' } });
  });
  afterEach(() => server.stop());

  async function add(...hashes: string[]): Promise<void> {
    const { accounts, database } = server.app;
    await accounts.store.createMany(
      fixtures(database),
      hashes.map((passwordHash) => ({
        email: `${randomUUID()}@example.org`,
        name: 'Pat Person',
        passwordHash,
      })),
    );
  }
  async function addFormer(hash: string): Promise<void> {
    await fixture(
      server.app.database,
      'insert into password_history (id, account_id, password_hash, changed_at) select $1, id, $2, now() from accounts limit 1',
      [randomUUID(), hash],
    );
  }
  const hashes = async (table: 'accounts' | 'password_history') =>
    (
      await server.app.database.query<{ hash: string }>(
        `select password_hash as hash from ${table} where password_hash is not null order by id`,
      )
    ).map(({ hash }) => hash);

  async function run(words: string[], input: string[] = []) {
    const [printed, warned]: [string[], string[]] = [[], []];
    const terminal = {
      print: (text: string) => void printed.push(text),
      warn: (text: string) => void warned.push(text),
      fail: () => undefined,
    };
    const program = new Command().exitOverride();
    const stdin = (async function* () {
      for (const text of input) yield Buffer.from(text);
    })();
    registerPasswords(program, (work) => work(server.app), terminal, stdin);
    const error = await program.parseAsync(['passwords', ...words], { from: 'user' }).then(
      () => undefined,
      (thrown: Error & { code?: string }) => thrown.code,
    );
    return { printed, warned, error };
  }

  it('are wrapped by a command, with former ones; strong and unreadable ones stay, and nobody is locked out', async () => {
    const weak = [bcryptHash(PASSWORD), scryptHash(PASSWORD), pbkdf2Hash(PASSWORD)];
    const strong = [bcryptHash(PASSWORD, 10), await server.app.passwords.hasher.hash(PASSWORD)];
    await add(...weak, ...strong, 'unreadable');
    for (const hash of [bcryptHash(FORMER), await server.app.passwords.hasher.hash(FORMER)])
      await addFormer(hash);
    expect((await run(['wrap'])).printed).to.deep.equal([
      'Wrapped the weak password hashes of 3 accounts, and 1 of former passwords.',
    ]);
    const after = await hashes('accounts');
    for (const hash of weak) expect(after).to.not.include(hash);
    expect(after).to.include.members([...strong, 'unreadable']);
    const { hasher } = server.app.passwords;
    for (const hash of after.filter((each) => each !== 'unreadable'))
      expect((await hasher.verify(hash, PASSWORD)).matches, hash).to.equal(true);
    for (const hash of await hashes('password_history')) {
      expect(hash).to.match(/^\$(wrapped|argon2id)\$/);
      expect((await hasher.verify(hash, FORMER)).matches).to.equal(true);
    }
    const told = (await auditTrail(server)).filter(({ type }) => type === 'password_hashes.wrapped');
    expect(told.map(({ details: { accounts, former } }) => ({ accounts, former }))).to.deep.equal([
      { accounts: 3, former: 0 },
      { accounts: 0, former: 1 },
    ]);
    const again = await run(['wrap']);
    expect(again.printed).to.deep.equal(['There are no weak password hashes that are not wrapped.']);
    expect(again.warned[0]).to.match(/^1 stored hashes cannot be read/);
  });

  it('are wrapped a batch at a time: what is done when it is cut off stays done', async () => {
    await add(...Array.from({ length: 130 }, () => bcryptHash(PASSWORD)));
    const { app } = server;
    const wrapped: number[] = [];
    const cut = await act(app, passwords.wrapHashes, {
      onProgress: (done) => {
        wrapped.push(done);
        throw new Error('power cut');
      },
    }).catch((error: Error) => error.message);
    expect([cut, wrapped]).to.deep.equal(['power cut', [100]]);
    expect((await hashes('accounts')).filter((hash) => hash.startsWith('$2b$'))).to.have.length(30);
    expect(await act(app, passwords.wrapHashes, {})).to.deep.equal({
      accounts: 30,
      former: 0,
      unreadable: 0,
    });
  });

  it('give way to a password that is set meanwhile, and the same by two at once is the same', async () => {
    await add(...Array.from({ length: 20 }, () => bcryptHash(PASSWORD)));
    const results = await Promise.all([1, 2, 3].map(() => act(server.app, passwords.wrapHashes, {})));
    expect(results.reduce((sum, { accounts }) => sum + accounts, 0)).to.equal(20);
  });

  it('are told of at a start, until they are wrapped', async () => {
    await add(bcryptHash(PASSWORD), scryptHash(PASSWORD), bcryptHash(PASSWORD, 10));
    const warnings = async () => {
      const lines: string[] = [];
      const log = createLogger(
        { server: { logLevel: 'warn' } },
        { write: (line: string) => void lines.push(line) },
      );
      const app = await openApp(server.app.config, { log, mailTransport: server.mailbox.transport });
      await app.close();
      return lines.filter((line) => line.includes('gatehouse passwords wrap'));
    };
    expect(JSON.parse((await warnings())[0] ?? '{}')).to.include({ accounts: 2 });
    await act(server.app, passwords.wrapHashes, {});
    expect(await warnings()).to.deep.equal([]);
  });

  it('of Firebase get their key from the standard input, as the console shows it', async () => {
    const key = Buffer.alloc(64, 7).toString('base64');
    const config = [
      'hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: ',
      `${key},\n  rounds: 8,\n}\n`,
    ];
    const words = ['firebase-key', '--name', 'clinic'];
    expect((await run(words, config)).printed).to.deep.equal(['The signer key "clinic" is kept.']);
    expect((await run(words, [key])).printed).to.deep.equal(['The signer key "clinic" was here already.']);
    expect((await run(words, ['no key at all'])).error).to.equal('signer_key_invalid');
    expect((await run(words, ['A'.repeat(20_000)])).error).to.equal('signer_key_invalid');
    expect(await server.app.passwords.signerKeys.find('clinic')).to.deep.equal(Buffer.alloc(64, 7));
  });
});
