import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { PAGE_ENTRIES } from '../../src/domain/audit/activity-store.ts';
import { addApp, typeCode, typePassword } from '../support/factors.ts';
import { type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';

describe('recent activity of an account', function activity() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer({ settings: { BRAND_NAME: 'Riverside' } });
    client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Ward <b>list</b>' }),
    );
  });
  after(() => server.stop());

  const PATH = '/account/activity';
  const at = (path: string) => `${server.issuer}${path}`;
  /** What is said on the page, in its order. */
  const said = (body: string) =>
    [...body.matchAll(/<p class="factor-name[^"]*">(?:<svg.*?<\/svg>)?([^<]*)</gu)].map(([, words]) => words);
  const older = (body: string) => /href="(\/account\/activity\?before=[^"]+)"/u.exec(body)?.[1];

  async function signedIn(headers: Record<string, string> = {}) {
    const person = await server.addAccount();
    const agent = new UserAgent({ 'user-agent': FIREFOX, ...headers });
    await tokensFor(client, person, {}, agent);
    return { person, agent };
  }

  /** Events at one same moment, as those of one request are. */
  async function write(person: Person, type: string, count: number, details = {}, at_ = new Date()) {
    const rows = Array.from({ length: count }, (_, index) => ({
      id: randomUUID(),
      ip: `198.51.100.${index}`,
    }));
    await server.app.database.query(
      `insert into audit_events (id, at, type, outcome, actor, account, ip, details)
       select id, $2, $3, 'success', $4, $4, ip, $5::jsonb from jsonb_to_recordset($1::jsonb) as row(id uuid, ip text)`,
      [JSON.stringify(rows), at_, type, person.id, JSON.stringify(details)],
    );
  }

  it('is linked from the account, and opened by a sign-in that comes back to it', async () => {
    const { person, agent } = await signedIn();
    expect((await agent.get(at('/account'))).body).to.include(`href="${PATH}"`);
    const stranger = new UserAgent();
    const page = await typePassword(stranger, await stranger.open(at(PATH)), person);
    expect(new URL(page.url).pathname).to.equal(PATH);
    expect(page.status).to.equal(200);
  });

  it('tells of sign-ins and failures: what, when, from where, with what, and for which application', async () => {
    const { person, agent } = await signedIn();
    const thief = new UserAgent({ 'user-agent': 'curl/8' });
    await typePassword(thief, await thief.open(client.authorizeUrl()), {
      ...person,
      password: 'a wrong one',
    });
    const { body } = await agent.get(at(PATH));
    expect(said(body)).to.deep.equal([
      'Sign-in refused: wrong password',
      'You signed in on a new device',
      'Signed in with the password',
    ]);
    expect(body)
      .to.include('Firefox on Windows')
      .and.match(/A device, (127\.0\.0\.1|::1)/u);
    expect(body).to.include('Ward &lt;b&gt;list&lt;/b&gt;');
    expect(body).to.match(/<time datetime="[^"]+Z" lang="en-001" data-localise>/u);
    for (const secret of [
      'password_wrong',
      'curl',
      'identifierDigest',
      person.id,
      'token_issued',
      'token.issued',
    ])
      expect(body).to.not.include(secret);
  });

  it('tells that the right password was entered without a second step', async () => {
    const { person, agent } = await signedIn();
    await addApp(server, person);
    const thief = new UserAgent();
    await typeCode(
      thief,
      await typePassword(thief, await thief.open(client.authorizeUrl()), person),
      '000000',
    );
    const { body } = await agent.get(at(PATH));
    expect(said(body).slice(0, 2)).to.deep.equal([
      'Sign-in refused: wrong code of an authenticator app',
      'The right password was entered, and a second step was asked for',
    ]);
  });

  it('tells what an administrator did, not from where', async () => {
    const { person, agent } = await signedIn();
    const {
      database,
      audit: { log: audit },
    } = server.app;
    const by = {
      origin: { ip: '10.9.8.7' },
      actor: { kind: 'command', command: 'gatehouse users unlock', user: 'pat' },
    } as const;
    await audit.record(
      database,
      { type: 'account.unlocked', outcome: 'success', account: person.id, ...by, details: {} },
      {
        type: 'factor.reset',
        outcome: 'success',
        account: person.id,
        actor: { kind: 'person', id: randomUUID() },
        origin: { ip: '10.9.8.7', userAgent: FIREFOX },
        details: { totp: 1, passkeys: 0, recoveryCodes: 3, trustedDevices: 0 },
      },
    );
    const { body } = await agent.get(at(PATH));
    expect(said(body)).to.include.members([
      'The lock of your account was lifted',
      'Every second step was removed by an administrator',
    ]);
    expect(body.match(/By an administrator/gu)).to.have.length(2);
    expect(body).to.not.include('10.9.8.7').and.not.include('gatehouse users');
  });

  it('speaks Spanish', async () => {
    const { agent } = await signedIn({ 'accept-language': 'es' });
    expect(said((await agent.get(at(PATH))).body)).to.include('Inicio de sesión con la contraseña');
  });

  it('has vague words for an event of a newer version, and none of its details', async () => {
    const { person, agent } = await signedIn();
    await write(person, 'sign_in.by_telepathy', 1, { code: 'S3CRET-detail' });
    const { body } = await agent.get(at(PATH));
    expect(said(body)[0]).to.equal('Something happened to your account');
    expect(body).to.not.include('S3CRET').and.not.include('telepathy');
  });

  it('is paged without a gap and without a repetition, also where events have one same time', async () => {
    const { person, agent } = await signedIn();
    // Of one moment with a fraction that a browser's clock does not have.
    const [row] = await server.app.database.query<{ at: string }>(
      `select '2026-01-02T03:04:05.678901Z'::timestamptz::text as at`,
    );
    await write(person, 'device.trust_ended', 2 * PAGE_ENTRIES, {}, row?.at as unknown as Date);
    let path: string | undefined = PATH;
    const counts: number[] = [];
    const seen: string[] = [];
    for (let pages = 0; path !== undefined && pages < 6; pages += 1) {
      const { body } = await agent.get(at(path));
      expect(body.includes('Show the latest')).to.equal(pages > 0);
      counts.push(said(body).length);
      seen.push(...(body.match(/198\.51\.100\.\d+/gu) ?? []));
      path = older(body)?.replaceAll('&amp;', '&');
    }
    expect(counts).to.deep.equal([PAGE_ENTRIES, PAGE_ENTRIES, 2]);
    expect(seen).to.have.length(2 * PAGE_ENTRIES);
    expect(new Set(seen)).to.have.property('size', 2 * PAGE_ENTRIES);
  });

  it('looks at so many events for a page, and goes on behind those that are not shown', async () => {
    const { person, agent } = await signedIn();
    await write(person, 'device.trust_ended', 1, {}, new Date('2026-01-01T00:00:00Z'));
    await write(person, 'token.issued', 2_500, {}, new Date('2026-01-02T00:00:00Z'));
    const first = (await agent.get(at(PATH))).body;
    expect(said(first)).to.not.include('A device is not trusted any more');
    const next = (await agent.get(at(String(older(first))))).body;
    expect(said(next)).to.deep.equal(['A device is not trusted any more']);
    expect(older(next)).to.equal(undefined);
  });

  it('is never that of somebody else, whatever is asked for', async () => {
    const victim = await signedIn();
    const { agent } = await signedIn();
    await write(victim.person, 'address.changed', 1);
    const [event] = await server.app.database.query<{ id: string }>(
      'select id from audit_events where account = $1 order by at desc, id desc limit 1',
      [victim.person.id],
    );
    const own = said((await agent.get(at(PATH))).body);
    for (const query of [
      `account=${victim.person.id}`,
      `before=99999999999999999.${event?.id}`,
      'before=1&before=2',
      'before[]=1',
      'before=%00',
      "before=1.' or true --",
      `before=999999999999999999999.${randomUUID()}`,
      'before=',
    ]) {
      const page = await agent.get(at(`${PATH}?${query}`));
      expect(page.status, query).to.equal(200);
      expect(said(page.body), query).to.deep.equal(own);
      expect(page.body).to.not.include('Your email address was changed');
    }
  });
});
