import { expect } from 'chai';
import { files, problemsOf, production } from './support.ts';

describe('values that docker --env-file passes on as they are written', () => {
  const QUOTED = /stands in quotes, which are part of it: docker --env-file/;

  it('in quotes are refused by that cause, whatever the setting', () => {
    for (const [name, value] of [
      ['NODE_ENV', '"production"'],
      ['MAIL_FROM', '"Example Hospital <no-reply@example.org>"'],
      ['BRAND_NAME', "'Example Hospital'"],
      ['PORT', '"3000"'],
      ['TRUSTED_PROXIES', '"10.0.0.5,10.0.0.6"'],
      ['COOKIE_KEYS', `"${'0123456789abcdef'.repeat(4)}"`],
      ['DATABASE_URL', '"postgres://gatehouse:hunter2@db/gatehouse"'],
    ] as const) {
      const problems = problemsOf({ ...production(), [name]: value });
      const ours = problems.filter((problem) => problem.startsWith(`${name}: `));
      expect(ours, problems.join()).to.have.length(1);
      expect(ours[0]).to.match(QUOTED).and.not.include('hunter2').and.not.include('0123456789abcdef');
    }
    expect(
      problemsOf({ ...production(), GATEHOUSE_CONFIG: '"/etc/x"' }, { configFile: undefined as never })[0],
    ).to.match(/^GATEHOUSE_CONFIG: .*quotes/);
  });

  it('the same for the names of files, and for what is in them', () => {
    const { COOKIE_KEYS: _keys, ...rest } = production();
    const readFile = files({ '/keys': `"${'0123456789abcdef'.repeat(4)}"\n` });
    expect(problemsOf({ ...rest, COOKIE_KEYS_FILE: '"/keys"' }, { readFile })).to.satisfy(
      (problems: string[]) =>
        problems.some((problem) => problem.startsWith('COOKIE_KEYS_FILE: ') && QUOTED.test(problem)),
    );
    const inside = problemsOf({ ...rest, COOKIE_KEYS_FILE: '/keys' }, { readFile });
    expect(inside.join()).to.match(
      /^COOKIE_KEYS: in the file that COOKIE_KEYS_FILE names, the value stands in quotes/,
    );
    expect(inside.join()).not.to.include('0123456789abcdef');
  });

  it('quotes inside of a value are its own', () => {
    for (const BRAND_NAME of ['The "Old" Clinic', '"Old" Clinic', 'Clinic "Old"', '"'])
      expect(problemsOf({ ...production(), BRAND_NAME })).to.deep.equal([]);
  });

  it('with a comment behind them say what happened', () => {
    expect(problemsOf({ ...production(), PORT: '3000 # the port' }).join()).to.match(
      /^PORT: is "3000 # the port" \(docker --env-file takes a comment/,
    );
    const secret = problemsOf({
      ...production(),
      COOKIE_KEYS: `${'0123456789abcdef'.repeat(4)} # first`,
    }).join();
    expect(secret)
      .to.match(/^COOKIE_KEYS: holds a # after a space/)
      .and.not.include('0123456789abcdef');
    expect(problemsOf({ ...production(), BRAND_NAME: 'Clinic #5' })).to.deep.equal([]);
  });
});
