import { expect } from 'chai';
import qrcode from 'qrcode';
import { qrPicture } from '../../../src/http/pages/qr.ts';

const TEXT =
  'otpauth://totp/Riverside:amara@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Riverside';
const QUIET_ZONE = 4;

/** What a path of ours draws: pieces of one row, one module high. */
function drawn(path: string, size: number): string[] {
  const rows = Array.from({ length: size }, () => Array<string>(size).fill('.'));
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    rows[Number(y)]?.fill('#', Number(x), Number(x) + Number(width));
  }
  return rows.map((row) => row.join(''));
}

describe('the picture of a QR code', () => {
  const { size, path } = qrPicture(TEXT);

  it('draws every dark module and no other', () => {
    const { modules } = qrcode.create(TEXT, { errorCorrectionLevel: 'M' });
    const inner = drawn(path, size)
      .slice(QUIET_ZONE, -QUIET_ZONE)
      .map((row) => row.slice(QUIET_ZONE, -QUIET_ZONE));
    const expected = Array.from({ length: modules.size }, (_, y) =>
      Array.from({ length: modules.size }, (__, x) => (modules.get(y, x) ? '#' : '.')).join(''),
    );
    expect(inner).to.deep.equal(expected);
    expect(path.replace(/M\d+ \d+h(\d+)v1h-\1z/g, '')).to.equal('');
  });

  it('leaves the quiet zone that cameras need', () => {
    const rows = drawn(path, size);
    const edge = (row: string | undefined) => [row?.slice(0, QUIET_ZONE), row?.slice(-QUIET_ZONE)];
    expect([...rows.slice(0, QUIET_ZONE), ...rows.slice(-QUIET_ZONE)].join('')).to.not.include('#');
    for (const row of rows) expect(edge(row)).to.deep.equal(['....', '....']);
  });
});
