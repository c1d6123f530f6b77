import { expect } from 'chai';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { BEHIND_PROXY, ProxiedBrowser, signInProxied } from './behind-proxy.ts';
import { authorizePath, get } from './support.ts';

describe('sessions', () => {
  describe('line 41: cookies', () => {
    let secure: TestServer;

    before(async () => {
      secure = await startTestServer({ settings: BEHIND_PROXY });
    });
    after(() => secure.stop());

    it('are Secure, HttpOnly, SameSite, prefixed, small and opaque', async () => {
      const application = await secure.addClient(WEB_CLIENT);
      const person = await secure.addAccount({ name: 'Robin Reyes' });
      const browser = new ProxiedBrowser(secure);
      const end = await signInProxied(browser, authorizePath(application), person);
      expect(end.path).to.contain('code=');
      await browser.open('/account');
      await browser.open('/logout');

      const written = browser.set.filter((cookie) => !/expires=Thu, 01 Jan 1970/i.test(cookie));
      const names = new Set(written.map((cookie) => cookie.split('=')[0]?.replace(/\.sig$/, '')));
      expect([...names].sort()).to.deep.equal([
        '__Host-gatehouse_device',
        '__Host-gatehouse_session',
        '__Secure-gatehouse_resume',
        '__Secure-gatehouse_sign_in',
        '__Secure-gatehouse_sign_ins',
      ]);
      for (const cookie of written) {
        expect(cookie).to.match(/; ?secure/i);
        expect(cookie).to.match(/; ?httponly/i);
        expect(cookie).to.match(/; ?samesite=lax/i);
        expect(cookie).not.to.match(/; ?domain=/i);
        expect(Buffer.byteLength(cookie)).to.be.lessThan(4096);
        if (cookie.startsWith('__Host-')) expect(cookie).to.match(/; ?path=\/(;|$)/i);
        expect(cookie)
          .not.to.contain(person.id)
          .and.not.to.match(/robin|example\.org|gatehouse:/i);
        const value = String(/=([^;]*)/.exec(cookie)?.[1]);
        // A list of ids, each of which is the value of another cookie.
        for (const id of value.split(/[.~]/)) expect(id, 'opaque').to.match(/^([\w-]{20,64})?$/);
      }
    });

    it('are not sent by the server over plain http, where a thief could read them', async () => {
      const application = await secure.addClient(WEB_CLIENT);
      const answer = await get(secure, authorizePath(application));
      expect(answer.headers.getSetCookie().filter((cookie) => !/; ?secure/i.test(cookie))).to.deep.equal([]);
    });
  });
});
