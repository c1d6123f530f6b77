import { expect } from 'chai';
import { adviceFor, databaseFailure } from '../../../src/commands/advice.ts';
import { failureText } from '../../../src/commands/failure.ts';
import { badRequest, GatehouseError, unavailable } from '../../../src/kernel/errors.ts';

const failed = (message: string, fields: object = {}, cause?: unknown) =>
  Object.assign(new Error(message, cause === undefined ? undefined : { cause }), fields);

const said = (error: unknown) => (databaseFailure(error, 'DATABASE_OWNER_URL') as GatehouseError).safeMessage;

describe('what an operator is told of a failure', () => {
  const database: [what: string, error: Error, words: RegExp][] = [
    [
      'refused at several addresses',
      new AggregateError([
        failed('connect ECONNREFUSED ::1:5432', {
          code: 'ECONNREFUSED',
          syscall: 'connect',
          address: '::1',
          port: 5432,
        }),
      ]),
      /nothing listens at ::1:5432/,
    ],
    [
      'not answered',
      failed('x', { code: 'ETIMEDOUT', syscall: 'connect', address: '10.0.0.9', port: 5432 }),
      /10\.0\.0\.9:5432 does not answer/,
    ],
    [
      'not reached',
      failed('x', { code: 'EHOSTUNREACH', syscall: 'connect', address: '10.0.0.9' }),
      /cannot be reached/,
    ],
    ['cut', failed('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }), /was cut by the other side/],
    [
      'a socket that is not there',
      failed('x', { code: 'ENOENT', syscall: 'connect', address: '/run/x' }),
      /there is no socket \/run\/x/,
    ],
    ['no TLS there', failed('The server does not support SSL connections'), /does not speak TLS/],
    [
      'a certificate of nobody',
      failed('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      /certificate of PostgreSQL is not accepted/,
    ],
    [
      'a certificate of another',
      failed('Hostname/IP does not match', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      /its name as the host/,
    ],
    [
      'a role that is missing',
      failed('role "gatehouse_server" does not exist', { code: '22023' }),
      /"gatehouse_server" does not exist.*run "gatehouse migrate up" first/,
    ],
    [
      'what pg_hba.conf refuses',
      failed('no pg_hba.conf entry for host "10.0.0.7", no encryption', { code: '28000' }),
      /with or without TLS/,
    ],
    [
      'tables that are missing',
      failed('relation "sessions" does not exist', { code: '42P01' }),
      /migrate up/,
    ],
    [
      'too many connections',
      failed('sorry, too many clients already', { code: '53300' }),
      /DATABASE_POOL_SIZE/,
    ],
    [
      'a full disk',
      failed('could not extend file: No space left on device', { code: '53100' }),
      /no room left/,
    ],
    [
      'a standby',
      failed('cannot execute INSERT in a read-only transaction', { code: '25006' }),
      /expected the primary/,
    ],
    ['a start', failed('the database system is starting up', { code: '57P03' }), /try again in a moment/],
    ['a pooler', failed('unsupported startup parameter: options', { code: '08P01' }), /session mode/],
    ['silence', failed('timeout exceeded when trying to connect'), /does not answer/],
  ];
  for (const [what, error, words] of database) {
    it(`names the setting of the database for ${what}, also deep in a chain`, () => {
      for (const each of [
        error,
        failed('insert into "accounts" ("email") values (\'a@b\') - x', {}, error),
        unavailable('database_unavailable', 'The service is not available at the moment.', 5, error),
      ]) {
        expect(said(each))
          .to.match(/^DATABASE_OWNER_URL: /)
          .and.match(words)
          .and.not.include('\n')
          .and.not.include('a@b');
      }
      expect(failureText(error, false)).to.match(/^gatehouse: DATABASE_URL: /);
    });
  }

  it('leaves alone what a room has said, and what it does not know', () => {
    const ours = badRequest(
      'file_invalid',
      'client.json: is not JSON',
      failed('x', { code: 'ECONNREFUSED', syscall: 'connect' }),
    );
    expect(databaseFailure(ours)).to.equal(ours);
    const unknown = failed('anything');
    expect(databaseFailure(unknown)).to.equal(unknown);
    expect(adviceFor(unknown)).to.equal(undefined);
    expect(databaseFailure('text')).to.equal('text');
    const file = failed('open', { code: 'EPIPE', syscall: 'open' });
    expect(databaseFailure(file)).to.equal(file);
  });

  it('says what is wrong with the machine', () => {
    expect(
      adviceFor(failed('ENOSPC: no space left on device, write', { code: 'ENOSPC', path: '/data/x' })),
    ).to.equal('/data/x: the disk is full; free some space');
    expect(adviceFor(failed('x', {}, failed('EMFILE: too many open files', { code: 'EMFILE' })))).to.include(
      'ulimit',
    );
  });

  it('says no secret and no statement, in stack traces neither', () => {
    const error = failed(
      'select 1 from t where secret = 5 - connect to postgres://gatehouse:hunter2@db/x failed',
    );
    for (const verbose of [false, true]) {
      expect(failureText(error, verbose)).not.to.include('hunter2');
    }
    expect(failureText(error, false)).not.to.include('secret = 5');
    expect(
      failureText(
        new GatehouseError('unknown_encryption_key', {
          message: 'x',
          detail: 'encryption key "k1" is not configured',
        }),
        false,
      ),
    ).to.match(/^gatehouse: ENCRYPTION_KEYS: encryption key "k1" is not configured/);
  });
});
