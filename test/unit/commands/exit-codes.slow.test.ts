import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createTestDatabase } from '../../support/postgres.ts';
import { type Started, startNode } from '../../support/processes.ts';

const CLI = join(import.meta.dirname, '../../../src/cli.ts');

describe('the exit code of a command', function () {
  this.timeout(60_000);

  const gatehouse = async (...words: string[]): Promise<{ code: number; stderr: string; stdout: string }> => {
    const env = {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://a:b@127.0.0.1:9/x',
    };
    return promisify(execFile)(process.execPath, [CLI, ...words], { env }).then(
      (output) => ({ code: 0, ...output }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  it('is 0 for help and version', async () => {
    for (const words of [['--help'], ['--version'], ['users', '--help'], ['help', 'users']])
      expect((await gatehouse(...words)).code, words.join(' ')).to.equal(0);
  });

  it('is 2 for what is no command line, and says so once', async () => {
    const lines = [
      ['frobnicate'],
      ['users', 'frobnicate'],
      ['users', 'delete'],
      ['clients', 'delete', 'x', '--frobnicate'],
      ['keys', 'rotate', '--algorithm', 'HS256'],
      ['sessions', 'end'],
      ['mail', 'test', 'nobody'],
    ];
    const outcomes = await Promise.all(
      lines.map(async (words) => ({ words: words.join(' '), ...(await gatehouse(...words)) })),
    );
    for (const { words, code, stderr } of outcomes) {
      expect(code, words).to.equal(2);
      expect(stderr, words).not.to.match(/CommanderError|\n\s+at /);
      expect(stderr.match(/error:|^gatehouse: /gm), stderr).to.have.length(1);
    }
  });

  it('is 1 for what could not be done', async () => {
    for (const words of [
      ['users', 'list'],
      ['migrate', 'status'],
      ['config', 'check'],
      ['clients', 'create', '/nonexistent'],
    ])
      expect((await gatehouse(...words)).code, words.join(' ')).to.equal(1);
  });

  it('a person at a terminal is asked on standard error', async function () {
    // `script` of util-linux gives a program a terminal.
    let started: Started;
    const database = await createTestDatabase();
    try {
      const line = `${process.execPath} ${CLI} migrate down`;
      const env = {
        PATH: process.env.PATH ?? '',
        NODE_ENV: 'production',
        DATABASE_OWNER_URL: database.ownerUrl,
      };
      const code = `const { spawn } = require('node:child_process');
        const child = spawn('script', ['-qec', ${JSON.stringify(line)}, '/dev/null'], { stdio: ['pipe', 'inherit', 'inherit'] });
        process.stdin.pipe(child.stdin);
        child.on('error', () => process.exit(77)).on('exit', (code) => process.exit(code));`;
      started = startNode(['-e', code], { env });
      const asked = await Promise.race([
        started.waitFor(/Type yes to go on: /).then(() => true),
        started.exit.then(() => false),
      ]);
      if (!asked) {
        expect(await started.exit, started.output()).to.equal(77);
        this.skip();
      }
      started.child.stdin?.write('no\r');
      expect(await started.exit).to.equal(1);
      expect(started.output()).to.include('Cancelled. Nothing was done.');
    } finally {
      await database.drop();
    }
  });
});
