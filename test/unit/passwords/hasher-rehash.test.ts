import { expect } from 'chai';
import { needsRehash } from '../../../src/domain/passwords/hasher.ts';
import { parsePasswordHash } from '../../../src/domain/passwords/phc.ts';
import type { GatehouseError } from '../../../src/kernel/errors.ts';
import { codeOf, keyring, MATCH, make, NO_MATCH, OWASP } from './hashers.ts';

describe('password hasher: peppers', () => {
  it('puts the pepper’s id in front, and no engine alone can verify the rest', async () => {
    const hasher = await make({ peppers: keyring('k1') });
    const stored = await hasher.hash('pass');
    expect(stored).to.match(/^\{pepper=k1\}\$argon2id\$/);
    expect(await hasher.verify(stored, 'pass')).to.deep.equal(MATCH);
    const plain = await make();
    expect(await plain.verify(stored.replace(/^\{.*\}/, ''), 'pass')).to.deep.equal(NO_MATCH);
  });

  it('verifies under an older pepper and wants the current one', async () => {
    const stored = await (await make({ peppers: keyring('k1') })).hash('pass');
    const hasher = await make({ peppers: keyring('k2', 'k1') });
    expect(await hasher.verify(stored, 'pass')).to.deep.equal({ matches: true, needsRehash: true });
    expect(await hasher.verify(stored, 'wrong')).to.deep.equal(NO_MATCH);
  });

  it('verifies a hash from before there was one, and wants it replaced', async () => {
    const stored = await (await make()).hash('pass');
    const hasher = await make({ peppers: keyring('k1') });
    expect(await hasher.verify(stored, 'pass')).to.deep.equal({ matches: true, needsRehash: true });
  });

  it('matches nothing, at the usual cost, when the pepper of a hash is gone', async () => {
    const errors: GatehouseError[] = [];
    const stored = await (await make({ peppers: keyring('k1') })).hash('pass');
    const hasher = await make({
      peppers: keyring('k2'),
      onUnusableHash: (error) => errors.push(error as GatehouseError),
    });
    expect(await hasher.verify(stored, 'pass')).to.deep.equal(NO_MATCH);
    expect(errors.map(({ code }) => code)).to.deep.equal(['unknown_pepper']);
  });

  it('refuses to start with an id that could not be written, or without the current key', async () => {
    expect(await codeOf(make({ peppers: keyring('a}b') }))).to.equal('pepper_id_invalid');
    expect(await codeOf(make({ peppers: { current: 'x', keys: new Map() } }))).to.equal('pepper_id_invalid');
  });
});

describe('password hasher: when a hash is behind', () => {
  const hash = (changes: { head?: string; salt?: number; digest?: number } = {}) => {
    const { head = '$argon2id$v=19$m=19456,t=2,p=1', salt = 16, digest = 32 } = changes;
    const text = (length: number) => Buffer.alloc(length, 1).toString('base64').replace(/=+$/, '');
    return parsePasswordHash(`${head}$${text(salt)}$${text(digest)}`);
  };
  const table: [
    name: string,
    stored: ReturnType<typeof hash>,
    pepper: string | undefined,
    behind: boolean,
  ][] = [
    ['as made today', hash(), undefined, false],
    ['longer salt and digest than today’s', hash({ salt: 32, digest: 64 }), undefined, false],
    ['less memory', hash({ head: '$argon2id$v=19$m=19455,t=2,p=1' }), undefined, true],
    ['more memory', hash({ head: '$argon2id$v=19$m=65536,t=2,p=1' }), undefined, true],
    ['fewer passes', hash({ head: '$argon2id$v=19$m=19456,t=1,p=1' }), undefined, true],
    ['more lanes', hash({ head: '$argon2id$v=19$m=19456,t=2,p=2' }), undefined, true],
    ['argon2i', hash({ head: '$argon2i$v=19$m=19456,t=2,p=1' }), undefined, true],
    ['the version before', hash({ head: '$argon2id$v=16$m=19456,t=2,p=1' }), undefined, true],
    ['a short salt', hash({ salt: 8 }), undefined, true],
    ['a short digest', hash({ digest: 16 }), undefined, true],
    ['scrypt', hash({ head: '$scrypt$ln=17,r=8,p=1' }), undefined, true],
    ['PBKDF2', hash({ head: '$pbkdf2-sha256$i=600000' }), undefined, true],
    ['no pepper where there is one', hash(), 'k1', true],
    ['the current pepper', hash({ head: '{pepper=k1}$argon2id$v=19$m=19456,t=2,p=1' }), 'k1', false],
    ['an older pepper', hash({ head: '{pepper=k0}$argon2id$v=19$m=19456,t=2,p=1' }), 'k1', true],
    [
      'a pepper where there is none any more',
      hash({ head: '{pepper=k0}$argon2id$v=19$m=19456,t=2,p=1' }),
      undefined,
      true,
    ],
  ];
  for (const [name, stored, pepper, behind] of table) {
    it(`${name}: ${behind ? 'replace' : 'keep'}`, () => {
      expect(needsRehash(stored, OWASP, pepper)).to.equal(behind);
    });
  }
});
