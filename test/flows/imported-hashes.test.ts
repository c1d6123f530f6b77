import { Readable } from 'node:stream';
import { expect } from 'chai';
import { createAdministration } from '../../src/administration/index.ts';
import { keys } from '../../src/administration/keys/index.ts';
import { passwords } from '../../src/administration/passwords/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { createStagedHashes } from '../../src/domain/passwords/staged-hash-store.ts';
import { isCode } from '../../src/kernel/errors.ts';
import { administrationDependencies } from '../../src/wire/administration.ts';
import { act } from '../support/administration.ts';
import { dumpDatabase, formsOf } from '../support/database-dump.ts';
import { bcryptHash, pbkdf2Hash, sshaHash, weakHashes } from '../support/password-hashes.ts';
import { authorize, eventsDuring, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { SIGNER_KEY, VECTORS } from '../unit/passwords/foreign-vectors.ts';

const PASSWORD = 'seven quiet lanterns';

const file = (lines: readonly object[]) => () =>
  Readable.from([Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))]);

describe('hashes that come from elsewhere', function importedHashes() {
  this.timeout(60_000);
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await startTestServer({ settings: { ARGON2_MEMORY_KIB: '8', ARGON2_TIME_COST: '1' } });
    const key = SIGNER_KEY.toString('base64');
    await act(server.app, passwords.addSignerKey, { key });
  });
  after(() => server.stop());

  const person = (password_hash: string) => {
    count += 1;
    return { email: `imported-${count}@example.org`, name: 'Pat Person', password_hash };
  };
  const storedOf = async ({ email }: { email: string }) =>
    (await server.app.accounts.store.findByIdentifier(email))?.passwordHash ?? '';
  const staged = () => server.app.database.query('select * from staged_password_hashes');

  it('reach no table where they are weak, whatever their kind, and verify', async () => {
    const weak = Object.entries(await weakHashes(PASSWORD)).map(([kind, hash]) => ({
      kind,
      hash,
      password: PASSWORD,
    }));
    const known = Object.entries(VECTORS)
      .filter(([, { as }]) => as === 'wrapped')
      .map(([kind, { stored, password }]) => ({ kind, hash: stored, password }));
    const cases = [...weak, ...known].map((each) => ({ ...each, line: person(each.hash) }));
    const report = await act(server.app, people.import, { open: file(cases.map(({ line }) => line)) });
    expect(report).to.include({ imported: cases.length });
    const dump = await dumpDatabase(server.database.ownerUrl);
    for (const { kind, hash, password, line } of cases) {
      const digest = hash.replace(/=+$/, '').slice(-22);
      for (const form of formsOf(digest)) expect(dump, kind).to.not.include(form);
      const stored = await storedOf(line);
      expect(stored, kind).to.match(/^\$wrapped\$/);
      // Nobody has this one's signer key.
      if (kind === 'firebase-scrypt') continue;
      const verdict = await server.app.passwords.hasher.verify(stored, password);
      expect(verdict, kind).to.deep.equal({
        matches: password.length <= 256,
        needsRehash: password.length <= 256,
      });
    }
    expect(await staged()).to.deep.equal([]);
  });

  it('are renewed at the first sign-in, and told of in the trail', async () => {
    const there = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const line = person(sshaHash(PASSWORD));
    await act(server.app, people.import, { open: file([line]) });
    const { events } = await eventsDuring(server, () =>
      authorize(new UserAgent(), there.authorizeUrl(), { id: '', email: line.email, password: PASSWORD }),
    );
    expect(events.find(({ type }) => type === 'password.rehashed')?.details).to.deep.equal({
      from: 'wrapped sha1',
    });
    expect(await storedOf(line)).to.match(/^\$argon2id\$/);
  });

  it('are kept as they are where they are strong', async () => {
    const lines = [bcryptHash(PASSWORD, 10, 'y'), pbkdf2Hash(PASSWORD, { iterations: 600_000 })].map(person);
    await act(server.app, people.import, { open: file(lines) });
    for (const line of lines) expect(await storedOf(line)).to.equal(line.password_hash);
  });

  it('are wrapped before any account is made, and what is wrapped is kept when that is cut off', async () => {
    const lines = Array.from({ length: 350 }, () => person(sshaHash(PASSWORD)));
    const { database, clock, passwords: kept, secrets } = server.app;
    let wrapped = 0;
    let limit = 200;
    const wrapper = {
      async wrapAll(texts: readonly string[]) {
        if (wrapped >= limit) throw new Error('power cut');
        wrapped += texts.length;
        return kept.wrapper.wrapAll(texts);
      },
    };
    const stage = createStagedHashes({ database, clock, wrapper, wrappingKey: secrets.wrappingKey });
    const dependencies = { ...administrationDependencies(server.app), stagedHashes: stage };
    const administration = createAdministration(dependencies);
    const progress: [seen: number, before: number][] = [];
    const importing = (given: readonly object[]) =>
      act({ administration }, people.import, {
        open: file(given),
        onWrapping: ({ seen, before }) => progress.push([seen, before]),
      });
    expect(await importing(lines).catch((error: Error) => error.message)).to.equal('power cut');
    expect(await staged()).to.have.length(200);
    expect(await storedOf(lines[0] ?? { email: '' })).to.equal('');
    // Of another file nothing is taken, though all of it but a line is the same.
    limit = 300;
    const other = [...lines.slice(0, -1), person(sshaHash(PASSWORD))];
    expect(await importing(other).catch((error: Error) => error.message)).to.equal('power cut');
    expect([wrapped, progress.splice(0).at(-1)]).to.deep.equal([300, [100, 0]]);
    limit = Number.POSITIVE_INFINITY;
    expect(await importing(lines)).to.include({ imported: 350 });
    expect([wrapped, progress.map(([seen]) => seen)]).to.deep.equal([450, [100, 200, 300, 350]]);
    expect(progress.at(-1)).to.deep.equal([350, 200]);
    expect(await staged()).to.have.length(100);
    await server.app.database.query('delete from staged_password_hashes');
  });

  it('that are staged are of one person: the same hash of another is not taken', async () => {
    const hash = sshaHash(PASSWORD, 'SHA');
    const lines = [person(hash), person(hash)];
    await act(server.app, people.import, { open: file(lines) });
    const [one, other] = await Promise.all(lines.map(storedOf));
    expect(one)
      .to.match(/^\$wrapped\$/)
      .and.not.equal(other);
    const { database, passwords: kept } = server.app;
    const taken = await database
      .transaction((tx) => kept.staged.take(tx, [{ owner: 'somebody', hash }]))
      .catch((error) => isCode(error, 'hash_not_staged'));
    expect(taken).to.equal(true);
  });

  it('of Firebase need a signer key, which is sealed, never changed unasked, and brought under new keys', async () => {
    const { app } = server;
    const key = SIGNER_KEY.toString('base64');
    expect(await act(app, passwords.addSignerKey, { key })).to.deep.equal({ name: 'default', added: false });
    const other = Buffer.alloc(64, 1).toString('base64');
    const codeOf = (input: object) =>
      act(app, passwords.addSignerKey, input as never).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
    expect(await codeOf({ key: other })).to.equal('signer_key_exists');
    for (const input of [{}, { key: '' }, { key: [other] }, { key: other, name: '../x' }, { key: 'AAAA' }])
      expect(await codeOf(input), JSON.stringify(input)).to.equal('input_invalid');
    const line = person(VECTORS['scrypt of Firebase']?.stored.replace('ss=', 'k=second,ss=') ?? '');
    const refused = await act(app, people.import, { open: file([line]) });
    expect(refused.problems[0]?.message).to.match(/signer key "second" .*gatehouse passwords firebase-key/);
    expect(await codeOf({ key, name: 'second' })).to.equal('done');
    expect(await act(app, people.import, { open: file([line]) })).to.include({ imported: 1 });
    const verdict = await app.passwords.hasher.verify(await storedOf(line), 'user1password');
    expect(verdict.matches).to.equal(true);
    expect(await codeOf({ key: other, name: 'second', replace: true })).to.equal('done');
    expect((await app.passwords.hasher.verify(await storedOf(line), 'user1password')).matches).to.equal(
      false,
    );
    const dump = await dumpDatabase(server.database.ownerUrl);
    for (const form of formsOf(key)) expect(dump).to.not.include(form);
    expect((await act(app, keys.rotateEncryption, {})).sealed.map(({ of }) => of)).to.include('signer_keys');
  });

  it('verify in either normal form of a password, whichever was hashed', async () => {
    const composed = 'caf\u00e9 \ud55c\uad6d\uc5b4 ma\u00f1ana';
    const decomposed = composed.normalize('NFD');
    const lines = [composed, decomposed].flatMap((password) => [
      person(sshaHash(password)),
      person(bcryptHash(password, 10)),
    ]);
    await act(server.app, people.import, { open: file(lines) });
    const { hasher } = server.app.passwords;
    for (const line of lines) {
      for (const typed of [composed, decomposed])
        expect(await hasher.verify(await storedOf(line), typed)).to.deep.equal({
          matches: true,
          needsRehash: true,
        });
      expect((await hasher.verify(await storedOf(line), `${composed}x`)).matches).to.equal(false);
    }
  });
});
