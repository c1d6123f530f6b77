import { userInfo } from 'node:os';
import { expect } from 'chai';
import { command } from '../support/commands.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const PASSWORD = 'marble otters juggle quietly';

describe('an invitation', () => {
  let server: TestServer;
  let email: string;
  let count = 0;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  beforeEach(() => {
    count += 1;
    email = `invitee-${count}@example.org`;
  });

  const invite = (options: Record<string, string> = {}) => {
    const given = { email, name: 'Nia Newcomer', role: 'clinician', ...options };
    const words = Object.entries(given).flatMap(([option, value]) => [`--${option}`, value]);
    return command(server, 'users', 'invite', ...words);
  };
  const link = async () => server.mailbox.linkIn(await server.mailbox.next(email));
  const accept = async (url: string, chosen: { name?: string; password?: string } = {}) => {
    const agent = new UserAgent();
    return agent.submit(await agent.get(url), { name: 'Nia Newcomer', password: PASSWORD, ...chosen });
  };
  const account = async () => {
    const found = await server.app.accounts.store.findByIdentifier(email);
    if (found === undefined) throw new Error('no account');
    return found;
  };
  const events = async (type: string) => {
    const { id } = await account();
    return (await auditTrail(server)).filter((event) => event.type === type && event.account === id);
  };
  const signIn = async (password: string, agent = new UserAgent()) =>
    agent.follow(
      await agent.submit(await agent.open(`${server.issuer}/account`), { identifier: email, password }),
    );

  it('leads from the command to a password of one’s own, and in', async () => {
    const printed = await invite();
    expect(printed).to.include(`Invited: ${email}`);
    expect((await account()).passwordHash).to.equal(undefined);
    const message = await server.mailbox.next(email);
    const url = server.mailbox.linkIn(message);
    expect(url.startsWith(`${server.issuer}/invitation?token=`)).to.equal(true);
    const agent = new UserAgent();
    for (let look = 0; look < 3; look += 1) {
      const page = await agent.get(url);
      expect(page.status).to.equal(200);
      expect(page.body).to.include('You have been invited to').and.include(email);
      expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
    }
    const sent = await agent.submit(await agent.get(url), { name: 'Nia N. Newcomer', password: PASSWORD });
    const done = await agent.follow(sent);
    expect(done.body).to.include('Your account is ready');
    // Signs nobody in by itself.
    const asked = await agent.open(`${server.issuer}/account`);
    expect(asked.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
    expect((await signIn(PASSWORD)).body)
      .to.include('Nia N. Newcomer')
      .and.include('clinician');
    expect(await account()).to.include({ emailVerified: true, name: 'Nia N. Newcomer' });
    expect((await agent.get(url)).status).to.equal(410);
    const types = (await auditTrail(server)).map(({ type }) => type);
    expect(types).to.include.members(['account.created', 'account.invited', 'invitation.accepted']);
    expect((await events('account.invited'))[0]).to.deep.include({
      actor_kind: 'command',
      command: 'gatehouse users invite',
      operator: userInfo().username,
      details: { again: false },
    });
    expect((await events('invitation.accepted'))[0]).to.include({ actor: (await account()).id });
  });

  it('can be used by nobody without its link: there is no password to guess', async () => {
    await invite();
    await link();
    for (const password of ['', ' ', 'undefined', PASSWORD])
      expect((await signIn(password)).status).to.be.within(400, 401);
  });

  it('sent again leaves only the latest link, and the account as it was', async () => {
    await invite();
    const first = await link();
    const { id } = await account();
    expect(await invite({ name: 'Somebody Else', role: 'administrator' })).to.include('Invited again');
    const second = await link();
    expect((await new UserAgent().get(first)).status).to.equal(410);
    expect(await account()).to.deep.include({ id, name: 'Nia Newcomer', roles: ['clinician'] });
    expect((await accept(second)).status).to.equal(303);
    expect(await invite().catch((error) => error.code)).to.equal('account_exists');
    expect((await events('account.invited')).map(({ details }) => details.again)).to.deep.equal([
      false,
      true,
    ]);
  });

  it('posted 50 times in parallel is accepted once', async () => {
    await invite();
    const page = await new UserAgent().get(await link());
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        new UserAgent().submit(page, { name: `Name ${index}`, password: `${PASSWORD} ${index}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 410)).to.have.length(49);
    expect(await events('invitation.accepted')).to.have.length(1);
  }).timeout(60_000);

  it('says what is wrong, keeps the name that was typed, and stays good', async () => {
    await invite();
    const url = await link();
    const refused: [{ name?: string; password?: string }, string][] = [
      [{ name: '' }, 'Enter your name.'],
      [{ name: 'N\u2028N' }, 'This name cannot be used.'],
      [{ password: '' }, 'Choose a password.'],
      [{ password: 'short' }, 'too short'],
      [{ name: 'Marigold', password: 'marigold otters juggle quietly' }, 'contains your name'],
    ];
    for (const [chosen, message] of refused) {
      const answer = await accept(url, chosen);
      expect([answer.status, answer.body.includes(message)], message).to.deep.equal([400, true]);
      expect(answer.forms[0]?.fields.password).to.equal('');
      if (chosen.name === 'Marigold') expect(answer.forms[0]?.fields.name).to.equal('Marigold');
    }
    expect((await accept(url)).status).to.equal(303);
  });

  it('works for 7 days, and after a restart, and not for somebody who was disabled', async () => {
    await invite();
    const url = await link();
    const { id } = await account();
    const [row] = await server.app.database.query<{ days: number }>(
      `select extract(epoch from expires_at - created_at)::int / 86400 as days from one_time_links where account_id = $1`,
      [id],
    );
    expect(row?.days).to.equal(7);
    server = await server.restart();
    expect((await new UserAgent().get(url)).status).to.equal(200);
    const open = await new UserAgent().get(url);
    await server.app.accounts.store.setStatus(fixtures(server.app.database), id, 'disabled');
    expect((await new UserAgent().get(url)).status).to.equal(410);
    const late = await new UserAgent().submit(open, { name: 'N', password: PASSWORD });
    expect(late.status).to.equal(410);
  });

  it('is written in the language of the one who is invited, and says who invites', async () => {
    await invite({ locale: 'es-MX', from: 'Bo Lind' });
    const message = await server.mailbox.next(email);
    expect(message.language).to.equal('es');
    expect(message.text).to.include('Bo Lind');
    const page = await new UserAgent().get(server.mailbox.linkIn(message));
    expect(page.body).to.include('<html lang="es">').and.include('Bo Lind');
  });

  const wrong: [string, Record<string, string>, string][] = [
    ['an address that is none', { email: 'nobody' }, 'email_invalid'],
    ['a name that is none', { name: ' ' }, 'name_invalid'],
    ['a role that is none', { role: 'Not A Role' }, 'role_invalid'],
    ['a language that is none', { locale: '!' }, 'locale_invalid'],
  ];
  for (const [what, options, code] of wrong) {
    it(`is refused for ${what}, and nothing is made`, async () => {
      expect(await invite(options).catch((error) => error.code)).to.equal(code);
      expect(await server.app.accounts.store.findByIdentifier(email)).to.equal(undefined);
    });
  }

  it('is accepted only with the form token of its link', async () => {
    await invite();
    const url = await link();
    const agent = new UserAgent();
    const fields = { ...(await agent.get(url)).forms[0]?.fields, name: 'N', password: PASSWORD };
    expect((await agent.post(`${server.issuer}/invitation`, { ...fields, csrf: 'x' })).status).to.equal(403);
    expect(
      (await agent.post(`${server.issuer}/invitation`, fields, { origin: 'https://evil.example' })).status,
    ).to.equal(403);
    const twice = `${new URLSearchParams(fields)}&name=other`;
    expect((await agent.post(`${server.issuer}/invitation`, twice)).status).to.equal(400);
    const json = { 'content-type': 'application/json' };
    expect((await agent.post(`${server.issuer}/invitation`, '{}', json)).status).to.equal(415);
    // A link is good for what it was mailed for only.
    const token = String(new URL(url).searchParams.get('token'));
    expect((await agent.get(`${server.issuer}/reset?token=${token}`)).status).to.equal(410);
    expect((await agent.get(url)).status).to.equal(200);
  });
});
