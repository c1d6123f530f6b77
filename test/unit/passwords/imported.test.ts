import { pbkdf2Sync } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { expect } from 'chai';
import { createHashThreads } from '../../../src/domain/passwords/hash-threads.ts';
import { createPasswordHasher, type PasswordHasher } from '../../../src/domain/passwords/hasher.ts';
import { assertImportable } from '../../../src/domain/passwords/imported.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '');
const SALT = 'BwcHBwcHBwcHBwcHBwcHBw';
const DIGEST = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAphnArZWb2GRPPc';

describe('imported password hashes', () => {
  let hasher: PasswordHasher;
  before(async () => {
    hasher = await createPasswordHasher({
      argon2: { memoryKib: 64, timeCost: 1, parallelism: 1 },
      peppers: undefined,
      maxLength: 256,
      hashConcurrency: 2,
      hashQueueLimit: 50,
      random: systemRandomness,
    });
  });
  after(() => hasher.close());

  const vectors: Record<string, [stored: string, password: string]> = {
    'PBKDF2-SHA-256 of RFC 7914, section 11': [
      `$pbkdf2-sha256$i=1$${base64(Buffer.from('salt').toString('hex'))}$${base64(
        '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc' +
          '49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
      )}`,
      'passwd',
    ],
    'PBKDF2-SHA-256 of the documentation of passlib': [
      '$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M',
      'password',
    ],
    'scrypt of RFC 7914, section 12': [
      `$scrypt$ln=10,r=8,p=16$${base64(Buffer.from('NaCl').toString('hex'))}$${base64(
        'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162' +
          '2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
      )}`,
      'password',
    ],
    'bcrypt 2a of crypt_blowfish': ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    'bcrypt 2a of crypt_blowfish, longer': [
      '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK',
      'U*U*',
    ],
    'bcrypt 2b': [bcrypt.hashSync('pass phrase', '$2b$04$CCCCCCCCCCCCCCCCCCCCC.'), 'pass phrase'],
    'bcrypt 2y': ['$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    'PBKDF2-SHA-512': [
      `$pbkdf2-sha512$i=4096$c2FsdA$${base64('d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5')}`,
      'password',
    ],
  };
  for (const [name, [stored, password]] of Object.entries(vectors)) {
    it(`verifies ${name}, and wants it replaced`, async () => {
      expect(() => assertImportable(stored)).to.not.throw();
      expect(await hasher.verify(stored, password)).to.deep.equal({ matches: true, needsRehash: true });
      expect(await hasher.verify(stored, `${password}x`)).to.deep.equal({
        matches: false,
        needsRehash: false,
      });
      expect(await hasher.verify(stored, '')).to.deep.equal({ matches: false, needsRehash: false });
    });
  }

  it('lets somebody in whose old system hashed the password as it was typed', async () => {
    const typed = 'Zoe\u0308 und Andre\u0301';
    const digest = pbkdf2Sync(typed, 'saltsalt', 10, 32, 'sha256').toString('base64').replace('=', '');
    const stored = `$pbkdf2-sha256$i=10$c2FsdHNhbHQ$${digest}`;
    expect((await hasher.verify(stored, typed)).matches).to.equal(true);
    const fresh = await hasher.hash(typed);
    expect((await hasher.verify(fresh, typed.normalize('NFC'))).matches).to.equal(true);
  });

  it('makes characters after the 72nd byte matter from the rehash on, though bcrypt ignored them', async () => {
    const long = 'x'.repeat(80);
    const verdict = await hasher.verify(bcrypt.hashSync(long, 4), long);
    expect(verdict).to.deep.equal({ matches: true, needsRehash: true });
    const replaced = await hasher.hash(long);
    expect((await hasher.verify(replaced, `${'x'.repeat(79)}y`)).matches).to.equal(false);
  });

  const costly = {
    'bcrypt of cost 15': '$2y$15$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    'bcrypt of cost 31': '$2y$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    'bcrypt of an impossible cost': '$2y$03$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    'scrypt of 256 MiB': `$scrypt$ln=18,r=8,p=1$${SALT}$${DIGEST}`,
    'scrypt of 2^999999999': `$scrypt$ln=999999999,r=1,p=1$${SALT}$${DIGEST}`,
    'scrypt of many lanes': `$scrypt$ln=10,r=8,p=1000$${SALT}$${DIGEST}`,
    'PBKDF2 of thousands of millions': `$pbkdf2-sha256$i=4000000000$${SALT}$${DIGEST}`,
    'argon2id of 4 GiB': `$argon2id$v=19$m=4194304,t=1,p=1$${SALT}$${DIGEST}`,
    'argon2id of a million passes': `$argon2id$v=19$m=1024,t=1000000,p=1$${SALT}$${DIGEST}`,
    'argon2id of 255 lanes': `$argon2id$v=19$m=65536,t=1,p=255$${SALT}$${DIGEST}`,
  };
  for (const [name, stored] of Object.entries(costly)) {
    it(`does not take ${name}`, () => {
      expect(() => assertImportable(stored))
        .to.throw(GatehouseError)
        .with.property('code', 'password_hash_too_costly');
    });
  }

  it('takes what OWASP and the common libraries recommend', () => {
    for (const stored of [
      '$2y$14$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
      `$scrypt$ln=17,r=8,p=1$${SALT}$${DIGEST}`,
      `$scrypt$ln=14,r=8,p=5$${SALT}$${DIGEST}`,
      `$pbkdf2-sha256$i=1200000$${SALT}$${DIGEST}`,
      `$argon2id$v=19$m=65536,t=3,p=4$${SALT}$${DIGEST}`,
      `$argon2id$v=19$m=102400,t=2,p=8$${SALT}$${DIGEST}`,
    ]) {
      expect(() => assertImportable(stored), stored).to.not.throw();
    }
  });

  it('does not take a hash that went through the pepper of another installation', () => {
    const stored = `{pepper=a}$argon2id$v=19$m=1024,t=2,p=1$${SALT}$${DIGEST}`;
    expect(() => assertImportable(stored))
      .to.throw(GatehouseError)
      .with.property('code', 'password_hash_peppered');
  });

  it('does not even try one that came in too costly by another way', async () => {
    const unusable: unknown[] = [];
    const careful = await createPasswordHasher({
      argon2: { memoryKib: 64, timeCost: 1, parallelism: 1 },
      peppers: undefined,
      maxLength: 256,
      hashConcurrency: 1,
      hashQueueLimit: 1,
      random: systemRandomness,
      onUnusableHash: (error) => unusable.push(error),
    });
    expect((await careful.verify(costly['bcrypt of cost 31'], 'x')).matches).to.equal(false);
    expect(unusable).to.have.length(1).with.nested.property('[0].code', 'password_hash_too_costly');
  });
});

