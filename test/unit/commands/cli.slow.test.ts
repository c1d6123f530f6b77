import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { failureText } from '../../../src/commands/failure.ts';
import { ConfigurationError } from '../../../src/config/load.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';

const CLI = join(import.meta.dirname, '../../../src/cli.ts');

const gatehouse = async (env: Record<string, string>, ...words: string[]) => {
  const path = { PATH: process.env.PATH ?? '' };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...words], {
      env: { ...path, ...env },
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
};

describe('the gatehouse command', () => {
  it('is a program', () => {
    expect(() => accessSync(CLI, constants.X_OK)).not.to.throw();
  });

  it('lists its commands', async () => {
    const { code, stdout } = await gatehouse({}, '--help');
    expect(code).to.equal(0);
    for (const command of ['serve', 'migrate', 'users', 'clients', 'resources', 'keys', 'config']) {
      expect(stdout).to.match(new RegExp(`^  ${command}\\b`, 'm'));
    }
  });

  it('ends with one line and exit code 1, and with stack traces only where asked', async () => {
    const env = { DATABASE_URL: 'postgres://nobody:hunter2@127.0.0.1:9/none' };
    const { code, stdout, stderr } = await gatehouse(env, 'migrate', 'status');
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.match(/^gatehouse: [^\n]*ECONNREFUSED[^\n]*\n$/);
    const verbose = await gatehouse({ ...env, LOG_LEVEL: 'debug' }, 'migrate', 'status');
    expect(verbose.stderr)
      .to.match(/\n {4}at /)
      .and.not.to.contain('hunter2');
  });

  it('lists every problem of the configuration', async () => {
    const { code, stderr } = await gatehouse({ NODE_ENV: 'production' }, 'config', 'check');
    expect(code).to.equal(1);
    expect(stderr.split('\n')[0]).to.equal('gatehouse: the configuration is not valid');
    expect(stderr).to.match(/^ {2}ISSUER: is missing; expected /m);
  });
});

describe('what a failed command says', () => {
  it('is the safe message, the problems of the configuration, or the first line of whatever happened', () => {
    const error = new GatehouseError('x', { message: 'safe', detail: 'hidden', cause: new Error('deeper') });
    expect(failureText(error, false)).to.equal('gatehouse: safe');
    expect(failureText(error, true)).to.match(/^gatehouse: safe\n.*hidden[\s\S]*caused by Error: deeper/);
    expect(failureText(new ConfigurationError(['A: b']), false)).to.equal(
      'gatehouse: the configuration is not valid\n  A: b',
    );
    expect(failureText(new Error('one\ntwo'), false)).to.equal('gatehouse: one');
    expect(failureText(new AggregateError([new Error('refused')]), false)).to.equal('gatehouse: refused');
    expect(failureText('text', false)).to.equal('gatehouse: something went wrong');
  });
});
