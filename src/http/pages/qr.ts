import qrcode from 'qrcode';

/**
 * A QR code as one SVG path in a square of `size` modules, quiet zone included. Pages draw it inline: a picture of its own
 * would need an address that gives the secret out, and an `img` with a `data:` URI one that browsers show and keep.
 */
export interface QrPicture {
  readonly size: number;
  readonly path: string;
}

/** ISO/IEC 18004, section 9.1: four modules on each side. */
const QUIET_ZONE = 4;

/** Characters from which on modules would become too small for a camera: a screen is not torn or stained. */
const LONG = 180;

export function qrPicture(text: string): QrPicture {
  const { modules } = qrcode.create(text, { errorCorrectionLevel: text.length > LONG ? 'L' : 'M' });
  const rows = Array.from({ length: modules.size }, (_, y) => rowPath(modules, y));
  return { size: modules.size + 2 * QUIET_ZONE, path: rows.join('') };
}

/** The dark modules of a row, neighbours in one piece, so that no renderer leaves hairlines between them. */
function rowPath({ size, data }: { size: number; data: Uint8Array }, y: number): string {
  let path = '';
  for (let x = 0; x < size; x += 1) {
    if (!data[y * size + x]) continue;
    const from = x;
    while (x < size && data[y * size + x]) x += 1;
    path += `M${from + QUIET_ZONE} ${y + QUIET_ZONE}h${x - from}v1h${from - x}z`;
  }
  return path;
}
