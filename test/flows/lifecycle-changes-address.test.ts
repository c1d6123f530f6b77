import { expect } from 'chai';
import { mailAbout } from '../support/lifecycle.ts';
import { NEW_PASSWORD, useOwnChanges } from '../support/own-changes.ts';
import { eventually } from '../support/processes.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('what people change about themselves', () => {
  const setup = useOwnChanges();
  const { at, signedIn, isSignedIn, stored, events, change } = setup;

  describe('the address', () => {
    let address: string;
    beforeEach(() => {
      address = setup.person.email.replace('person-', 'new-');
    });
    const ask = async (agent: UserAgent, email = address) =>
      agent.follow(await change(agent, '/account/address', { email }));
    const confirm = async (link: string) => {
      const agent = new UserAgent();
      return agent.submit(await agent.get(link), {}, '/verify-address');
    };

    it('sends mail to five addresses of their choice in an hour, and then no more', async () => {
      const agent = await signedIn();
      const page = await agent.get(at('/account/address'));
      const statuses: number[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        statuses.push((await agent.submit(page, { email: `${turn}-${address}` }, '/account/address')).status);
      }
      expect(statuses).to.deep.equal([303, 303, 303, 303, 303, 429]);
    });

    it('changes when the link is used, not before; the old address is told; sessions stay', async () => {
      const agent = await signedIn();
      expect((await ask(agent)).body).to.include('a message is on its way');
      const message = await setup.server.mailbox.next(address);
      const link = setup.server.mailbox.linkIn(message);
      for (let look = 0; look < 3; look += 1) {
        const page = await new UserAgent().get(link);
        expect([page.status, page.body.includes(address)]).to.deep.equal([200, true]);
      }
      expect((await stored()).email).to.equal(setup.person.email);
      expect((await confirm(link)).status).to.equal(303);
      expect(await stored()).to.include({ email: address, emailVerified: true });
      expect(await isSignedIn(agent)).to.equal(true);
      await mailAbout(setup.server, setup.person.email, 'Your email address was changed');
      expect(await isSignedIn(await signedIn(setup.person.password, address))).to.equal(true);
      expect(await isSignedIn(await signedIn())).to.equal(false);
      expect((await new UserAgent().get(link)).status).to.equal(410);
      expect(await events('address.change_requested')).to.have.length(1);
      expect((await events('address.changed'))[0]).to.include({ actor: setup.person.id });
      expect(JSON.stringify(await events('address.changed'))).to.not.include(address);
    });

    it('is confirmed once by 20 in parallel, and by the latest link only', async () => {
      const agent = await signedIn();
      await ask(agent);
      const first = setup.server.mailbox.linkIn(await setup.server.mailbox.next(address));
      await ask(agent);
      const second = setup.server.mailbox.linkIn(await setup.server.mailbox.next(address));
      expect((await new UserAgent().get(first)).status).to.equal(410);
      const page = await new UserAgent().get(second);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => new UserAgent().submit(page, {}, '/verify-address')),
      );
      expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
      expect(await events('address.changed')).to.have.length(1);
    });

    it('of somebody else is not told apart from a free one, and never taken', async () => {
      const owner = await setup.server.addAccount({ email: `owner-${setup.person.email}` });
      const agent = await signedIn();
      const free = await ask(agent);
      const taken = await ask(agent, owner.email.toUpperCase());
      expect([taken.status, taken.url]).to.deep.equal([free.status, free.url]);
      await setup.server.mailbox.next(address);
      expect(setup.server.mailbox.messages.some(({ to }) => to.address.includes('owner-'))).to.equal(false);
      // And one that is taken while the link is on its way.
      await ask(agent);
      const link = setup.server.mailbox.linkIn(await setup.server.mailbox.next(address));
      await setup.server.addAccount({ email: address });
      expect((await confirm(link)).status).to.equal(410);
      expect((await stored()).email).to.equal(setup.person.email);
    });

    it('is not looked up by the page, whose time would tell whose it is', async () => {
      const owner = await setup.server.addAccount({ email: `owner-${setup.person.email}` });
      const agent = await signedIn();
      const form = await agent.get(at('/account/address'));
      const {
        accounts: { store: accounts },
      } = setup.server.app;
      const { findByIdentifier } = accounts;
      const asked: unknown[] = [];
      let answered = Promise.withResolvers<void>();
      const slowly = <T extends unknown[], R>(look: (...given: T) => Promise<R>) =>
        async function slow(...given: T): Promise<R> {
          asked.push(given);
          await answered.promise;
          return look(...given);
        };
      Object.assign(accounts, { findByIdentifier: slowly(findByIdentifier) });
      try {
        for (const email of [owner.email, address]) {
          answered = Promise.withResolvers<void>();
          expect((await agent.submit(form, { email }, '/account/address')).status, email).to.equal(303);
          // The job does, later. It ends before the next round: a lookup of this one is not to wait for the next promise.
          await eventually('the job looks it up', async () => JSON.stringify(asked).includes(email));
          answered.resolve();
          await eventually(
            'the request is answered',
            async () => (await setup.server.app.accounts.requests.nextDue()) === undefined,
          );
        }
        await setup.server.mailbox.next(address);
      } finally {
        answered.resolve();
        Object.assign(accounts, { findByIdentifier });
      }
    });

    it('is forgotten where the account has changed before the link was made', async () => {
      const agent = await signedIn();
      const {
        database,
        accounts: { requests },
        lifecycle: { changes },
      } = setup.server.app;
      await ask(agent);
      await setup.server.mailbox.next(address);
      const wish = { accountId: setup.person.id, state: 'of another password', email: address };
      const before = setup.server.mailbox.messages.length;
      await database.transaction((tx) => changes.answerAddress(tx, wish));
      const [waiting] = await database.query<{ n: number }>(
        `select count(*)::int as n from mail_outbox where state = 'waiting'`,
      );
      expect(waiting?.n).to.equal(0);
      expect(setup.server.mailbox.messages).to.have.length(before);
      await eventually('nothing is left to answer', async () => (await requests.nextDue()) === undefined);
    });

    it('is refused where it is none, and asks for a fresh sign-in', async () => {
      const agent = await signedIn();
      for (const email of ['', 'nobody', 'a@b@c', 'x\r\nBcc: y@example.org']) {
        expect((await change(agent, '/account/address', { email })).status, email).to.equal(400);
      }
      setup.late = 301;
      expect(new URL(String((await agent.get(at('/account/address'))).location)).pathname).to.equal(
        '/authorize',
      );
    });

    it('stays when the password was changed meanwhile: somebody else may have asked', async () => {
      const agent = await signedIn();
      await ask(agent);
      const link = setup.server.mailbox.linkIn(await setup.server.mailbox.next(address));
      const passwords = { current_password: setup.person.password, new_password: NEW_PASSWORD };
      await change(agent, '/account/password', passwords);
      expect((await confirm(link).catch(() => ({ status: 410 }))).status).to.equal(410);
      expect((await stored()).email).to.equal(setup.person.email);
    });
  });
});
