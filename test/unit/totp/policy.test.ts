import { expect } from 'chai';
import fc from 'fast-check';
import { fromBase32, toBase32 } from '../../../src/domain/totp/base32.ts';
import { codeOf, matchingStep, otpauthUri, parseCode, stepAt } from '../../../src/domain/totp/policy.ts';
import { findOathtool, oathtoolCode } from '../../support/oathtool.ts';
import { INSTALL_LIMIT_MS } from '../../support/programs.ts';
import { base32Bytes, hotp, totpCode } from '../../support/totp.ts';

/** The key of the RFCs' appendices. */
const KEY = Buffer.from('12345678901234567890');

/** RFC 6238, appendix B, SHA-1: seconds and codes of eight digits, of which ours are the last six. */
const RFC_6238: [seconds: number, code: string][] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
];

/** RFC 4226, appendix D: the codes of the counters 0 to 9. */
const RFC_4226 = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');

const seeds = fc.uint8Array({ minLength: 10, maxLength: 64 }).map((bytes) => Buffer.from(bytes));

describe('TOTP codes', () => {
  it('are those of RFC 6238, appendix B', () => {
    for (const [seconds, code] of RFC_6238) {
      const step = stepAt(new Date(seconds * 1000));
      expect(codeOf(KEY, step)).to.equal(code.slice(2));
      expect(hotp(KEY, step, 8)).to.equal(code);
    }
  });

  it('are those of RFC 4226, appendix D', () => {
    expect(RFC_4226.map((_, counter) => codeOf(KEY, counter))).to.deep.equal(RFC_4226);
  });

  it('are those of an app that shares no code with ours, whatever the seed and the step', () => {
    fc.assert(
      fc.property(seeds, fc.nat(2 ** 31), (seed, step) => {
        expect(codeOf(seed, step)).to.equal(hotp(seed, step));
      }),
    );
  });

  it('are those of oathtool, at any time and for any seed', async function () {
    this.timeout(2 * INSTALL_LIMIT_MS);
    const oathtool = await findOathtool();
    if (oathtool === undefined) return this.skip();
    const moments = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000));
    await fc.assert(
      fc.asyncProperty(seeds, moments, async (seed, at) => {
        expect(await oathtoolCode(oathtool, toBase32(seed), at)).to.equal(codeOf(seed, stepAt(at)));
      }),
      { numRuns: 30 },
    );
  });

  it('match one step either way, and no other', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 40_000_000, max: 80_000_000 }),
        fc.nat(29),
        (seed, step, second) => {
          const now = new Date((step * 30 + second) * 1000);
          for (const drift of [-3, -2, -1, 0, 1, 2, 3]) {
            const found = matchingStep(seed, codeOf(seed, step + drift), now);
            if (Math.abs(drift) <= 1) expect(found).to.be.at.least(step + drift);
            // Once in 300 000 two of these steps have one code; then it is the code of a step that counts.
            else if (found !== undefined) expect(codeOf(seed, found)).to.equal(codeOf(seed, step + drift));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('match exactly from a step before their own to the end of the one after', () => {
    const secret = toBase32(KEY);
    const at = (seconds: number) => new Date((1_234_567_890 + seconds) * 1000);
    const code = totpCode(secret, at(0));
    const own = stepAt(at(0));
    const matches = (seconds: number) => matchingStep(KEY, code, at(seconds));
    expect([-31, -30, 0, 29, 30, 59, 60, 90].map(matches)).to.deep.equal([
      undefined,
      own,
      own,
      own,
      own,
      own,
      undefined,
      undefined,
    ]);
  });

  it('of two steps with the same code match the later, so that it is used up with them', () => {
    // The first such pair of the RFCs' key.
    const [seed, step] = [KEY, 910_737];
    expect(hotp(seed, step)).to.equal(hotp(seed, step + 1));
    for (const now of [step, step + 1]) {
      expect(matchingStep(seed, hotp(seed, step), new Date(now * 30_000))).to.equal(step + 1);
    }
  });
});

describe('what is typed as a code', () => {
  it('is six ASCII digits, spaces aside', () => {
    for (const typed of ['123456', '123 456', ' 123456 ', '1 2 3 4 5 6']) {
      expect(parseCode(typed), typed).to.equal('123456');
    }
    expect(parseCode('000000')).to.equal('000000');
  });

  const malformed = [
    '',
    '1',
    '12',
    '123',
    '1234',
    '12345',
    '1234567',
    '12345678',
    '123456789012',
    '12345a',
    '-12345',
    '+12345',
    '1e4567',
    '0x1234',
    '12.456',
    '123-456',
    '123456\n',
    '123\u00a0456',
    '123\t456',
    '١٢٣٤٥٦',
    '१२३४५६',
    '１２３４５６',
    '𝟏𝟐𝟑𝟒𝟓𝟔',
    '12345６',
    '²34567',
    '123456\0',
    ' '.repeat(40),
    '123456'.repeat(20_000),
  ];
  for (const typed of malformed) {
    it(`is refused as ${JSON.stringify(typed.slice(0, 20))} (${typed.length})`, () => {
      expect(parseCode(typed)).to.equal(undefined);
    });
  }

  it('is never anything else, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        const code = parseCode(typed);
        if (code !== undefined)
          expect(typed.replaceAll(' ', ''))
            .to.equal(code)
            .and.to.match(/^[0-9]{6}$/);
      }),
    );
  });
});

describe('seeds in base32', () => {
  it('are those of RFC 4648, section 10', () => {
    const vectors = ['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'];
    for (const [length, text] of vectors.entries()) {
      expect(toBase32(Buffer.from('foobar'.slice(0, length)))).to.equal(text);
      expect(fromBase32(text).toString()).to.equal('foobar'.slice(0, length));
    }
  });

  it('come back as they were, and as another reader reads them', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(fromBase32(toBase32(seed))).to.deep.equal(seed);
        expect(base32Bytes(toBase32(seed))).to.deep.equal(seed);
      }),
    );
  });

  it('are read as apps read them where letters do not make whole bytes', () => {
    // 26 letters hold 130 bits: 16 bytes, and two bits that nobody uses.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXY7';
    expect(fromBase32(letters)).to.have.length(16).and.to.deep.equal(base32Bytes(letters));
    expect(() => fromBase32('abc')).to.throw('base32');
  });

  it('are told to apps with the address, escaped', () => {
    const url = new URL(otpauthUri('Example: Hospital & Söhne', "o'neil+x@example.org", 'MZXW6YTB'));
    expect(url.protocol + url.host).to.equal('otpauth:totp');
    expect(url.searchParams.get('secret')).to.equal('MZXW6YTB');
    expect(url.searchParams.get('issuer')).to.equal('Example: Hospital & Söhne');
    expect(decodeURIComponent(url.pathname)).to.include("o'neil+x@example.org");
  });
});
