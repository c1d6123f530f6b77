import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { GUIDE_FILE } from '../../../src/commands/config.ts';
import { guide, listing } from '../../../src/config/describe.ts';
import { parseJsonWithComments } from '../../../src/config/jsonc.ts';
import { DEFAULT_CONFIG_FILE, resolveConfig } from '../../../src/config/load.ts';
import { allSettings } from '../../../src/config/schema.ts';
import { allowedInFile } from '../../../src/config/setting.ts';
import { production } from './support.ts';

describe('docs/configuration.md', () => {
  it('is what the schema says (npm run docs writes it)', () => {
    expect(readFileSync(GUIDE_FILE, 'utf8')).to.equal(guide());
  });

  it('names every setting, and shows no usable secret', () => {
    for (const { setting } of allSettings) expect(guide()).to.contain(`| \`${setting.env}\` |`);
    expect(guide()).not.to.match(/[0-9a-f]{32}/);
  });
});

describe('config/gatehouse.jsonc', () => {
  /** The lines that nobody has put to use, as if somebody had. */
  const suggestions = () => {
    const lines = readFileSync(DEFAULT_CONFIG_FILE, 'utf8').split('\n');
    const unused = lines.map((line) =>
      /^\s*"\w+": [^{]*$/.test(line) ? '' : line.replace(/^(\s*)\/\/ (?=")/, '$1'),
    );
    return parseJsonWithComments(unused.join('\n')) as Record<string, unknown>;
  };
  const flatten = (value: unknown, path: string[] = []): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => flatten(inner, [...path, key]))
      : [[path.join('.'), value]];

  it('suggests the defaults of settings that exist and may stand there', () => {
    const found = flatten(suggestions());
    // What a setting is by itself, also where that depends on another one.
    const { values } = resolveConfig({ env: production(), configFile: false });
    expect(found.length).to.be.greaterThan(10);
    for (const [path, value] of found) {
      const placed = allSettings.find((candidate) => `${path}.`.startsWith(`${candidate.path.join('.')}.`));
      expect(placed, path).not.to.equal(undefined);
      if (placed === undefined) continue;
      expect(allowedInFile(placed.setting), path).to.equal(true);
      if ('optional' in placed.setting)
        expect(placed.setting.kind.schema.safeParse(value).success).to.equal(true);
      else if (path.startsWith('passwordPolicies.')) expect(placed.path).to.have.length(1);
      else expect(value, path).to.deep.equal(placed.setting.fallback ?? values.get(placed.setting.env));
    }
  });
});

describe('the listing of the configuration', () => {
  it('has a line for every setting, its source, and no secret', () => {
    const env: Record<string, string> = {
      ...production(),
      PASSWORD_PEPPERS: `p1:${'0f1e'.repeat(16)}`,
      PORT: '3400',
    };
    const text = listing(resolveConfig({ env, configFile: false }));
    expect(text.split('\n')).to.have.length(allSettings.length);
    expect(text).to.match(/^PORT +3400 +environment$/m);
    expect(text).to.match(/^HOST +localhost +default$/m);
    expect(text).to.match(/^ENCRYPTION_KEYS +k1:\*{8} +environment$/m);
    expect(text).to.match(/^COOKIE_KEYS +\*{8} +environment$/m);
    expect(text).to.match(
      /^DATABASE_URL +postgres:\/\/gatehouse:\*{8}@db\.example\.org:5432\/gatehouse +environment$/m,
    );
    for (const secret of [env.ENCRYPTION_KEYS?.slice(3), env.COOKIE_KEYS, 'correct-horse', '0f1e']) {
      expect(text).not.to.contain(secret);
    }
  });

  it('shows what is missing or not valid as that', () => {
    const text = listing(resolveConfig({ env: { PORT: 'x', COOKIE_KEYS: 'tooshort' }, configFile: false }));
    expect(text).to.match(/^PORT +\(not valid or missing\) +environment$/m);
    expect(text).to.match(/^DATABASE_URL +\(not valid or missing\) +default$/m);
    expect(text).not.to.contain('tooshort');
  });
});
