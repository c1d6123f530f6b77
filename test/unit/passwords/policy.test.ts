import { expect } from 'chai';
import fc from 'fast-check';
import { checkNewPassword, isTooLong, type PasswordProblem } from '../../../src/domain/passwords/policy.ts';

const POLICY = { minLength: 12, maxLength: 64, requiredCharacters: [] };
const ABOUT = {
  email: 'ada.king@Hospital.example',
  name: 'Ada König-Noel',
  words: ['Gatehouse', 'St Mary’s Infirmary', 'mary-online'],
};

describe('new passwords', () => {
  const table: [name: string, password: string, problems: PasswordProblem[]][] = [
    ['a passphrase', 'correct horse battery', []],
    ['letters only, as there is no composition rule', 'abcdefghijkm', []],
    ['spaces at the edges', '  lots of space  ', []],
    ['other scripts', '密码密码口令口令通行证号', []],
    ['emoji, each one character', '🗝🚪🏰🐎🔋🧷🌊🌋🌻🍏🍐🍊', []],
    ['one short', 'elevenchars', ['too_short']],
    ['one short, though long in bytes', '🗝🚪🏰🐎🔋🧷🌊🌋🌻🍏🍐', ['too_short']],
    ['short when composed', 'e\u0301'.repeat(5) + 'a\u0301'.repeat(6), ['too_short']],
    ['nothing', '', ['too_short']],
    ['the longest', 'ab'.repeat(32), []],
    ['one too long', `${'ab'.repeat(32)}c`, ['too_long']],
    ['a megabyte', 'ab'.repeat(500_000), ['too_long']],
    ['one character again and again', 'z'.repeat(20), ['single_character']],
    ['one emoji again and again, too short', '🗝🗝🗝', ['too_short', 'single_character']],
    ['half a character', 'correct horse \ud800', ['malformed']],
    ['the local part of the address', 'xx Ada.King xx 99', ['contains_identity']],
    ['the whole address', 'ada.king@hospital.example', ['contains_identity']],
    ['a part of the name, in other letters', 'my KO\u0308NIG is here', ['contains_identity']],
    ['a part of the name in full-width letters', 'say ｎｏｅｌ to everybody', ['contains_identity']],
    ['the organisation', 'st mary’s infirmary 26', ['contains_identity']],
    ['the organisation without what separates its words', 'xStMarysInfirmary1', ['contains_identity']],
    ['a word of the organisation', 'the old infirmary wing', ['contains_identity']],
    ['the product', 'my gatehouse is red', ['contains_identity']],
    ['the host', 'go to mary-online 1', ['contains_identity']],
    ['the domain of the address', 'hospital 1234567', ['contains_identity']],
    ['a name with a sign for a letter', 'say N0€l 12 times', ['contains_identity']],
    ['an address with signs for letters', '@d4.k1ng 1234567', ['contains_identity']],
    ['the product with signs for letters', 'G@7€h0u$3 forever', ['contains_identity']],
    ['a name without its accents', 'my konig is here', ['contains_identity']],
    ['the whole name, written together', 'yadakonignoely', ['contains_identity']],
    ['the last part of a domain, which is everybody’s', 'an example to all', []],
    ['a name of three letters, which is too common to forbid', 'Canada dry ginger ale', []],
  ];
  for (const [name, password, problems] of table) {
    it(`${name}: ${problems.join(', ') || 'good'}`, () => {
      expect(checkNewPassword(password, POLICY, ABOUT)).to.deep.equal(problems);
    });
  }

  it('compares with nothing where nothing is known', () => {
    expect(checkNewPassword('anything of length', POLICY, {})).to.deep.equal([]);
    expect(
      checkNewPassword('anything of length', POLICY, { email: '', name: ' ', words: [''] }),
    ).to.deep.equal([]);
  });

  const required: [name: string, password: string, problems: PasswordProblem[]][] = [
    [
      'nothing of it',
      '密码密码口令口令通行证号',
      ['lower_missing', 'upper_missing', 'digit_missing', 'symbol_missing'],
    ],
    ['all of it', 'Seven quiet lanterns 7', []],
    ['it in other scripts', 'Семь٣тихих-фонарей', []],
    ['an accent that is typed apart', 'E\u0301cole7ecole-ecole', []],
    ['no symbol', 'Sevenquietlanterns7', ['symbol_missing']],
    ['no digit', 'Seven quiet lanterns', ['digit_missing']],
  ];
  for (const [name, password, problems] of required) {
    it(`where kinds of characters are asked for, ${name}: ${problems.join(', ') || 'good'}`, () => {
      const policy = { ...POLICY, requiredCharacters: ['lower', 'upper', 'digit', 'symbol'] as const };
      expect(checkNewPassword(password, policy, {})).to.deep.equal(problems);
    });
  }

  it('finds a word wherever it stands, in any case and with any of the known substitutions', () => {
    const substitutes: Record<string, string[]> = {
      a: ['a', 'A', '4', '@', 'á'],
      e: ['e', 'E', '3', '€', 'ë'],
      g: ['g', 'G', '9', '6'],
      h: ['h', 'H'],
      o: ['o', 'O', '0', 'ö'],
      s: ['s', 'S', '5', '$'],
      t: ['t', 'T', '7', '+'],
      u: ['u', 'U', 'ü'],
    };
    const written = fc
      .tuple(...[...'gatehouse'].map((letter) => fc.constantFrom(...(substitutes[letter] as string[]))))
      .map((letters) => letters.join(''));
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(around, written, around, (before, word, after) => {
        expect(checkNewPassword(`${before}${word}${after}`, POLICY, ABOUT)).to.include('contains_identity');
      }),
    );
  });

  it('never refuses for its words what has none of their letters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'bcdfjpqvwxyz -_%&'), minLength: 12, maxLength: 40 }),
        (password) => {
          expect(checkNewPassword(password, POLICY, ABOUT)).not.to.include('contains_identity');
        },
      ),
    );
  });

  it('counts code points of the composed form, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (password) => {
        const length = [...password.normalize('NFC')].length;
        const problems = checkNewPassword(password, POLICY, ABOUT);
        expect(problems.includes('too_short')).to.equal(length < 12);
        expect(problems.includes('too_long')).to.equal(length > 64);
        expect(isTooLong(password, 10)).to.equal([...password].length > 10);
      }),
    );
  });
});
