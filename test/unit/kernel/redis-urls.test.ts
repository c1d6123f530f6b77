import { expect } from 'chai';
import { readRedisUrl, staysHere } from '../../../src/kernel/redis-url.ts';
import { problemsOf } from './url-problems.ts';

describe('a URL of Redis', () => {
  it('is honoured to its last parameter', () => {
    expect(
      readRedisUrl(
        'rediss://anna:p%40ss@redis.example.org:6380/3?family=6&connectionName=front&connectTimeout=900&commandTimeout=90&keepAlive=5000&protocol=2&keyPrefix=a:&sslrootcert=/ca&sslcert=/c&sslkey=/k',
      ),
    ).to.deep.equal({
      hosts: [{ host: 'redis.example.org', port: 6380 }],
      socket: undefined,
      sentinel: undefined,
      tls: true,
      files: { root: '/ca', cert: '/c', key: '/k' },
      username: 'anna',
      password: 'p@ss',
      database: 3,
      client: {
        family: 6,
        connectionName: 'front',
        connectTimeout: 900,
        commandTimeout: 90,
        keepAlive: 5000,
        protocol: 2,
        keyPrefix: 'a:',
      },
    });
    expect(readRedisUrl('redis://:secret@[::1]')).to.deep.include({
      hosts: [{ host: '::1', port: 6379 }],
      username: undefined,
      password: 'secret',
    });
    expect(readRedisUrl('/run/redis.sock?db=2')).to.include({ socket: '/run/redis.sock', database: 2 });
    expect(readRedisUrl('redis://localhost?db=4')).to.include({ database: 4 });
  });

  it('may name sentinels', () => {
    expect(
      readRedisUrl(
        'rediss-sentinel://anna:pw@s1.example.org,s2.example.org:26380/1?name=mymaster&sentinelUsername=watch&sentinelPassword=w',
      ),
    ).to.deep.include({
      hosts: [
        { host: 's1.example.org', port: 26_379 },
        { host: 's2.example.org', port: 26_380 },
      ],
      sentinel: { name: 'mymaster', username: 'watch', password: 'w' },
      tls: true,
      database: 1,
    });
  });

  const REFUSED: [url: string, said: RegExp][] = [
    ['redis://h/?famly=4', /famly is unknown; did you mean family\?/],
    ['redis://h/?tls=true', /rediss:\/\//],
    ['redis://h/x', /no number of a database/],
    ['redis://h/1?db=2', /db is given in two ways/],
    ['redis://h/?family=5', /family is not one of 0, 4, 6/],
    ['redis://h/?enableOfflineQueue=true', /sets it itself/],
    ['redis://h/?name=mymaster', /redis-sentinel:\/\//],
    ['redis://a,b', /several hosts.*redis-sentinel/],
    ['redis-sentinel://a,b', /needs the parameter name/],
    ['redis-sentinel://a?name=m&role=slave', /master is asked/],
    ['redis://h?sslrootcert=/ca', /expected rediss/],
    ['http://h', /redis:\/\//],
  ];
  for (const [url, said] of REFUSED) {
    it(`refuses ${url} by name`, () => {
      expect(problemsOf(readRedisUrl, url)).to.match(said);
    });
  }

  it('stays on this machine only where every host does', () => {
    const here = (url: string) => staysHere(readRedisUrl(url));
    expect(here('redis://localhost')).to.equal(true);
    expect(here('/run/redis.sock')).to.equal(true);
    expect(here('redis://redis')).to.equal(false);
    expect(here('redis-sentinel://localhost,other?name=m')).to.equal(false);
    expect(here('redis-sentinel://localhost?name=m')).to.equal(false);
  });
});