describe('threads that hash', () => {
  const salt = Buffer.alloc(16, 7);

  it('leave the main thread free while they compute', async () => {
    const threads = createHashThreads();
    await threads.bcrypt('warm up', { cost: 4, salt });
    let longestMs = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    const startedAt = last;
    await threads.bcrypt('secret', { cost: 12, salt });
    await threads.sha512crypt('secret', { rounds: 100_000, salt });
    const tookMs = performance.now() - startedAt;
    clearInterval(timer);
    await threads.close();
    expect(longestMs).to.be.below(tookMs / 2);
  });

  it('are used again, and end when nobody needs them', async () => {
    const threads = createHashThreads(30);
    const [one, same, other] = await Promise.all(
      ['secret', 'secret', 'other'].map((password) => threads.bcrypt(password, { cost: 4, salt })),
    );
    expect(one).to.have.length(23).and.deep.equal(same).and.not.deep.equal(other);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await threads.bcrypt('secret', { cost: 4, salt })).to.deep.equal(one);
    await threads.close();
  });

  it('that break are told of and replaced', async () => {
    const threads = createHashThreads();
    const failed = await threads.bcrypt(undefined as never, { cost: 4, salt }).then(
      () => false,
      () => true,
    );
    expect(failed).to.equal(true);
    expect(await threads.bcrypt('secret', { cost: 4, salt })).to.have.length(23);
    await threads.close();
  });
});
