import type { Config } from '../../config/schema.ts';

/**
 * The brand's colours, made safe to read. Operators choose an accent; whether text on it is black or white, and how far it
 * has to be darkened or lightened to serve as text itself, is decided here (WCAG 2.2, 1.4.3: 4.5 to 1).
 */

export type Brand = Config['brand'];

const READABLE = 4.5;

type Channels = readonly [number, number, number];

/** The neutral colours of a theme. Pages have them as custom properties; mails, where those do not reach, as they are. */
export interface Neutral {
  readonly page: string;
  readonly surface: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly line: string;
}

interface Theme extends Neutral {
  /** What an accent is mixed with to stand out more from `page` and `surface`. */
  readonly pole: string;
}

const LIGHT: Theme = {
  page: '#f3f5f4',
  surface: '#ffffff',
  ink: '#1b2327',
  inkSoft: '#4d5a61',
  line: '#d5dcd9',
  pole: '#000000',
};
const DARK: Theme = {
  page: '#101417',
  surface: '#1a2024',
  ink: '#e8eded',
  inkSoft: '#a9b5b9',
  line: '#323c41',
  pole: '#ffffff',
};

function channelsOf(colour: string): Channels {
  const digits = colour.slice(1);
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const value = Number.parseInt(long.slice(0, 6), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

const toHex = (channels: Channels): string =>
  `#${channels.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;

/** Relative luminance, 0 to 1 (WCAG 2.2, definitions). */
function luminance(colour: string): number {
  const [red, green, blue] = channelsOf(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio of two hex colours, 1 to 21 (WCAG 2.2, definitions). */
export function contrast(a: string, b: string): number {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** `share` of `to` in `from`, 0 to 1. */
export function mix(from: string, to: string, share: number): string {
  const target = channelsOf(to);
  const mixed = channelsOf(from).map(
    (channel, index) => channel + ((target[index] as number) - channel) * share,
  );
  return toHex(mixed as unknown as Channels);
}

/** Black or white, whichever reads better on `background`: the better one always reaches 4.5 to 1. */
export const textOn = (background: string): '#000000' | '#ffffff' =>
  contrast(background, '#ffffff') >= READABLE ||
  contrast(background, '#ffffff') >= contrast(background, '#000000')
    ? '#ffffff'
    : '#000000';

/** The colour itself, or the nearest mixture with `pole` that reads on every one of the backgrounds. */
export function readableOn(colour: string, backgrounds: readonly string[], pole: string): string {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mix(colour, pole, share);
    if (backgrounds.every((background) => contrast(candidate, background) >= READABLE)) return candidate;
  }
  return pole;
}

function properties(accent: string, theme: Theme): string {
  const onAccent = textOn(accent);
  const tint = mix(theme.surface, accent, 0.12);
  return [
    `--page: ${theme.page}`,
    `--surface: ${theme.surface}`,
    `--ink: ${theme.ink}`,
    `--ink-soft: ${theme.inkSoft}`,
    `--line: ${theme.line}`,
    `--accent: ${toHex(channelsOf(accent))}`,
    `--on-accent: ${onAccent}`,
    // Away from its text, so that hovering never costs contrast.
    `--accent-hover: ${mix(accent, onAccent === '#ffffff' ? '#000000' : '#ffffff', 0.16)}`,
    `--accent-tint: ${tint}`,
    `--accent-text: ${readableOn(accent, [theme.page, theme.surface, tint], theme.pole)}`,
  ].join('; ');
}

interface MailColours extends Neutral {
  readonly accent: string;
  readonly onAccent: string;
  readonly link: string;
}

function mailColours(accent: string, { pole, ...neutral }: Theme): MailColours {
  const link = readableOn(accent, [neutral.page, neutral.surface], pole);
  return { ...neutral, accent, onAccent: textOn(accent), link };
}

/** The colours of mails in both themes. */
export const mailLook = (brand: Brand) => ({
  light: mailColours(brand.accentColour, LIGHT),
  dark: mailColours(brand.accentColourDark, DARK),
});

/** Custom properties for both themes, put in front of the stylesheet: no page needs an inline style. */
export const brandStylesheet = (brand: Brand): string =>
  `:root { ${properties(brand.accentColour, LIGHT)} }\n` +
  `@media (prefers-color-scheme: dark) { :root { ${properties(brand.accentColourDark, DARK)} } }\n`;

/** The gate, as the icon of the browser's tab, in the brand's colours. */
export const brandIcon = (brand: Brand): string =>
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
  `<rect width="32" height="32" rx="8" fill="${toHex(channelsOf(brand.accentColour))}"/>` +
  `<path fill="${textOn(brand.accentColour)}" d="${GATE}"/></svg>\n`;

/** An arch with an open door, on a square of 32. */
export const GATE = 'M7 26V15a9 9 0 0 1 18 0v11h-4.5V15a4.5 4.5 0 0 0-9 0v11z';
