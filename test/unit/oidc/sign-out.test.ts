import { expect } from 'chai';
import { leavesUnasked, type SignOutRequest } from '../../../src/oidc/sign-out.ts';

const NAVIGATION: Record<string, string> = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };

const request = (
  changes: Partial<SignOutRequest> = {},
  headers: Record<string, string> = {},
): SignOutRequest => {
  const all = { ...NAVIGATION, ...headers };
  return {
    method: 'GET',
    header: (name) => all[name] ?? '',
    firstParty: true,
    clientId: 'ward-board',
    hint: { sub: 'robin', sid: 'sid-1' },
    subject: 'robin',
    authorizations: { 'ward-board': { sid: 'sid-1' }, other: { sid: 'sid-2' } },
    ...changes,
  };
};

describe('signing out without a question', () => {
  it('is for an application of the organisation, in a session that is its own, in the foreground', () => {
    expect(leavesUnasked(request())).to.equal(true);
  });

  const asked: Record<string, SignOutRequest> = {
    'an application of others': request({ firstParty: false }),
    'no application': request({ clientId: undefined }),
    'no hint': request({ hint: undefined }),
    'a hint without a session': request({ hint: { sub: 'robin' } }),
    'the hint of another session': request({ hint: { sub: 'robin', sid: 'sid-0' } }),
    'the hint of another application': request({ hint: { sub: 'robin', sid: 'sid-2' } }),
    'the hint of another person': request({ hint: { sub: 'amara', sid: 'sid-1' } }),
    'nobody signed in': request({ subject: undefined, hint: { sub: undefined, sid: 'sid-1' } }),
    'a session that the application has left': request({ authorizations: { other: { sid: 'sid-1' } } }),
    'a session without applications': request({ authorizations: undefined }),
    'an application without a sid': request({
      authorizations: { 'ward-board': {} },
      hint: { sub: 'robin', sid: undefined },
    }),
    'the name of something that every object has': request({
      clientId: 'constructor',
      hint: { sub: 'robin', sid: undefined },
    }),
    HEAD: request({ method: 'HEAD' }),
    POST: request({ method: 'POST' }),
    'a picture': request({}, { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }),
    'a frame': request({}, { 'Sec-Fetch-Dest': 'iframe' }),
    'a script': request({}, { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }),
    'a prefetch': request({}, { 'Sec-Purpose': 'prefetch' }),
    'a page made in advance': request({}, { 'Sec-Purpose': 'prefetch;prerender' }),
    'an old kind of prefetch': request({}, { Purpose: 'prefetch' }),
    'a browser that does not say where it leads': request({}, { 'Sec-Fetch-Dest': '' }),
    'a browser that does not say how it came': request({}, { 'Sec-Fetch-Mode': '' }),
  };
  for (const [name, one] of Object.entries(asked)) {
    it(`is not for ${name}`, () => expect(leavesUnasked(one)).to.equal(false));
  }
});
