import { expect } from 'chai';
import fc from 'fast-check';
import { formatArgon2, parsePasswordHash } from '../../../src/domain/passwords/phc.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';

const SALT = 'BwcHBwcHBwcHBwcHBwcHBw';
const DIGEST = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAphnArZWb2GRPPc';

describe('stored password hashes: reading and writing', () => {
  const good: Record<string, [string, object]> = {
    'argon2id as written here': [
      `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${DIGEST}`,
      {
        algorithm: 'argon2id',
        version: 19,
        memoryKib: 19456,
        timeCost: 2,
        parallelism: 1,
        pepper: undefined,
      },
    ],
    'argon2id with its parameters in another order': [
      `$argon2id$v=19$m=1024,p=2,t=3$${SALT}$${DIGEST}`,
      { memoryKib: 1024, timeCost: 3, parallelism: 2 },
    ],
    'argon2i of before version 19': [
      `$argon2i$m=1024,t=3,p=1$${SALT}$${DIGEST}`,
      { algorithm: 'argon2i', version: 16 },
    ],
    'argon2id through a pepper': [
      `{pepper=2026-11}$argon2id$v=19$m=1024,t=3,p=1$${SALT}$${DIGEST}`,
      { algorithm: 'argon2id', pepper: '2026-11' },
    ],
    scrypt: [
      `$scrypt$ln=14,r=8,p=1$${SALT}$${DIGEST}`,
      { algorithm: 'scrypt', logCost: 14, blockSize: 8, parallelism: 1 },
    ],
    'PBKDF2 in PHC form': [
      `$pbkdf2-sha256$i=600000$${SALT}$${DIGEST}`,
      { algorithm: 'pbkdf2-sha256', iterations: 600_000 },
    ],
    'PBKDF2 with the length of its output': [
      `$pbkdf2-sha512$i=210000,l=32$${SALT}$${DIGEST}`,
      { iterations: 210_000 },
    ],
    'PBKDF2 as passlib writes it': [
      '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44',
      { iterations: 6400 },
    ],
    bcrypt: [
      '$2y$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
      { algorithm: 'bcrypt', cost: 12 },
    ],
  };
  for (const [name, [stored, expected]] of Object.entries(good)) {
    it(`reads ${name}`, () => {
      expect(parsePasswordHash(stored)).to.include(expected);
    });
  }

  const bad: Record<string, string> = {
    nothing: '',
    'a plain password': 'correct horse battery staple',
    'an unknown algorithm': `$md5$${SALT}$${DIGEST}`,
    'crypt of Unix': '$6$rounds=5000$saltsalt$abcdefghijklmnop',
    'bcrypt of the broken 2x': '$2x$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    'bcrypt cut short': '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMU',
    'a pepper in front of bcrypt': '{pepper=a}$2y$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    'a pepper in front of scrypt': `{pepper=a}$scrypt$ln=14,r=8,p=1$${SALT}$${DIGEST}`,
    argon2d: `$argon2d$v=19$m=1024,t=3,p=1$${SALT}$${DIGEST}`,
    'argon2 with a key id of somebody else': `$argon2id$v=19$m=1024,t=3,p=1,keyid=YQ$${SALT}$${DIGEST}`,
    'an argon2 version of the future': `$argon2id$v=20$m=1024,t=3,p=1$${SALT}$${DIGEST}`,
    'argon2 without enough memory for its lanes': `$argon2id$v=19$m=31,t=3,p=4$${SALT}$${DIGEST}`,
    'a parameter twice': `$argon2id$v=19$m=1024,m=1024,p=1$${SALT}$${DIGEST}`,
    'a missing parameter': `$argon2id$v=19$m=1024,t=3$${SALT}$${DIGEST}`,
    'a parameter of 0': `$argon2id$v=19$m=1024,t=0,p=1$${SALT}$${DIGEST}`,
    'a negative parameter': `$scrypt$ln=-1,r=8,p=1$${SALT}$${DIGEST}`,
    'a parameter in another notation': `$argon2id$v=19$m=1e3,t=3,p=1$${SALT}$${DIGEST}`,
    'no digest': `$argon2id$v=19$m=1024,t=3,p=1$${SALT}`,
    'an empty digest': `$argon2id$v=19$m=1024,t=3,p=1$${SALT}$`,
    'a short digest': `$argon2id$v=19$m=1024,t=3,p=1$${SALT}$AAAA`,
    'a short salt': `$argon2id$v=19$m=1024,t=3,p=1$AAAA$${DIGEST}`,
    'a salt that is not base64': `$argon2id$v=19$m=1024,t=3,p=1$!!!!!!!!!!!!$${DIGEST}`,
    'a part too many': `$pbkdf2-sha256$i=1000$${SALT}$${DIGEST}$x`,
    'text before it': `x$pbkdf2-sha256$i=1000$${SALT}$${DIGEST}`,
    'more than a hash can be': `$pbkdf2-sha256$i=1000$${SALT}$${DIGEST}${'A'.repeat(600)}`,
  };
  for (const [name, stored] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      expect(() => parsePasswordHash(stored))
        .to.throw(GatehouseError)
        .with.property('code', 'password_hash_invalid');
    });
  }

  it('says nothing of the hash in a refusal', () => {
    const stored = `$argon2id$v=19$m=1024,t=3,p=1$secretsalt!$secretdigest`;
    expect(() => parsePasswordHash(stored))
      .to.throw(GatehouseError)
      .and.satisfy((e: Error) => !e.message.includes('secret'));
  });

  it('reads back every argon2 hash that it writes', () => {
    const bytes = (min: number, max: number) =>
      fc.uint8Array({ minLength: min, maxLength: max }).map((b) => Buffer.from(b));
    const hashes = fc.record({
      algorithm: fc.constant('argon2id' as const),
      version: fc.constant(19),
      memoryKib: fc.integer({ min: 128, max: 2 ** 20 }),
      timeCost: fc.integer({ min: 1, max: 100 }),
      parallelism: fc.integer({ min: 1, max: 16 }),
      salt: bytes(8, 64),
      digest: bytes(16, 64),
      pepper: fc.option(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), { nil: undefined }),
    });
    fc.assert(
      fc.property(hashes, (hash) => {
        expect(parsePasswordHash(formatArgon2(hash))).to.deep.equal(hash);
      }),
    );
  });

  it('never fails in any other way, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'$=,.{}argon2idv19mtp/A+b'), maxLength: 120 }),
        (text) => {
          try {
            parsePasswordHash(text);
          } catch (error) {
            expect(error).to.be.instanceOf(GatehouseError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
