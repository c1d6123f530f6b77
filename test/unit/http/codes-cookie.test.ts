import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Context } from 'koa';
import { type CodesCookie, createCodesCookie } from '../../../src/http/kit/codes-cookie.ts';
import { addSeconds } from '../../../src/kernel/clock.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

const CODES = ['AAAA-BBBB', 'CCCC-DDDD'];
const PATH = '/account/security/recovery-codes/new';
const START = new Date('2026-11-23T09:00:00Z');

interface Kept {
  readonly value: string;
  readonly options: Record<string, unknown>;
}

describe('the cookie that carries new recovery codes to their page', () => {
  let now = START;
  const keyring = { current: 'a', keys: new Map([['a', createHash('sha256').update('key').digest()]]) };
  const make = (https = true) =>
    createCodesCookie({ https, keyring, random: systemRandomness, clock: { now: () => now } });
  let cookie: CodesCookie;
  let jar: Map<string, Kept>;
  /** As much of a request as cookies need. */
  const request = (method = 'GET') =>
    ({
      method,
      cookies: {
        get: (name: string) => jar.get(name)?.value,
        set: (name: string, value: string, options: Record<string, unknown>) =>
          jar.set(name, { value, options }),
      },
    }) as unknown as Context;
  beforeEach(() => {
    now = START;
    jar = new Map();
    cookie = make();
    cookie.write(request(), PATH, 'account', CODES);
  });
  const kept = () => jar.get('__Secure-gatehouse_codes') as Kept;

  it('gives the codes once, to the account that they are for, and is gone then', () => {
    expect(cookie.take(request(), PATH, 'account')).to.deep.equal(CODES);
    expect(kept()).to.deep.include({ value: '' });
    expect(kept().options.expires).to.deep.equal(new Date(0));
    expect(cookie.take(request(), PATH, 'account')).to.equal(undefined);
  });

  it('tells nobody what is in it, and is for that page alone', () => {
    const { value, options } = kept();
    expect(value).to.match(/^v1\.a\.[\w-]+$/);
    expect(Buffer.from(value, 'base64url').toString('latin1')).to.not.include('AAAA');
    expect(options).to.include({ httpOnly: true, secure: true, signed: true, sameSite: 'lax', path: PATH });
    make(false).write(request(), PATH, 'account', CODES);
    expect([...jar.keys()]).to.include('gatehouse_codes');
  });

  it('is nothing to another account, after its time, altered, or empty', () => {
    const { value, options } = kept();
    expect(cookie.take(request(), PATH, 'another')).to.equal(undefined);
    for (const other of [`${value.slice(0, -2)}xx`, 'v1.b.abc', 'x', '']) {
      jar.set('__Secure-gatehouse_codes', { value: other, options });
      expect(cookie.take(request(), PATH, 'account'), other).to.equal(undefined);
    }
    jar.set('__Secure-gatehouse_codes', { value, options });
    now = addSeconds(START, 901);
    expect(cookie.take(request(), PATH, 'account')).to.equal(undefined);
  });

  it('survives a request that shows nothing', () => {
    expect(cookie.take(request('HEAD'), PATH, 'account')).to.equal(undefined);
    expect(cookie.take(request(), PATH, 'account')).to.deep.equal(CODES);
  });
});
