import { expect } from 'chai';
import { invitations } from '../../src/administration/invitations.ts';
import type { PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import { unavailable } from '../../src/kernel/errors.ts';
import { act, setupLink } from '../support/administration.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { cheapHasher, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('a password that is chosen while too many are hashed', () => {
  let server: TestServer;
  let busy = false;
  before(async () => {
    const cheap = await cheapHasher();
    const hasher: PasswordHasher = {
      implementation: cheap.implementation,
      get waiting() {
        return cheap.waiting;
      },
      async hash(...given) {
        if (busy) throw unavailable('hashing_busy', 'busy', 7);
        return cheap.hash(...given);
      },
      verify: cheap.verify,
      close: cheap.close,
    };
    server = await startTestServer({ replace: { hasher } });
  });
  after(() => server.stop());
  beforeEach(() => {
    busy = false;
  });

  const links: [string, () => Promise<string>, Record<string, string>][] = [
    [
      'by a mailed link',
      async () => {
        const { email } = await server.addAccount();
        const agent = new UserAgent();
        await agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier: email });
        return server.mailbox.linkIn(await mailAbout(server, email, 'Choose a new password'));
      },
      {},
    ],
    [
      'by an invitation',
      async () => {
        const email = 'nia@example.org';
        await act(server.app, invitations.send, { email, name: 'Nia' });
        return server.mailbox.linkIn(await server.mailbox.next(email));
      },
      { name: 'Nia Newcomer' },
    ],
    ['by the setup link', () => setupLink(server.app), { email: 'ada@example.org', name: 'Ada Admin' }],
  ];
  for (const [what, linkTo, typed] of links) {
    it(`${what} keeps what was typed, says when to come back, and works then`, async () => {
      const agent = new UserAgent();
      const page = await agent.get(await linkTo());
      const fields = { ...typed, password: 'marble otters juggle quietly' };
      busy = true;
      const refused = await agent.submit(page, fields, new URL(page.url).pathname);
      expect(refused.status, refused.body).to.equal(503);
      expect(refused.headers.get('retry-after')).to.equal('7');
      expect(refused.body).to.include('Try again in 7 seconds').and.not.include(fields.password);
      expect(refused.forms.find(({ action }) => !action.includes('cancel'))?.fields).to.include(typed);
      busy = false;
      const done = await agent.submit(refused, fields, new URL(page.url).pathname);
      expect(done.status, done.body).to.equal(303);
    });
  }
});
