import { expect } from 'chai';
import fc from 'fast-check';
import { checkNewPassword, isTooLong, type PasswordProblem } from '../../../src/domain/passwords/policy.ts';

const POLICY = { minLength: 12, maxLength: 64 };
const ABOUT = { email: 'ada.king@Hospital.example', name: 'Ada König-Noel', brand: 'St Mary’s Trust' };

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
    ['the brand', 'st mary’s trust 2026', ['contains_identity']],
    ['a name of three letters, which is too common to forbid', 'Canada dry ginger ale', []],
  ];
  for (const [name, password, problems] of table) {
    it(`${name}: ${problems.join(', ') || 'good'}`, () => {
      expect(checkNewPassword(password, POLICY, ABOUT)).to.deep.equal(problems);
    });
  }

  it('compares with nothing where nothing is known', () => {
    expect(checkNewPassword('anything of length', POLICY, {})).to.deep.equal([]);
    expect(checkNewPassword('anything of length', POLICY, { email: '', name: ' ', brand: '' })).to.deep.equal(
      [],
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
