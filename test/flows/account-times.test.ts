import { expect } from 'chai';
import { mailAbout } from '../support/lifecycle.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('times in the zone of a person', function times() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;

  before(async () => {
    server = await startTestServer({ settings: { DEFAULT_TIME_ZONE: 'Asia/Seoul' } });
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount();
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const stored = async () => (await server.app.accounts.store.findById(person.id))?.zoneinfo;
  async function signedIn({ email: identifier, password } = person): Promise<UserAgent> {
    const agent = new UserAgent({ 'accept-language': 'en' });
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    return agent;
  }
  const csrfOf = async (agent: UserAgent) =>
    String(/data-csrf="([^"]+)"/.exec((await agent.get(at('/account'))).body)?.[1]);
  const tell = async (agent: UserAgent, zone: string) =>
    agent.post(at('/account/zone'), { csrf: await csrfOf(agent), zone });

  it('are learned once from the browser, in the usual spelling, and told as nobody’s act', async () => {
    const agent = await signedIn();
    expect((await agent.get(at('/account'))).body).to.include('data-zone-action="/account/zone"');
    const answer = await tell(agent, 'europe/lisbon');
    expect([answer.status, answer.body]).to.deep.equal([204, '']);
    expect(await stored()).to.equal('Europe/Lisbon');
    expect((await tell(agent, 'Asia/Tokyo')).status).to.equal(204);
    expect(await stored()).to.equal('Europe/Lisbon');
    const { body } = await agent.get(at('/account'));
    expect(body).to.include('data-zone="Europe/Lisbon"');
    expect(body).to.not.include('data-zone-action');
    const trail = await server.app.database.query(
      `select 1 from audit_events where account = $1 and type = 'account.profile_changed'`,
      [person.id],
    );
    expect(trail).to.have.length(0);
  });

  it('are learned from nobody else, and from nothing that is no zone', async () => {
    const agent = await signedIn();
    for (const zone of ['', '+01:00', 'Mars/Olympus', '../etc/passwd', 'UTC\0', 'x'.repeat(5_000)]) {
      expect((await tell(agent, zone)).status, zone.slice(0, 20)).to.equal(400);
    }
    const stranger = await signedIn(await server.addAccount());
    for (const csrf of ['forged', await csrfOf(stranger)]) {
      expect((await agent.post(at('/account/zone'), { csrf, zone: 'Asia/Tokyo' })).status).to.equal(403);
    }
    const csrf = await csrfOf(agent);
    for (const body of ['', `csrf=${csrf}`, `csrf=${csrf}&zone=Asia/Tokyo&zone=Asia/Seoul`]) {
      expect((await agent.post(at('/account/zone'), body)).status, body.slice(-20)).to.equal(400);
    }
    const json = { 'content-type': 'application/json' };
    expect((await agent.post(at('/account/zone'), '{"zone":"Asia/Tokyo"}', json)).status).to.equal(415);
    const nobody = await new UserAgent().post(at('/account/zone'), { csrf, zone: 'Asia/Tokyo' });
    expect(nobody.status).to.equal(204);
    expect(await stored()).to.equal(undefined);
  });

  it('are learned once of fifty at the same time', async () => {
    const agent = await signedIn();
    const csrf = await csrfOf(agent);
    const zones = Array.from({ length: 50 }, (_, index) => (index % 2 ? 'Asia/Tokyo' : 'Europe/Madrid'));
    const answers = await Promise.all(zones.map((zone) => agent.post(at('/account/zone'), { csrf, zone })));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([204]));
    expect(zones).to.include(await stored());
  });

  it('are chosen on the profile, also while the browser tells its own, and stay without the field', async () => {
    const agent = await signedIn();
    const page = await agent.get(at('/account/profile'));
    expect(page.body).to.include('<option value="America/Bogota">Bogota</option>');
    await tell(agent, 'Asia/Tokyo');
    const chosen = await agent.submit(page, { name: 'Robin', zoneinfo: 'america/bogota' }, '/profile');
    expect(chosen.status).to.equal(303);
    expect(await stored()).to.equal('America/Bogota');
    const again = await agent.get(at('/account/profile'));
    expect(again.body).to.include('<option value="America/Bogota" selected>');
    const wrong = await agent.submit(again, { name: 'Robin Two', zoneinfo: 'Mars/Olympus' }, '/profile');
    expect([wrong.status, wrong.body.includes('This time zone is not known')]).to.deep.equal([400, true]);
    expect(wrong.body).to.include('Robin Two');
    expect((await agent.submit(again, { name: 'Robin Two' }, '/profile')).status).to.equal(303);
    expect(await stored()).to.equal('America/Bogota');
    const last = await agent.get(at('/account/profile'));
    await agent.submit(last, { name: 'Robin Two', zoneinfo: '' }, '/profile');
    expect(await stored()).to.equal(undefined);
  });

  it('are in the organisation’s zone, by its name, until theirs is known: on pages and in mails', async () => {
    const agent = await signedIn();
    const time = async () =>
      /<time [^>]*>([^<]+)</.exec((await agent.get(at('/account/sessions'))).body)?.[1];
    expect(await time()).to.match(/^\d+ \w+ \d{4} at \d+:\d\d [ap]m Korean Standard Time$/);
    await signedIn();
    const mail = await mailAbout(server, person.email, 'New sign-in to your account');
    expect(mail.text).to.match(/When: \d+ \w+ \d{4} at \d+:\d\d [ap]m Korean Standard Time\n/);
    await tell(agent, 'Europe/Madrid');
    expect(await time()).to.match(/^\d+ \w+ \d{4} at \d\d:\d\d (CET|CEST)$/);
    await signedIn();
    const later = await mailAbout(server, person.email, 'New sign-in to your account');
    expect(later.text).to.match(/When: \d+ \w+ \d{4} at \d\d:\d\d (CET|CEST)\nIn UTC: /);
  });
});
