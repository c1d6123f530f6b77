import { expect } from 'chai';
import { DEFAULT_CONFIG_FILE, loadConfig, resolveConfig } from '../../../src/config/load.ts';
import { files, production } from './support.ts';

describe('the configuration file', () => {
  const withFile = (content: string, env: Record<string, string> = {}) =>
    ({
      env: { ...production(), GATEHOUSE_CONFIG: '/etc/gatehouse.jsonc', ...env },
      readFile: files({ '/etc/gatehouse.jsonc': content }),
    }) satisfies LoadOptionsLike;
  type LoadOptionsLike = Parameters<typeof loadConfig>[0];
  const problems = (content: string) => resolveConfig(withFile(content)).problems;

  it('is read after the environment and before the defaults', () => {
    const content = `{
      // comments and trailing commas are fine
      "server": { "port": 3002, "trustedProxies": ["10.1.0.0/16", "fd00::/8"], },
      "passwords": { "argon2": { "timeCost": 3 } },
      "brand": { "name": "St // Mary" }
    }`;
    const config = loadConfig(withFile(content, { TRUSTED_PROXIES: '10.0.0.5' }));
    expect(config.server.port).to.equal(3002);
    expect(config.server.trustedProxies).to.deep.equal(['10.0.0.5']);
    expect(config.passwords.argon2.timeCost).to.equal(3);
    expect(config.brand.name).to.equal('St // Mary');
  });

  it('holds no unknown key, no secret, no NODE_ENV', () => {
    expect(problems('{"server": {"prot": 1}, "colour": 2, "passwords": 3}')).to.have.length(3);
    expect(problems('{"server": {"prot": 1}}')[0]).to.contain('"server.prot" is unknown');
    const [secret] = problems('{"secrets": {"cookieKeys": "very secret value"}}');
    expect(secret).to.contain(
      '"secrets.cookieKeys" is a secret; expected it in COOKIE_KEYS or COOKIE_KEYS_FILE',
    );
    expect(secret).not.to.contain('very secret');
    expect(problems('{"environment": "development"}')[0]).to.contain('expected it in NODE_ENV');
  });

  it('is checked like the environment', () => {
    expect(problems('{"server": {"port": "x"}}')).to.deep.equal([
      'PORT: is "x" (from the configuration file); expected a whole number from 0 to 65535',
    ]);
    expect(problems('{"server": {"port": 1.5}}')).to.have.length(1);
    expect(problems('{"outbound": {"allowLoopback": "yes"}}')).to.have.length(1);
  });

  it('must be one JSON object; what is in a broken one is not repeated', () => {
    const [broken] = problems('{"secrets": hunter2hunter2}');
    expect(broken).to.contain('/etc/gatehouse.jsonc is not valid JSON');
    expect(broken).not.to.contain('hunter2');
    expect(problems('[]')[0]).to.contain('expected one JSON object');
  });

  it('must exist where it was named; the default one need not', () => {
    const readFile = files({});
    expect(resolveConfig({ env: production(), readFile }).problems).to.deep.equal([]);
    const named = resolveConfig({ env: { ...production(), GATEHOUSE_CONFIG: '/nowhere' }, readFile });
    expect(named.problems).to.deep.equal([
      'GATEHOUSE_CONFIG: /nowhere cannot be read (ENOENT); expected the path of a readable file',
    ]);
  });

  it('as it is shipped, is valid', () => {
    expect(resolveConfig({ env: production(), configFile: DEFAULT_CONFIG_FILE }).problems).to.deep.equal([]);
  });
});
