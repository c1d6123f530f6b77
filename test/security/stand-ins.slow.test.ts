import { expect } from 'chai';
import { loadArgon2Engine } from '../../src/domain/passwords/argon2.ts';
import { compute } from '../../src/domain/passwords/compute.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { guess } from '../support/guessing.ts';
import {
  argon2Hash,
  costOf,
  costOfOutput,
  costOfStored,
  hashesOfEveryKind,
} from '../support/password-hashes.ts';
import { eventually } from '../support/processes.ts';
import { type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RIGHT = 'the right passphrase of everybody';
const WRONG = 'not the right passphrase';
/** Not in NFC: of an imported hash both forms are tried. */
const DECOMPOSED = 'cafe\u0301 au lait is not it';

/** A hasher that says what it computed: what an answer takes, whatever else the machine does. */
async function recordingHasher(): Promise<{ hasher: PasswordHasher; computed: () => string[] }> {
  const engine = await loadArgon2Engine();
  let work: string[] = [];
  const hasher = await createPasswordHasher({
    argon2: { memoryKib: 8, timeCost: 1, parallelism: 1 },
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 2,
    hashQueueLimit: 1_000,
    random: systemRandomness,
    engine: {
      ...engine,
      digest(input) {
        const { password: _password, digestBytes, ...rest } = input;
        work.push(costOf({ ...rest, pepper: undefined, digest: Buffer.alloc(digestBytes) }));
        return engine.digest(input);
      },
    },
    computeOthers(derivation, bytes, ...rest) {
      // The engine tells of Argon2.
      if (!derivation.algorithm.startsWith('argon2')) work.push(costOfOutput(derivation, bytes));
      return compute(derivation, bytes, ...rest);
    },
  });
  const computed = () => {
    const all = work.join(' + ');
    work = [];
    return all === '' ? [] : [all];
  };
  return { hasher, computed };
}

describe('line 15: an unknown address costs what an account costs', function standIns() {
  this.timeout(120_000);
  let server: TestServer;
  let client: HandClient;
  let computed: () => string[];
  let hashes: Record<string, string>;

  before(async () => {
    const recording = await recordingHasher();
    computed = recording.computed;
    server = await startTestServer({
      settings: { MAX_FAILED_LOGIN_ATTEMPTS: '1000' },
      replace: { hasher: recording.hasher },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    hashes = await hashesOfEveryKind(RIGHT);
  });
  after(() => server.stop());

  let count = 0;
  const address = () => {
    count += 1;
    return `somebody-${count}@example.org`;
  };
  async function member(passwordHash?: string): Promise<{ id: string; email: string }> {
    const {
      database,
      accounts: { store: accounts },
    } = server.app;
    const hash = passwordHash === undefined ? {} : { passwordHash };
    return accounts.create(fixtures(database), { email: address(), name: 'Pat Person', ...hash });
  }
  /** What is computed when this is submitted. */
  async function costOfTry(email: string, password = WRONG): Promise<string[]> {
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl({ prompt: 'login' }));
    computed();
    expect((await guess(agent, page, { email, password })).status).to.equal(401);
    return computed();
  }
  const standInOf = (email: string) => costOfStored(String(server.app.passwords.standIns.of(email)));
  /** An address of nobody whose stand-in costs that. */
  function nobodyWith(cost: string): string {
    for (;;) {
      const email = address();
      if (standInOf(email) === cost) return email;
    }
  }

  it('of every kind of hash that is imported, by algorithm and parameters, in any form of a password', async () => {
    const people = new Map<string, string>();
    for (const hash of Object.values(hashes)) people.set(costOfStored(hash), (await member(hash)).email);
    // All of them: whoever stands in is dealt anew with each kind that is noticed.
    await eventually('the server has noticed every kind', async () => {
      const dealt = new Set([...Array(2_000).keys()].map((n) => standInOf(`${n}@example.org`)));
      return [...people.keys()].every((cost) => dealt.has(cost));
    });
    for (const [cost, email] of people) {
      const nobody = nobodyWith(cost);
      expect(await costOfTry(email), `known: ${cost}`).to.deep.equal([cost]);
      expect(await costOfTry(nobody), `unknown: ${cost}`).to.deep.equal([cost]);
      expect(await costOfTry(nobody), 'each time').to.deep.equal([cost]);
      for (const password of [DECOMPOSED, 'x'.repeat(3_000), '🗝'.repeat(300)]) {
        expect(await costOfTry(nobody, password)).to.deep.equal(await costOfTry(email, password));
      }
    }
  });

  it('however an address is spelled', async () => {
    const email = nobodyWith(costOfStored(String(hashes['bcrypt 5'])));
    for (const spelled of [email.toUpperCase(), `  ${email} `, email.replace('s', 'ｓ')]) {
      expect(await costOfTry(spelled), spelled).to.deep.equal(['bcrypt 5']);
    }
  });

  it('and so do accounts that have nothing to verify, by their address', async () => {
    const {
      database,
      accounts: { store: accounts },
      protection: { lockout },
    } = server.app;
    for (const hash of [undefined, 'unreadable', '$2b$04$short', `$2b$31$${'a'.repeat(53)}`]) {
      const { id, email } = await member(hash);
      for (const password of [WRONG, RIGHT]) {
        expect(await costOfTry(email, password), hash).to.deep.equal([standInOf(email)]);
      }
      await accounts.setStatus(fixtures(database), id, 'disabled');
      expect(await costOfTry(email), `${hash}, disabled`).to.deep.equal([standInOf(email)]);
      await lockout.disablePassword(fixtures(database), id);
      expect(await costOfTry(email), `${hash}, password disabled`).to.deep.equal([standInOf(email)]);
    }
  });

  it('while an account whose password or who was disabled goes on to cost its own, right or wrong', async () => {
    const {
      database,
      accounts: { store: accounts },
      protection: { lockout },
    } = server.app;
    for (const [kind, hash] of Object.entries(hashes)) {
      const [locked, disabled] = [await member(hash), await member(hash)];
      await lockout.disablePassword(fixtures(database), locked.id);
      await accounts.setStatus(fixtures(database), disabled.id, 'disabled');
      for (const { email } of [locked, disabled]) {
        for (const password of [WRONG, RIGHT]) {
          expect(await costOfTry(email, password), kind).to.deep.equal([costOfStored(hash)]);
        }
      }
    }
  });

  it('and one whose pepper is gone costs its own, too', async () => {
    const parameters = { memoryKib: 80, timeCost: 4 };
    const { email } = await member(`{pepper=gone}${await argon2Hash(RIGHT, parameters)}`);
    expect(await costOfTry(email, RIGHT)).to.deep.equal([costOfStored(await argon2Hash(RIGHT, parameters))]);
  });

  it('nothing at all where too many have failed, known or not', async () => {
    const limited = await server.restart({ MAX_FAILED_LOGIN_ATTEMPTS: '2' });
    server = limited;
    for (const email of [(await member(hashes['bcrypt 4'])).email, address()]) {
      await costOfTry(email);
      await costOfTry(email);
      expect(await costOfTry(email)).to.deep.equal([]);
    }
  });
});
