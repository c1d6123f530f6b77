import { expect } from 'chai';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { repeatRolledBack } from '../../../src/storage/database.ts';
import {
  asNotConnected,
  asUnavailable,
  isRefusedLogin,
  wasRolledBack,
} from '../../../src/storage/failures.ts';

const failure = (properties: Record<string, unknown>, message = 'it failed') =>
  Object.assign(new Error(message), properties);

const PASSING: [what: string, error: Error][] = [
  ['a standby', failure({ code: '25006' })],
  ['a serialization failure', failure({ code: '40001' })],
  ['a deadlock', failure({ code: '40P01' })],
  ['an outcome that is not known', failure({ code: '40003' })],
  ['a lock', failure({ code: '55P03' })],
  ['an object in use', failure({ code: '55006' })],
  ['a full disk', failure({ code: '53100' })],
  ['no memory', failure({ code: '53200' })],
  ['too many connections', failure({ code: '53300' })],
  ['an operator who ends it', failure({ code: '57P01' })],
  ['a crash', failure({ code: '57P02' })],
  ['a start', failure({ code: '57P03' })],
  ['a database that was dropped', failure({ code: '57P04' })],
  ['an idle session that was ended', failure({ code: '57P05' })],
  ['a statement that was cancelled', failure({ code: '57014' })],
  ['an I/O error', failure({ code: '58030' })],
  ['a lost connection', failure({ code: '08006' })],
  ['a statement that a pooler has lost', failure({ code: '26000' })],
  ['a statement that a pooler has kept', failure({ code: '42P05' })],
  ['whatever is fatal', failure({ code: '28P01', severity: 'FATAL' })],
  ['a refused connection', failure({ code: 'ECONNREFUSED' })],
  ['a name that is not known', failure({ code: 'ENOTFOUND' })],
  ['a resolver that fails', failure({ code: 'ESOMETHING', syscall: 'getaddrinfo' })],
  ['a socket file that is not there', failure({ code: 'ENOENT', syscall: 'connect' })],
  ['no file descriptor', failure({ code: 'EMFILE' })],
  ['a pool that is exhausted', failure({}, 'timeout exceeded when trying to connect')],
  ['a connection that ended', failure({}, 'Connection terminated unexpectedly')],
  ['a client that is dead', failure({}, 'Client was closed and is not queryable')],
  ['several addresses that all refuse', new AggregateError([failure({ code: 'ECONNREFUSED' })])],
  [
    'a certificate that has expired, while connecting',
    asNotConnected(failure({ code: 'CERT_HAS_EXPIRED' })) as Error,
  ],
];

describe('failures of PostgreSQL', () => {
  for (const [what, error] of PASSING) {
    it(`${what} is 503`, () => {
      const found = asUnavailable(error) as GatehouseError;
      expect(found)
        .to.be.instanceOf(GatehouseError)
        .and.to.include({ status: 503, code: 'database_unavailable' });
      expect(found.retryAfter).to.be.greaterThan(0);
      expect(found.cause).to.equal(error);
    });
  }

  it('mistakes of ours stay what they are', () => {
    for (const code of ['42P01', '42601', '23505', '22P02', 'GH409', '42501', 'CERT_HAS_EXPIRED', 'P0001']) {
      const error = failure({ code });
      expect(asUnavailable(error), code).to.equal(error);
    }
    const ours = new GatehouseError('link_invalid', { status: 410, message: 'This link is over.' });
    expect(asUnavailable(ours)).to.equal(ours);
    expect(asUnavailable('text')).to.equal('text');
  });

  it('only what PostgreSQL says it has rolled back is made again, a few times', async () => {
    for (const code of ['40001', '40P01', '55P03']) {
      let tries = 0;
      const done = await repeatRolledBack(async () => {
        tries += 1;
        if (tries < 3) throw asUnavailable(failure({ code }));
        return 'done';
      });
      expect([done, tries], code).to.deep.equal(['done', 3]);
    }
    let tries = 0;
    const always = await repeatRolledBack(async () => {
      tries += 1;
      throw failure({ code: '40P01' });
    }).catch((error) => error);
    expect(always.code).to.equal('40P01');
    expect(tries).to.equal(5);
    for (const error of [
      failure({ code: '57P01', severity: 'FATAL' }),
      failure({ code: '40001', severity: 'FATAL' }),
      failure({ code: '57014' }),
      failure({ code: '40003' }),
      failure({ code: 'ECONNRESET' }),
      failure({}, 'Connection terminated unexpectedly'),
    ]) {
      expect(wasRolledBack(error)).to.equal(false);
      let made = 0;
      await repeatRolledBack(async () => {
        made += 1;
        throw error;
      }).catch(() => undefined);
      expect(made, error.message).to.equal(1);
    }
  });

  it('a refused login is one, whoever says it', () => {
    expect(isRefusedLogin(failure({ code: '28P01' }))).to.equal(true);
    expect(isRefusedLogin(failure({ code: '28000' }))).to.equal(true);
    expect(isRefusedLogin(failure({ code: '08P01' }, 'SASL authentication failed'))).to.equal(true);
    expect(isRefusedLogin(failure({ code: '53300' }))).to.equal(false);
  });
});
