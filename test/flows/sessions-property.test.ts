import { expect } from 'chai';
import fc from 'fast-check';
import { type EndReason, endsOfflineAccess } from '../../src/domain/sessions/policy.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { endSessionsOn } from '../support/jobs.ts';
import { authorize, type HandClient, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { UserAgent } from '../support/user-agent.ts';

const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

/** One browser of the person, with what its last sign-in got for absence. */
interface Browser {
  readonly agent: UserAgent;
  offline: string | undefined;
}

type Step =
  | { readonly kind: 'sign-in' | 'again' | 'sign-out' | 'page' | 'silent' | 'refresh'; readonly who: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'end-one' | 'end-others'; readonly who: number; readonly reason: EndReason }
  | { readonly kind: 'end-all'; readonly reason: EndReason }
  | { readonly kind: 'sweep' };

const who = fc.nat({ max: 2 });
const reason = fc.constantFrom<EndReason>(
  'ended_by_person',
  'ended_by_administrator',
  'password_changed',
  'factor_reset',
  'disabled',
  'everywhere',
  'evicted',
);
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('sign-in' as const), who }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constantFrom('again' as const, 'sign-out' as const, 'page' as const),
        who,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom('silent' as const, 'refresh' as const), who }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        minutes: fc.constantFrom(1, 12, 21, 11 * 60),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('end-one' as const, 'end-others' as const), who, reason }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('end-all' as const), reason }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  ),
  { minLength: 6, maxLength: 14 },
);

describe('sessions, whatever happens to them in whatever order', function sequences() {
  this.timeout(120_000);
  let server: TestServer;
  let client: HandClient;

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    // The sweeper comes when a sequence says so.
    await server.app.jobs.stop(1_000);
    const metadata = {
      ...WEB_CLIENT,
      first_party: true,
      offline_access: true,
      backchannel_logout_uri: 'http://127.0.0.1:9/never',
    };
    client = handClient(server.issuer, await server.addClient(metadata));
  });
  after(() => server.stop());

  const isSignedIn = async ({ agent }: Browser) =>
    String((await agent.get(client.authorizeUrl({ prompt: 'none' }))).location).includes('code=');

  async function uidOf(browser: Browser, person: Person): Promise<string | undefined> {
    const page = await browser.agent.get(client.authorizeUrl({ prompt: 'none' }));
    if (!String(page.location).includes('code=')) return undefined;
    const { body } = await client.redeem(String(page.location));
    const { sid } = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
    const rows = await sessionsOf(server, person.id);
    return rows.find(({ clients }) => clients?.[client.id] === sid)?.uid;
  }

  async function take(step: Step, person: Person, browsers: Browser[]): Promise<void> {
    const {
      database,
      lifecycle: { access },
    } = server.app;
    const browser = 'who' in step ? (browsers[step.who] as Browser) : undefined;
    const by = { actor: { kind: 'system' } } as const;
    if (step.kind === 'wait') clock.offset += step.minutes * 60_000;
    if (step.kind === 'sweep') while ((await endSessionsOn(server.app).round()) < 1_000);
    if (step.kind === 'end-all') {
      await asFixture(database, (tx) => access.endAll(tx, person.id, step.reason, by));
      for (const each of browsers) each.offline = undefined;
    }
    if (browser === undefined) return;
    if (step.kind === 'sign-in' || step.kind === 'again') {
      const prompt = step.kind === 'again' ? 'login consent' : 'consent';
      const scope = 'openid offline_access';
      browser.offline = (await tokensFor(client, person, { scope, prompt }, browser.agent)).refresh_token;
    }
    if (step.kind === 'page') await browser.agent.get(`${server.issuer}/account`);
    if (step.kind === 'silent') await authorize(browser.agent, client.authorizeUrl({ prompt: 'none' }));
    if (step.kind === 'refresh' && browser.offline !== undefined) {
      browser.offline = (await client.refresh(browser.offline)).body.refresh_token;
    }
    if (step.kind === 'sign-out') {
      const page = await browser.agent.open(`${server.issuer}/logout`);
      if (page.forms.length > 0) await browser.agent.submit(page, { logout: 'yes' });
    }
    if (step.kind !== 'end-one' && step.kind !== 'end-others') return;
    const uid = await uidOf(browser, person);
    if (uid === undefined) return;
    await asFixture(database, async (tx) => {
      if (step.kind === 'end-one') await access.endSession(tx, uid, step.reason, by);
      else await access.endOthers(tx, person.id, uid, step.reason, by);
    });
    const precaution = endsOfflineAccess(step.reason) || step.kind === 'end-others';
    const ended = step.kind === 'end-one' ? [browser] : browsers.filter((other) => other !== browser);
    if (precaution) for (const each of ended) each.offline = undefined;
  }

  async function holds(person: Person, browsers: Browser[]): Promise<void> {
    const { database } = server.app;
    const now = clock.now();
    const rows = await sessionsOf(server, person.id);
    const events = await database.query<{ session: string; reason: string }>(
      `select session, details ->> 'reason' as reason from audit_events
       where type = 'session.ended' and account = $1`,
      [person.id],
    );
    const notices = (await server.app.logouts.outbox.list({ clientId: client.id, limit: 1_000 })).filter(
      ({ accountId }) => accountId === person.id,
    );
    const stored = await database.query<{ uid: string }>(
      `select session_uid as uid from oidc_artifacts where model = 'Session' and account_id = $1`,
      [person.id],
    );
    const over = rows.filter((row) => row.ended_at !== null);
    const byUid = <T extends { uid: string }>(list: readonly T[]) => list.map(({ uid }) => uid).sort();
    expect(events.map(({ session }) => session).sort(), 'one event each').to.deep.equal(byUid(over));
    for (const row of over) {
      expect(events.find(({ session }) => session === row.uid)?.reason).to.equal(row.end_reason);
    }
    expect(notices.map(({ sessionUid }) => sessionUid).sort(), 'one notice each').to.deep.equal(byUid(over));
    const open = rows.filter((row) => row.ended_at === null);
    expect(byUid(stored), 'what the protocol keeps').to.deep.equal(byUid(open));
    const lasting = open.filter((row) => row.idle_expires_at > now).length;
    const signedIn = await Promise.all(browsers.map(isSignedIn));
    expect(signedIn.filter(Boolean), 'browsers that are signed in').to.have.length(lasting);
    for (const browser of browsers) {
      if (browser.offline === undefined) continue;
      const answer = await client.post('/token/introspect', { token: browser.offline });
      const absolute = answer.body.active === true || clock.offset > 11 * 3_600_000;
      expect(absolute, 'access in absence that nobody took back').to.equal(true);
    }
  }

  it('end once, with a reason, told of once, and leave nothing that goes on', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        clock.offset = 0;
        const person = await server.addAccount();
        const browsers = [0, 1, 2].map(() => ({ agent: new UserAgent(), offline: undefined }));
        for (const step of sequence) await take(step, person, browsers);
        await holds(person, browsers);
      }),
      { numRuns: 15 },
    );
  });
});
