import { expect } from 'chai';
import type { PasswordHasher } from '../../../src/domain/passwords/hasher.ts';
import { assertImportable, readImported } from '../../../src/domain/passwords/imported.ts';
import { isWeak } from '../../../src/domain/passwords/limits.ts';
import { parsePasswordHash } from '../../../src/domain/passwords/phc.ts';
import { sha512crypt } from '../../../src/domain/passwords/sha512crypt.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { storedForms, WRAPPING_KEY } from '../../support/password-hashes.ts';
import { SIGNER_KEY, VECTORS } from './foreign-vectors.ts';
import { make, NO_MATCH } from './hashers.ts';

const signerKey = async (name: string) => (name === 'default' ? SIGNER_KEY : undefined);
const SIGNER_KEYS = new Map([['default', 64]]);

/** The same with another last byte but one of what it ends with. */
function tampered(stored: string): string {
  const at = stored.length - 5;
  return `${stored.slice(0, at)}${stored[at] === 'A' ? 'B' : 'A'}${stored.slice(at + 1)}`;
}

describe('hashes of other systems', () => {
  let hasher: PasswordHasher;
  let strange: PasswordHasher;
  before(async () => {
    hasher = await make({ wrappingKey: WRAPPING_KEY, signerKey, maxLength: 600 });
    strange = await make({ wrappingKey: Buffer.alloc(32, 'another') });
  });
  after(() => Promise.all([hasher.close(), strange.close()]));

  for (const [name, { stored, password, as, inside }] of Object.entries(VECTORS)) {
    it(`verify, ${as}, and are replaced: ${name}`, async () => {
      expect(() => assertImportable(stored, SIGNER_KEYS)).to.not.throw();
      const [text = ''] = await storedForms([stored]);
      if (as === 'wrapped') {
        expect(text.split('$').slice(0, 3)).to.deep.equal(['', 'wrapped', inside]);
        // Nothing of the output is left.
        expect(text).to.not.include(stored.slice(-24, -4));
        expect(await strange.verify(text, password)).to.deep.equal(NO_MATCH);
      } else if (as === 'given') expect(stored.endsWith(text)).to.equal(true);
      expect(isWeak(parsePasswordHash(text))).to.equal(false);
      expect(await hasher.verify(text, password)).to.deep.equal({ matches: true, needsRehash: true });
      for (const wrong of [`${password}x`, ''])
        expect(await hasher.verify(text, wrong), wrong).to.deep.equal(NO_MATCH);
      expect(await hasher.verify(tampered(text), password)).to.deep.equal(NO_MATCH);
    });
  }

  it('are wrapped differently each time, also those without salt', async () => {
    const texts = await storedForms(Array(3).fill(VECTORS['{SHA}']?.stored));
    expect(new Set(texts)).to.have.property('size', 3);
  });

  it('of Firebase match nothing without their signer key, and are refused where it is not theirs', async () => {
    const { stored = '', password = '' } = VECTORS['scrypt of Firebase'] ?? {};
    const [text] = await storedForms([stored]);
    const without = await make({ wrappingKey: WRAPPING_KEY });
    expect(await without.verify(text, password)).to.deep.equal(NO_MATCH);
    const codeOf = (hash: string, keys: ReadonlyMap<string, number>) => {
      try {
        assertImportable(hash, keys);
        return undefined;
      } catch (error) {
        return error instanceof GatehouseError ? error.code : String(error);
      }
    };
    expect(codeOf(stored, new Map())).to.equal('signer_key_missing');
    expect(codeOf(stored.replace('ss=', 'k=other,ss='), SIGNER_KEYS)).to.equal('signer_key_missing');
    expect(codeOf(stored, new Map([['default', 32]]))).to.equal('password_hash_invalid');
    expect(codeOf(stored.replace('ss=', 'k=default,ss='), SIGNER_KEYS)).to.equal(undefined);
  });

  const SALT = 'BwcHBwcHBwcHBwcHBwcHBw';
  const DIGEST = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAphnArZWb2GRPPc';
  const CRYPT = 'a'.repeat(86);
  const refused: Record<string, [code: string, ...hashes: string[]]> = {
    'what is in no form that is read': [
      'password_hash_invalid',
      '',
      'a plain password',
      '{MD5}CY9rzUYh03PK3k6DJie09g==',
      '{}',
      '{SSHA}',
      '{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=',
      '{SHA}pT6Ln7UgR+sq9cXU7gHXhKeMvyc1hjAm',
      '{SSHA}!!!!',
      `{CRYPT}{CRYPT}$6$salt$${CRYPT}`,
      '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
      '$6$saltstring$tooshort',
      `$6$rounds=05000$salt$${CRYPT}`,
      `$6$rounds=5000$saltsaltsaltsalt!$${CRYPT}`,
      'bcrypt_sha256$$6$x',
      'bcrypt$hello',
      'pbkdf2_sha256$1000$salt',
      'pbkdf2_sha256$1000$salt$AAAA$AAAA',
      `pbkdf2_md5$1000$saltsalt$${DIGEST}`,
      `pbkdf2_sha256$-1$saltsalt$${DIGEST}`,
      `pbkdf2_sha256$1e3$saltsalt$${DIGEST}`,
      `scrypt$1000$saltsalt$8$1$${DIGEST}`,
      `scrypt$1$saltsalt$8$1$${DIGEST}`,
      `$firebase-scrypt$ln=14$${SALT}$${DIGEST}`,
      `$firebase-scrypt$ln=14,r=8,k=../x$${SALT}$${DIGEST}`,
      `$firebase-scrypt$ln=14,r=8,ss=${'A'.repeat(40)}$${SALT}$${DIGEST}`,
      `$wrapped$sha1$l=20$$argon2id$v=19$m=8,t=1,p=1$${SALT}$${DIGEST}`,
      `pbkdf2_sha256$1000$${'s'.repeat(100)}$${DIGEST}`,
      `pbkdf2_sha256$1000$saltsalt$${'A'.repeat(700)}`,
    ],
    'what would take seconds or gigabytes': [
      'password_hash_too_costly',
      `$6$rounds=999999999$saltsalt$${CRYPT}`,
      `$6$rounds=700001$saltsalt$${CRYPT}`,
      `$6$rounds=999$saltsalt$${CRYPT}`,
      `$firebase-scrypt$ln=30,r=8$${SALT}$${DIGEST}`,
      `$firebase-scrypt$ln=14,r=4000000000$${SALT}$${DIGEST}`,
      `scrypt$1073741824$saltsalt$8$1$${DIGEST}`,
      `pbkdf2_sha1$4000000000$saltsalt$${DIGEST}`,
      // Two blocks of output each.
      `pbkdf2_sha1$2500001$saltsalt$${DIGEST}`,
      `pbkdf2_sha512$2500001$saltsalt$${DIGEST}`,
      `{PBKDF2-SHA512}4000000000$${SALT}$${DIGEST}`,
      `bcrypt_sha256$$2b$31$${'a'.repeat(53)}`,
      `{CRYPT}$2b$15$${'a'.repeat(53)}`,
      `argon2$argon2d$v=19$m=4194304,t=1,p=1$${SALT}$${DIGEST}`,
    ],
    'one that went through a pepper elsewhere': [
      'password_hash_peppered',
      `{pepper=a}$argon2id$v=19$m=1024,t=2,p=1$${SALT}$${DIGEST}`,
    ],
  };
  for (const [name, [code, ...hashes]] of Object.entries(refused)) {
    it(`are refused by name: ${name}`, () => {
      for (const hash of hashes) {
        expect(() => readImported(hash), hash)
          .to.throw(GatehouseError)
          .with.property('code', code);
      }
    });
  }

  it('are kept where they are strong, and nowhere else', () => {
    const strong = {
      [`$argon2id$v=19$m=64,t=1,p=1$${SALT}$${DIGEST}`]: true,
      [`$argon2i$v=19$m=65536,t=4,p=1$${SALT}$${DIGEST}`]: false,
      [`$2b$10$${'a'.repeat(53)}`]: true,
      [`$2b$09$${'a'.repeat(53)}`]: false,
      [`bcrypt_sha256$$2b$12$${'a'.repeat(53)}`]: false,
      [`$scrypt$ln=15,r=8,p=1$${SALT}$${DIGEST}`]: true,
      [`$scrypt$ln=14,r=8,p=5$${SALT}$${DIGEST}`]: false,
      [`$scrypt$ln=15,r=7,p=1$${SALT}$${DIGEST}`]: false,
      [`scrypt$32768$saltsalt$8$1$${DIGEST}`]: true,
      [`$pbkdf2-sha256$i=600000$${SALT}$${DIGEST}`]: true,
      [`$pbkdf2-sha256$i=599999$${SALT}$${DIGEST}`]: false,
      // Its salt is too short to be read again.
      [`pbkdf2_sha256$600000$abc$${DIGEST}`]: false,
      [`$pbkdf2-sha512$i=600000$${SALT}$${DIGEST}`]: false,
      [`$6$rounds=600000$saltsalt$${CRYPT}`]: false,
    };
    for (const [hash, keeps] of Object.entries(strong))
      expect(readImported(hash).kept !== undefined, hash).to.equal(keeps);
  });

  it('do not take the length of a password into account, as no crypt(3) has hashed it', () => {
    const salt = Buffer.from('saltstring');
    const longest = sha512crypt('x'.repeat(511), salt, 1_000);
    expect(sha512crypt('x'.repeat(512), salt, 1_000))
      .to.equal('-'.repeat(86))
      .and.not.equal(longest);
    const timed = (length: number) => {
      const startedAt = performance.now();
      sha512crypt('x'.repeat(length), salt, 2_000);
      return performance.now() - startedAt;
    };
    timed(511);
    expect(timed(100_000)).to.be.below(20 * timed(511));
  });

  it('say nothing of the hash in a refusal', () => {
    for (const stored of ['{SSHA}secretsecret', 'scrypt$1000$secret$8$1$secret', '$6$secret$secret']) {
      expect(() => readImported(stored))
        .to.throw(GatehouseError)
        .and.satisfy((error: Error) => !error.message.includes('secret'));
    }
  });
});
