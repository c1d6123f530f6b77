import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  ADMINISTRATION_GUIDE_FILE,
  CLIENTS_GUIDE_FILE,
  registerConfig,
  withMatrix,
  withRules,
} from '../../../src/commands/config.ts';
import { ConfigurationError } from '../../../src/config/load.ts';
import { production } from '../config/support.ts';
import { runCommand } from './terminal.ts';

/** A data folder in which nothing is, and no configuration file of the checkout. */
const ISOLATED = { DATA_DIR: '/nonexistent/gatehouse', GATEHOUSE_CONFIG: '/dev/null' };

const neverOpened = () => Promise.reject(new Error('no database is asked'));

const run = (env: Record<string, string>, ...words: string[]) =>
  runCommand((program, terminal) => registerConfig(program, neverOpened, terminal, env), 'config', ...words);

describe('docs/clients.md', () => {
  it('has the table of rules that there are (npm run docs writes it)', () => {
    const guide = readFileSync(CLIENTS_GUIDE_FILE, 'utf8');
    expect(guide)
      .to.equal(withRules(guide))
      .and.to.contain('client_credentials is for clients that authenticate');
    expect(withRules(guide.replace('client_credentials is for', 'something else'))).to.equal(guide);
  });
});

describe('docs/administration.md', () => {
  it('has the table of acts and roles that there are (npm run docs writes it)', () => {
    const text = readFileSync(ADMINISTRATION_GUIDE_FILE, 'utf8');
    expect(text).to.equal(withMatrix(text)).and.to.contain('| `people.disable` |');
    expect(withMatrix(text.replace('| `people.disable` |', '| something else |'))).to.equal(text);
  });
});

describe('gatehouse config', () => {
  const { GATEHOUSE_CONFIG: _file, ...isolated } = ISOLATED;

  it('check accepts a valid configuration', async () => {
    const { printed, error } = await run({ ...production(), ...isolated }, 'check');
    expect(error).to.equal(undefined);
    expect(printed).to.equal('The configuration is valid (production).');
  });

  it('check asks of a development start only what is wrong, not what it supplies itself', async () => {
    expect((await run(isolated, 'check')).printed).to.equal('The configuration is valid (development).');
    const { error } = await run({ ...isolated, PORT: 'x' }, 'check');
    expect((error as ConfigurationError).problems).to.deep.equal([
      'PORT: is "x"; expected a whole number from 0 to 65535',
    ]);
  });

  it('check says everything that is wrong in production at once', async () => {
    const { error } = await run({ NODE_ENV: 'production', ...isolated }, 'check');
    expect(error).to.be.instanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).to.have.length(8);
  });

  it('check warns of names that are nearly ours', async () => {
    const { warned, error } = await run(
      { ...production(), ...isolated, SESION_ABSOLUTE_SECONDS: '60' },
      'check',
    );
    expect(error).to.equal(undefined);
    expect(warned).to.equal(
      'gatehouse: SESION_ABSOLUTE_SECONDS: is no setting and was ignored; did you mean SESSION_ABSOLUTE_SECONDS?',
    );
  });

  it('a configuration file that is no JSON object is a problem', async () => {
    const { error } = await run({ ...production(), ...ISOLATED }, 'check');
    expect((error as ConfigurationError).problems).to.deep.equal([
      'GATEHOUSE_CONFIG: /dev/null is not valid JSON; expected one JSON object',
    ]);
  });

  it('show lists values and sources, secrets masked, also where something is wrong', async () => {
    const env: Record<string, string> = { ...production(), ...isolated, PORT: 'x' };
    const { printed, error } = await run(env, 'show');
    expect(error).to.equal(undefined);
    expect(printed).to.match(/^PORT +\(not valid or missing\) +environment$/m);
    expect(printed).to.match(/^BRAND_NAME +Gatehouse +default$/m);
    for (const secret of [env.COOKIE_KEYS ?? '', env.ENCRYPTION_KEYS?.slice(3) ?? '', 'correct-horse']) {
      expect(printed).not.to.contain(secret);
    }
  });
});
