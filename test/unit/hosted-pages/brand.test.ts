import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Brand,
  brandIcon,
  brandStylesheet,
  contrast,
  mailLook,
  readableOn,
  textOn,
} from '../../../src/http/pages/brand.ts';
import { ASSETS_PATH } from '../../../src/wire/paths.ts';
import { sampleBrand } from '../../support/page-server.ts';

const colour = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 3, maxLength: 3 })
  .map((channels) => `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`);

/** The properties of each theme, in the order in which the stylesheet sets them: light, dark. */
function themesOf(brand: Brand): Map<string, string>[] {
  return [...brandStylesheet(brand).matchAll(/:root \{ (.*?) \}/g)].map(
    ([, block]) =>
      new Map(
        [...(block as string).matchAll(/(--[\w-]+): (#\w+)/g)].map(([, key, value]) => [
          key as string,
          value as string,
        ]),
      ),
  );
}

describe('the colours of a brand', () => {
  it('measures contrast as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).to.be.closeTo(21, 0.001);
    expect(contrast('#777777', '#ffffff')).to.be.closeTo(4.48, 0.01);
    expect(contrast('#fff', '#ffffff')).to.equal(1);
  });

  it('puts white text on dark accents and black text on light ones', () => {
    expect(textOn('#0b5cad')).to.equal('#ffffff');
    expect(textOn('#7cc0ff')).to.equal('#000000');
    expect(textOn('#ffd400')).to.equal('#000000');
  });

  it('leaves an accent that reads as it is', () => {
    expect(readableOn('#0b5cad', ['#ffffff'], '#000000')).to.equal('#0b5cad');
  });

  it('reads at 4.5 to 1 or better with any accent, in both themes, resting and under the pointer', () => {
    fc.assert(
      fc.property(colour, colour, (accentColour, accentColourDark) => {
        const themes = themesOf({ ...sampleBrand, accentColour, accentColourDark });
        expect(themes).to.have.length(2);
        for (const theme of themes) {
          const value = (name: string) => theme.get(name) as string;
          for (const background of ['--accent', '--accent-hover']) {
            expect(contrast(value('--on-accent'), value(background)), background).to.be.at.least(4.5);
          }
          for (const background of ['--page', '--surface', '--accent-tint']) {
            expect(contrast(value('--accent-text'), value(background)), background).to.be.at.least(4.5);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives mails the neutral colours of the pages, which no other file sets', async () => {
    const look = mailLook(sampleBrand);
    const css = await readFile(join(ASSETS_PATH, 'app.css'), 'utf8');
    const themes = themesOf(sampleBrand);
    for (const [index, colours] of [look.light, look.dark].entries()) {
      const names = {
        page: '--page',
        surface: '--surface',
        ink: '--ink',
        inkSoft: '--ink-soft',
        line: '--line',
      };
      for (const [key, name] of Object.entries(names)) {
        expect(themes[index]?.get(name), name).to.equal(colours[key as keyof typeof names]);
        expect(css).to.not.include(`${name}:`);
      }
    }
  });

  it('draws the icon in the accent', () => {
    expect(brandIcon({ ...sampleBrand, accentColour: '#abc' }))
      .to.include('fill="#aabbcc"')
      .and.include('fill="#000000"');
  });
});
