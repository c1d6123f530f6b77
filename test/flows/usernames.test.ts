import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import { guess, withoutVariables } from '../support/guessing.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { eventually } from '../support/processes.ts';
import { callbackOf, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** One person has an address in two spellings, with and without what is copied along, and perhaps a user name. */
describe('who is meant by what is typed', function identifiers() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  let person: Person;

  before(async () => {
    server = await startTestServer({
      settings: {
        MAX_FAILED_LOGIN_ATTEMPTS: '3',
        SIGN_IN_WITH_USERNAMES: 'true',
        SELF_REGISTRATION: 'true',
        RATE_LIMIT_PASSWORD_RESET_PER_ACCOUNT: '3',
      },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  let count = 0;
  const unique = () => {
    count += 1;
    return `robin${count}`;
  };
  beforeEach(async () => {
    const username = unique();
    person = { ...(await server.addAccount({ username, name: 'Robin Reyes' })) };
    Object.assign(person, { username });
  });
  const usernameOf = ({ username }: Person & { username?: string }) => String(username);

  const typed = async (identifier: string, password = person.password, agent = new UserAgent()) => {
    const form = await agent.open(client.authorizeUrl({ scope: 'openid profile', prompt: 'login' }));
    const page = await guess(agent, form, { email: identifier, password });
    return page.status === 303 ? agent.follow(page) : page;
  };
  const isIn = (page: { location?: string | undefined }) =>
    page.location !== undefined && callbackOf(page.location).has('code');

  it('a user name, in any letters, as well as the address; applications are told of it', async () => {
    for (const identifier of [
      usernameOf(person),
      usernameOf(person).toUpperCase(),
      ` ${usernameOf(person)}\u200B`,
    ])
      expect(isIn(await typed(identifier)), identifier).to.equal(true);
    const page = await typed(person.email);
    const { body } = await client.redeem(String(page.location));
    expect((await client.userinfo(body.access_token)).body.preferred_username).to.equal(usernameOf(person));
    expect(decodeJwt(body.id_token).sub).to.equal(person.id);
  });

  it('the pages say so', async () => {
    const page = await new UserAgent().open(client.authorizeUrl());
    expect(page.body).to.contain('Email address or user name').and.not.contain('inputmode="email"');
    expect((await new UserAgent().get(`${server.issuer}/forgot`)).body).to.contain(
      'Email address or user name',
    );
  });

  it('failures with either count together, and a lock is for both', async () => {
    const names = [person.email, usernameOf(person), person.email];
    for (const name of names) expect((await typed(name, 'not the password')).status).to.equal(401);
    for (const name of [person.email, usernameOf(person)])
      expect((await typed(name)).body, name).to.match(/is locked\. Try again/);
    await act(server.app, people.unlock, { person: usernameOf(person) });
    for (const name of [person.email, usernameOf(person)])
      expect(isIn(await typed(name)), name).to.equal(true);
  });

  it('an unknown user name is answered like one that somebody has, before and after its lock', async () => {
    const answers = async (name: string) => {
      const texts: string[] = [];
      for (let tries = 0; tries < 4; tries += 1) {
        const page = await typed(name, 'not the password');
        texts.push(`${page.status} ${withoutVariables(page).replaceAll(name, 'NAME')}`);
      }
      return texts;
    };
    expect(await answers('nobody-at-all')).to.deep.equal(await answers(usernameOf(person)));
  });

  it('a forgotten password is mailed to the address; the user name may be no part of the next one', async () => {
    const agent = new UserAgent();
    const asked = await agent.submit(await agent.get(`${server.issuer}/forgot`), {
      identifier: usernameOf(person),
    });
    expect(asked.status).to.equal(303);
    const link = server.mailbox.linkIn(await mailAbout(server, person.email, 'Choose a new password'));
    const refused = await agent.submit(await agent.get(link), {
      password: `otters juggle ${usernameOf(person)}`,
    });
    expect(refused.status).to.equal(400);
    const done = await agent.submit(await agent.get(link), { password: 'otters juggle marbles quietly' });
    expect(done.status).to.equal(303);
  });

  it('one mailbox gets so many mails, by whichever name they are asked for', async () => {
    const most = server.app.config.rateLimits.passwordResetPerAccount;
    const agent = new UserAgent();
    const refusals = async () =>
      server.app.database.query<{ reason: string | null }>(
        `select details ->> 'reason' as reason from audit_events
         where type = 'password_reset.requested' and account = $1 order by at, id`,
        [person.id],
      );
    for (const name of [usernameOf(person), person.email]) {
      for (let time = 0; time < most; time += 1) {
        const asked = await agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier: name });
        if (asked.status === 429) break;
        expect(asked.status).to.equal(303);
      }
      await eventually(
        'all are answered',
        async () => (await server.app.accounts.requests.nextDue()) === undefined,
      );
    }
    const sent = (await refusals()).filter(({ reason }) => reason === null);
    expect(sent.length).to.be.most(most);
    expect(server.mailbox.messages.filter(({ to }) => to.address === person.email).length).to.be.most(most);
  });

  it('one mailbox is one account, however its domain is written and whatever is copied along', async () => {
    const email = `${unique()}@bücher.example`;
    const ascii = email.replace('bücher', 'xn--bcher-kva');
    const made = await server.addAccount({ email });
    for (const identifier of [email, ascii, `\u200B${ascii}\uFEFF`, ascii.toUpperCase()])
      expect(isIn(await typed(identifier, made.password)), identifier).to.equal(true);
    expect(await act(server.app, people.show, { person: ascii })).to.include({ id: made.id, email });
    const again = await act(server.app, people.create, { email: ascii, name: 'Twice' }).catch(
      (error: { code?: string }) => error.code,
    );
    expect(again).to.equal('account_exists');
    const taken = await act(server.app, people.setAddress, { person: person.id, email: ascii }).catch(
      (error: { code?: string }) => error.code,
    );
    expect(taken).to.equal('account_exists');
    // A registration with the other spelling is told to the mailbox that has the account, as it was entered.
    const agent = new UserAgent();
    const form = await agent.get(`${server.issuer}/register`);
    expect((await agent.submit(form, { email: `${ascii}\u200B`, name: 'Robin' })).status).to.equal(303);
    await mailAbout(server, email, 'You already have an account');
  });

  it('an address is kept as it was entered, without what was copied along', async () => {
    const email = `${unique()}@bücher.example`;
    const { person: made } = await act(server.app, people.create, {
      email: `\uFEFF${email}\u200B `,
      name: 'R',
    });
    expect(made.email).to.equal(email);
  });
});
