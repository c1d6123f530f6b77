import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { invitations } from '../../src/administration/invitations.ts';
import { people } from '../../src/administration/people/index.ts';
import { ACCESS_ENDINGS, type AccessAct } from '../../src/lifecycle/end-of-access.ts';
import { LINKS } from '../../src/lifecycle/links.ts';
import { type Belongings, belongingsOf, type Left, leftOf } from '../support/access.ts';
import { act } from '../support/administration.ts';
import { typeCode, typePassword } from '../support/factors.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ACTS, CHOSEN, EVERYTHING, LESSER } from './end-of-access-acts.ts';

const sorted = (left: Left) => ({ ...left, links: left.links.toSorted() });

describe('line 38: one end of access', function endOfAccess() {
  this.timeout(240_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ settings: { TRUSTED_DEVICE_DAYS: '30', SELF_REGISTRATION: 'true' } });
  });
  after(() => server.stop());

  /** Whoever has shown nothing yet goes on with the page that they had open. */
  async function expectUntouchedWorks({ untouched, person, authenticator }: Belongings, password: string) {
    const { agent, page } = untouched;
    const asked = await typePassword(agent, page, { ...person, password });
    await agent.follow(await typeCode(agent, asked, await authenticator.fresh()));
    expect((await agent.get(`${server.issuer}/account`)).status, 'who has shown nothing').to.equal(200);
  }

  for (const { name, does, leaves, thenWith } of [...ACTS, ...LESSER]) {
    it(`${name}: ends what has to end, and nothing else`, async () => {
      const belongings = await belongingsOf(server);
      await does(server, belongings);
      expect(sorted(await leftOf(server, belongings))).to.deep.equal(sorted(leaves));
      if (thenWith === undefined) return;
      await expectUntouchedWorks(belongings, thenWith === 'theirs' ? belongings.person.password : thenWith);
    });
  }

  it('leaves everything where nothing was done', async () => {
    const belongings = await belongingsOf(server);
    expect(sorted(await leftOf(server, belongings))).to.deep.equal(sorted(EVERYTHING));
  });

  it('users disable, then users enable: a registration from before the account was made does not open it', async () => {
    const { app } = server;
    const registrant = { email: 'waits@example.org', name: 'Wren', locale: 'en' };
    const payload = { registrant, identifier: registrant.email, registered: true };
    const { token } = await app.database.transaction((tx) =>
      app.accounts.links.issue(tx, { ...LINKS.registration, payload }),
    );
    await act(app, invitations.send, registrant);
    expect(await app.lifecycle.invitations.look(token), 'the account that waits for its owner').to.not.equal(
      undefined,
    );
    await act(app, people.disable, { person: registrant.email });
    await act(app, people.enable, { person: registrant.email });
    expect(await app.lifecycle.invitations.look(token)).to.equal(undefined);
    const given = { name: 'Wren', password: CHOSEN };
    const late = await app.lifecycle.invitations.accept(token, given, {}).catch((error) => error);
    expect(late).to.have.property('code', 'link_invalid');
  });

  it('walks every act of the table', () => {
    // The first password of an account is chosen before there is anything to end but links.
    const walked = new Set<AccessAct>([...ACTS.map(({ act }) => act), 'invitationAccepted']);
    expect([...walked]).to.have.members(Object.keys(ACCESS_ENDINGS));
  });

  it('is the only function of the product that does any of this', async () => {
    const root = fileURLToPath(new URL('../../src', import.meta.url));
    const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.ts'));
    const calls = /\.(?:endAll|endOthers|revokeOf|endEpoch)\(|trustedDevices\.revokeAll\(/u;
    const found: string[] = [];
    for (const file of files) {
      if (calls.test(await readFile(join(root, file), 'utf8'))) found.push(file);
    }
    // Who removes the last factor ends the trust that it was the reason for, in the same unit.
    expect(found).to.have.members(['lifecycle/end-of-access.ts', 'lifecycle/own-factors.ts']);
  });
});
