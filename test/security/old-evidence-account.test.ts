import { expect } from 'chai';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, addPasskey, addRecoveryCodes } from '../support/factors.ts';
import { NEW_APP, NEW_PASSKEY, SECURITY, textOf } from '../support/security-pages.ts';
import type { TestServer } from '../support/server.ts';
import { useOldEvidence } from './old-evidence.ts';

/** Line 26: on no page of the account is old evidence enough to change how somebody signs in. */
describe('evidence that is old', function oldEvidence() {
  this.timeout(180_000);
  const scene = useOldEvidence();
  const { time, at, typePassword, typeCode, signedIn, asks } = scene;
  let server: TestServer;
  before(() => {
    ({ server } = scene);
  });

  describe('on the pages of the account', () => {
    const CHANGES = [
      NEW_APP,
      NEW_PASSKEY,
      `${SECURITY}/recovery-codes`,
      '/account/password',
      '/account/address',
    ];

    it('line 26: a page opened at any fraction of the 300th second opens, and none sends the browser in circles', async () => {
      await addApp(server, scene.person).then(async (app) => {
        for (const wait of [299.4, 300, 300.3, 300.9, 301, 302.5]) {
          const agent = await signedIn(app);
          time.pass(wait);
          for (const path of CHANGES.filter((each) => each !== NEW_PASSKEY)) {
            const page = await agent.open(at(path));
            expect(page.status, `${path} after ${wait} s`).to.equal(200);
          }
        }
      });
    });

    it('line 26: a form that was opened in time may be posted for 900 seconds, a form from elsewhere may not', async () => {
      const agent = await signedIn();
      time.pass(299);
      const form = await agent.open(at('/account/address'));
      const elsewhere = String(
        (await agent.open(at(`${SECURITY}/recovery-codes/new`))).forms.find(({ action }) =>
          action.endsWith('/stored'),
        )?.fields.csrf,
      );
      time.pass(890);
      const foreign = await agent.post(at('/account/address'), { csrf: elsewhere, email: 'new@example.org' });
      expect(foreign.location).to.include('/authorize?').and.include('max_age=300');
      const wrong = await agent.submit(form, { email: 'no address' });
      expect(wrong.status).to.equal(400);
      time.pass(20);
      const late = await agent.submit(wrong, { email: 'new@example.org' });
      expect(late.location, 'shown again, it is no younger').to.include('/authorize?');
    });

    it('line 26: one form makes one change', async () => {
      const app = await addApp(server, scene.person);
      const agent = await signedIn(app);
      const page = await agent.open(at(`${SECURITY}/recovery-codes`));
      time.pass(600);
      expect((await agent.submit(page, {}, '/recovery-codes')).location).to.include('/recovery-codes/new');
      expect((await agent.submit(page, {}, '/recovery-codes')).location).to.include('/authorize?');
    });

    it('line 26: of 50 forms that are posted at the same moment, on old evidence, one makes a change', async () => {
      const app = await addApp(server, scene.person);
      const rest = 4;
      for (let count = 0; count < rest; count += 1) await addApp(server, scene.person);
      const agent = await signedIn(app);
      const {
        own: { totp: authenticators },
      } = await server.app.lifecycle.ownFactors.of(scene.person.id);
      const pages = await Promise.all(
        authenticators.map(({ id }) => agent.open(at(`${SECURITY}/authenticators/${id}`))),
      );
      const codes = await agent.open(at(`${SECURITY}/recovery-codes`));
      time.pass(600);
      const posted = Array.from({ length: 50 }, (_, index) => {
        const page = pages[index % (pages.length + 1)];
        return page === undefined
          ? agent.submit(codes, {}, '/recovery-codes')
          : agent.submit(page, {}, '/remove');
      });
      const answers = await Promise.all(posted);
      const made = answers.filter(({ location }) => /done=|recovery-codes\/new/.test(location ?? ''));
      expect(made).to.have.length(1);
      const left = await server.app.lifecycle.ownFactors.of(scene.person.id);
      const gone = authenticators.length - left.own.totp.length;
      expect(gone + (left.codes.createdAt === undefined ? 0 : 1)).to.equal(1);
    });

    it('line 26: any session sees kinds and counts; names, dates and ids are for who has confirmed', async () => {
      const app = await addApp(server, scene.person);
      await addPasskey(server, scene.person);
      await addRecoveryCodes(server, scene.person);
      const {
        database,
        lifecycle: { ownFactors },
      } = server.app;
      await fixture(database, `update totp_authenticators set name = 'Secret phone' where account_id = $1`, [
        scene.person.id,
      ]);
      await fixture(database, `update passkeys set name = 'Hidden key' where account_id = $1`, [
        scene.person.id,
      ]);
      const agent = await signedIn(app);
      const detailed = await agent.open(at(SECURITY));
      expect(textOf(detailed)).to.include('Secret phone').and.include('Hidden key');
      time.pass(301);
      const {
        own: { totp: authenticators, passkey: passkeys },
      } = await ownFactors.of(scene.person.id);
      const pages = ['/account', SECURITY, '/account/activity', '/account/profile'];
      for (const path of pages) {
        const { body } = await agent.open(at(path));
        for (const hidden of ['Secret phone', 'Hidden key', ...authenticators, ...passkeys]) {
          expect(body, path).to.not.include(typeof hidden === 'string' ? hidden : hidden.id);
        }
      }
      const counted = await agent.open(at(SECURITY));
      expect(textOf(counted)).to.include('1 passkey').and.include('1 authenticator app');
      const asked = await agent.open(at(`${SECURITY}/details`));
      expect(asks(asked)).to.equal('password');
      const back = await typeCode(agent, await typePassword(agent, asked), await app.fresh());
      expect(new URL(back.url).pathname).to.equal(SECURITY);
      expect(textOf(back)).to.include('Secret phone');
    });
  });
});
