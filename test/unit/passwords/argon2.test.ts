import * as nodeRs from '@node-rs/argon2';
import reference from 'argon2';
import { expect } from 'chai';
import {
  type Argon2Engine,
  type Argon2Input,
  loadArgon2Engine,
  loadNodeRsArgon2,
  loadReferenceArgon2,
} from '../../../src/domain/passwords/argon2.ts';
import { createPasswordHasher } from '../../../src/domain/passwords/hasher.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

const CHEAP = { memoryKib: 256, timeCost: 1, parallelism: 1 };
const fixed = { ...systemRandomness, bytes: (length: number) => Buffer.alloc(length, 7) };

const hasherOn = (engine: Argon2Engine) =>
  createPasswordHasher({
    argon2: CHEAP,
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 1,
    hashQueueLimit: 10,
    random: fixed,
    engine,
  });

describe('Argon2 engines', () => {
  it('takes the fast one where it is installed', async () => {
    expect((await loadArgon2Engine()).implementation).to.equal('@node-rs/argon2');
  });

  it('takes the other one where it is not', async () => {
    const engine = await loadArgon2Engine(() => Promise.reject(new Error('Cannot find module')));
    expect(engine.implementation).to.equal('argon2');
  });

  const engines = { '@node-rs/argon2': loadNodeRsArgon2, argon2: loadReferenceArgon2 };
  for (const [name, load] of Object.entries(engines)) {
    describe(name, () => {
      let engine: Argon2Engine;
      before(async () => {
        engine = await load();
      });

      const input: Argon2Input = {
        algorithm: 'argon2id',
        version: 0x13,
        memoryKib: 65_536,
        timeCost: 2,
        parallelism: 1,
        password: Buffer.from('password'),
        salt: Buffer.from('somesalt'),
        digestBytes: 32,
      };
      const hex = async (changes: Partial<Argon2Input>) =>
        (await engine.digest({ ...input, ...changes })).toString('hex');

      it('says which it is', () => {
        expect(engine.implementation).to.equal(name);
      });

      // From the test suite of the reference implementation, phc-winner-argon2.
      it('computes the published vectors', async () => {
        expect(await hex({})).to.equal('09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7');
        expect(await hex({ algorithm: 'argon2i', version: 0x10 })).to.equal(
          'f6c4db4a54e2a370627aff3db6176b94a2a209a62c8e36152711802f7b30c694',
        );
      });

      it('rejects what cannot be computed', async () => {
        const refused = await hex({ salt: Buffer.alloc(2) }).then(
          () => false,
          () => true,
        );
        expect(refused).to.equal(true);
      });

      it('gives strings that both libraries verify themselves', async () => {
        const hasher = await hasherOn(engine);
        const stored = await hasher.hash('Grüße aus dem Torhaus 🗝');
        for (const [password, matches] of [
          ['Grüße aus dem Torhaus 🗝', true],
          ['Grüße aus dem Torhaus', false],
        ] as const) {
          expect(await nodeRs.verify(stored, password)).to.equal(matches);
          expect(await reference.verify(stored, password)).to.equal(matches);
        }
      });

      it('verifies what both libraries write themselves', async () => {
        const hasher = await hasherOn(engine);
        const cost = { memoryCost: 512, timeCost: 2, parallelism: 2 };
        for (const stored of [
          await nodeRs.hash('pass word', cost),
          await reference.hash('pass word', cost),
        ]) {
          expect(await hasher.verify(stored, 'pass word')).to.deep.equal({
            matches: true,
            needsRehash: true,
          });
          expect(await hasher.verify(stored, 'pass word ')).to.deep.equal({
            matches: false,
            needsRehash: false,
          });
        }
      });
    });
  }

  it('gives the same string on either', async () => {
    const strings = await Promise.all(
      Object.values(engines).map(async (load) => (await hasherOn(await load())).hash('the same password')),
    );
    expect(strings[0])
      .to.match(/^\$argon2id\$v=19\$m=256,t=1,p=1\$/)
      .and.equal(strings[1]);
  });
});
