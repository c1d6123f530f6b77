import { expect } from 'chai';
import fc from 'fast-check';
import { type Level, reaches } from '../../src/sign-in/levels.ts';
import { type Authenticator, createAuthenticator } from '../support/authenticator.ts';
import { type App, addApp, addPasskey, addRecoveryCodes, passkeyOptions } from '../support/factors.ts';
import { auditTrail, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { NEW_APP, NEW_PASSKEY, SECURITY, secretOn, textOf } from '../support/security-pages.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const HOURS = 2 * 3_600;

/** Lines 26 and 30: on no path is old evidence enough to change how somebody signs in. */
describe('evidence that is old', function oldEvidence() {
  this.timeout(180_000);
  const time = useTravel();
  let server: TestServer;
  let client: HandClient;
  let strict: HandClient;
  let person: Person & { name: string };
  before(async () => {
    server = await startTestServer({
      settings: {
        SESSION_TIMEOUT_MINUTES: '1440',
        SESSION_WARNING_MINUTES: '1439',
        SESSION_ABSOLUTE_SECONDS: '86400',
      },
      replace: { clock: time.clock },
    });
    const metadata = { ...WEB_CLIENT, first_party: true };
    client = handClient(server.issuer, await server.addClient(metadata));
    strict = handClient(server.issuer, await server.addClient({ ...metadata, second_factor: 'required' }));
  });
  after(() => server.stop());
  beforeEach(async () => {
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const typePassword = async (agent: UserAgent, page: Page): Promise<Page> =>
    agent.follow(await agent.submit(page, { identifier: person.email, password: person.password }));
  const typeCode = async (agent: UserAgent, page: Page, code: string): Promise<Page> =>
    agent.follow(await agent.submit(page, { factor: 'totp', code }, '/factor'));

  async function signedIn(app?: App): Promise<UserAgent> {
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(at('/account')));
    if (app !== undefined) await typeCode(agent, page, await app.fresh());
    expect((await agent.get(at('/account'))).status).to.equal(200);
    return agent;
  }

  const asks = ({ forms }: Page): string =>
    forms.some(({ fields }) => 'password' in fields)
      ? 'password'
      : (forms.find(({ fields }) => 'factor' in fields)?.fields.factor ?? 'nothing');

  const factorsOf = async () => {
    const { authenticators, passkeys } = await server.app.lifecycle.ownFactors.of(person.id);
    return authenticators.length + passkeys.length;
  };

  /** Everything that somebody with nothing but the cookies could post to set up a factor in a sign-in. */
  async function forceSetUp(agent: UserAgent, page: Page): Promise<void> {
    const [, uid = ''] = /\/sign-in\/([\w-]+)/.exec(page.url) ?? [];
    const csrf = String(page.forms[0]?.fields.csrf);
    const path = at(`/sign-in/${uid}/enrol`);
    const begun = await agent.post(`${path}/totp`, { csrf });
    const shown = begun.location === undefined ? begun : await agent.follow(begun);
    await agent.post(`${path}/totp/confirm?setup=${crypto.randomUUID()}`, {
      csrf,
      code: '123456',
      name: 'Mine',
    });
    expect(secretOn(shown)).to.equal('');
    const options = await agent.post(`${path}/passkey/options`, { csrf });
    expect(options.body).to.not.include('"challenge"');
    await agent.get(`${path}/passkey`);
    expect(await factorsOf()).to.equal(0);
  }

  for (const [name, open] of [
    ['acr_values=phr', () => client.authorizeUrl({ acr_values: 'phr' })],
    ['acr_values=aal2', () => client.authorizeUrl({ acr_values: 'aal2' })],
    [
      'an essential acr',
      () => client.authorizeUrl({ claims: '{"id_token":{"acr":{"essential":true,"value":"phr"}}}' }),
    ],
    ['a client that requires a second factor', () => strict.authorizeUrl()],
  ] as const) {
    it(`line 30: two hours after the sign-in, ${name} asks for the password before a factor is set up`, async () => {
      const agent = await signedIn();
      time.pass(HOURS);
      const asked = await agent.open(open());
      expect(asks(asked)).to.equal('password');
      await forceSetUp(agent, asked);
      const proven = await typePassword(agent, asked);
      expect(proven.body, 'after it the way is open').to.match(/\/enrol\/(totp|passkey)/);
    });
  }

  it('line 30: from an old session with a code, a passkey asks for the password and a code', async () => {
    const app = await addApp(server, person);
    const agent = await signedIn(app);
    time.pass(HOURS);
    const asked = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
    expect(asks(asked)).to.equal('password');
    const proven = await typePassword(agent, asked);
    expect(asks(proven)).to.equal('totp');
    expect((await typeCode(agent, proven, await app.fresh())).body).to.include('/enrol/passkey');
  });

  it('line 26: a set-up that began in time may be completed for 900 seconds, once, and not later', async () => {
    for (const [wait, made] of [
      [899, 1],
      [902, 0],
    ] as const) {
      person = await server.addAccount();
      const agent = await signedIn();
      time.pass(290);
      const page = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
      const shown = await agent.open(`${page.url}/enrol/passkey`);
      const key = createAuthenticator({ origin: server.issuer, verifies: true });
      time.pass(wait);
      const options = await passkeyOptions(agent, shown).catch(() => undefined);
      expect(options === undefined, `options after ${wait} s`).to.equal(made === 0);
      const response = options === undefined ? '{}' : JSON.stringify(key.create(options as never));
      await agent.submit(shown, { name: 'Mine', response });
      expect(await factorsOf(), `${wait} s`).to.equal(made);
      const state = await agent.open(page.url);
      expect(textOf(state).includes('recovery codes'), 'and its codes are shown').to.equal(made === 1);
    }
  });

  it('line 25: codes that came with a factor are made anew only while its set-up may take', async () => {
    const agent = await signedIn();
    const page = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
    const shown = await agent.open(`${page.url}/enrol/passkey`);
    const key = createAuthenticator({ origin: server.issuer, verifies: true });
    const response = JSON.stringify(key.create((await passkeyOptions(agent, shown)) as never));
    const codes = await agent.follow(await agent.submit(shown, { name: 'Mine', response }));
    expect(codes.body).to.include('<ol class="codes"');
    const again = await agent.open(codes.url);
    const { createdAt } = await server.app.factors.recoveryCodes.remaining(person.id);
    time.pass(1_000);
    await agent.submit(again, {}, '/codes/new');
    expect((await server.app.factors.recoveryCodes.remaining(person.id)).createdAt).to.deep.equal(createdAt);
    const late = await agent.open(codes.url);
    expect(late.forms.some(({ action }) => action.endsWith('/codes/new'))).to.equal(false);
    expect(textOf(late)).to.include('on your account page');
    expect((await agent.follow(await agent.submit(late, {}, '/codes/stored'))).location).to.include('code=');
  });

  it('line 8: the page of a password that has to be changed, left open, sets none', async () => {
    await server.app.database.query('update accounts set password_must_change = true where id = $1', [
      person.id,
    ]);
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(client.authorizeUrl()));
    expect(page.body).to.include('new_password');
    time.pass(1_000);
    const late = await agent.follow(
      await agent.submit(page, { new_password: 'seven quiet lanterns burning' }, '/password'),
    );
    expect(asks(late)).to.equal('password');
    const again = await typePassword(agent, late);
    const done = await agent.follow(
      await agent.submit(again, { new_password: 'seven quiet lanterns burning' }, '/password'),
    );
    expect(done.location).to.include('code=');
  });

  it('line 37: evidence of a session that has ended is none, however young', async () => {
    const agent = await signedIn();
    const page = await agent.open(client.authorizeUrl({ acr_values: 'aal2' }));
    expect(page.body).to.include('/enrol/totp');
    const {
      database,
      lifecycle: { access },
    } = server.app;
    await database.transaction((tx) => access.endAll(tx, person.id, 'ended_by_person', { actor: person.id }));
    expect((await agent.open(page.url)).status, 'it is over').to.equal(400);
    await forceSetUp(agent, page);
  });

  it('line 37: so is what was carried over from it and added to', async () => {
    const agent = await signedIn();
    const app = await addApp(server, person);
    const asked = await agent.open(client.authorizeUrl({ acr_values: 'phr' }));
    const proven = await typeCode(agent, asked, await app.fresh());
    expect(proven.body).to.include('/enrol/passkey');
    const {
      database,
      lifecycle: { access },
    } = server.app;
    await database.transaction((tx) => access.endAll(tx, person.id, 'ended_by_person', { actor: person.id }));
    expect((await agent.open(proven.url)).status, 'it is over').to.equal(400);
    await agent.get(`${proven.url}/enrol/passkey`);
    const csrf = String(proven.forms[0]?.fields.csrf);
    expect((await agent.post(`${proven.url}/enrol/passkey/options`, { csrf })).body).to.not.include(
      '"challenge"',
    );
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
      await addApp(server, person).then(async (app) => {
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
      const elsewhere = String((await agent.open(at(SECURITY))).forms[0]?.fields.csrf);
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
      const app = await addApp(server, person);
      const agent = await signedIn(app);
      const page = await agent.open(at(`${SECURITY}/recovery-codes`));
      time.pass(600);
      expect((await agent.submit(page, {}, '/recovery-codes')).location).to.include('/recovery-codes/new');
      expect((await agent.submit(page, {}, '/recovery-codes')).location).to.include('/authorize?');
    });

    it('line 26: of 50 forms that are posted at the same moment, on old evidence, one makes a change', async () => {
      const app = await addApp(server, person);
      const rest = 4;
      for (let count = 0; count < rest; count += 1) await addApp(server, person);
      const agent = await signedIn(app);
      const { authenticators } = await server.app.lifecycle.ownFactors.of(person.id);
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
      const left = await server.app.lifecycle.ownFactors.of(person.id);
      const gone = authenticators.length - left.authenticators.length;
      expect(gone + (left.codes.createdAt === undefined ? 0 : 1)).to.equal(1);
    });

    it('line 26: any session sees kinds and counts; names, dates and ids are for who has confirmed', async () => {
      const app = await addApp(server, person);
      await addPasskey(server, person);
      await addRecoveryCodes(server, person);
      const {
        database,
        lifecycle: { ownFactors },
      } = server.app;
      await database.query(`update totp_authenticators set name = 'Secret phone' where account_id = $1`, [
        person.id,
      ]);
      await database.query(`update passkeys set name = 'Hidden key' where account_id = $1`, [person.id]);
      const agent = await signedIn(app);
      const detailed = await agent.open(at(SECURITY));
      expect(textOf(detailed)).to.include('Secret phone').and.include('Hidden key');
      time.pass(301);
      const { authenticators, passkeys } = await ownFactors.of(person.id);
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

  describe('whatever is done in whatever order, at two browsers', () => {
    type Act =
      | { readonly do: 'wait'; readonly seconds: number }
      | { readonly do: 'open'; readonly who: number; readonly what: number; readonly proves: number }
      | { readonly do: 'make'; readonly who: number; readonly after: number }
      | { readonly do: 'prove' | 'set-up' | 'finish' | 'post' | 'earlier' | 'anew'; readonly who: number };

    interface Browser {
      agent: UserAgent;
      page: Page | undefined;
      readonly pages: Page[];
      /** What was shown here, and when. */
      readonly shown: { readonly level: Level; readonly at: number }[];
      /** Every moment at which something was asked of the server here. */
      readonly moments: number[];
    }

    const who = fc.nat({ max: 1 });
    const acts = fc.array(
      fc.oneof(
        {
          weight: 7,
          arbitrary: fc.record({
            do: fc.constant('wait' as const),
            seconds: fc.constantFrom(150, 290, 301, 600, 901, HOURS),
          }),
        },
        {
          weight: 7,
          arbitrary: fc.record({
            do: fc.constant('open' as const),
            who,
            what: fc.nat({ max: 7 }),
            proves: fc.constantFrom(0, 3, 4),
          }),
        },
        {
          weight: 7,
          arbitrary: fc.record({
            do: fc.constant('make' as const),
            who,
            after: fc.constantFrom(0, 0, 290, 880, 901),
          }),
        },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('prove' as const), who }) },
        {
          weight: 4,
          arbitrary: fc.record({ do: fc.constantFrom('set-up' as const, 'finish' as const), who }),
        },
        {
          weight: 5,
          arbitrary: fc.record({ do: fc.constantFrom('post' as const, 'earlier' as const), who }),
        },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('anew' as const), who }) },
      ) as fc.Arbitrary<Act>,
      { minLength: 12, maxLength: 30 },
    );

    /** Changes of factors by their person, and what they were made on. */
    const CHANGED = new Set(['factor.added', 'factor.renamed', 'factor.removed']);
    let changes = 0;
    /** By their challenge: a passkey that is being made, and those that are there. */
    const keys: Authenticator[] = [];
    const secrets: string[] = [];

    const seconds = () => Math.floor(time.now().getTime() / 1000);

    const addresses = async (what: number): Promise<string> => {
      const { authenticators, passkeys } = await server.app.lifecycle.ownFactors.of(person.id);
      const one = [
        ...authenticators.map(({ id }) => `${SECURITY}/authenticators/${id}`),
        ...passkeys.map(({ id }) => `${SECURITY}/passkeys/${id}`),
      ];
      return (
        [
          client.authorizeUrl({ acr_values: 'phr' }),
          client.authorizeUrl({ acr_values: 'aal2' }),
          strict.authorizeUrl(),
          at(NEW_APP),
          at(NEW_PASSKEY),
          at(`${SECURITY}/recovery-codes`),
          at(one.at(0) ?? SECURITY),
          at(one.at(-1) ?? SECURITY),
        ][what] ?? at(SECURITY)
      );
    };

    const fieldsWith = (page: Page, ...names: string[]) =>
      page.forms.find(({ fields }) => names.every((name) => name in fields));

    async function prove(browser: Browser, page: Page): Promise<Page> {
      const { agent, shown } = browser;
      if (fieldsWith(page, 'password') !== undefined) {
        shown.push({ level: 'aal1', at: seconds() });
        return typePassword(agent, page);
      }
      const factor = fieldsWith(page, 'factor')?.fields.factor;
      if (factor === 'totp') {
        await server.app.database.query(
          'update totp_authenticators set last_step = 0 where account_id = $1',
          [person.id],
        );
        shown.push({ level: 'aal2', at: seconds() });
        return typeCode(agent, page, totpCode(secrets.at(-1) ?? '', time.now()));
      }
      const key = keys.at(-1);
      if (factor === 'passkey' && key !== undefined) {
        const form = fieldsWith(page, 'response');
        const options = await passkeyOptions(agent, page).catch(() => undefined);
        if (form === undefined || options === undefined) return agent.open(page.url);
        const response = JSON.stringify(key.get(options));
        shown.push({ level: 'phr', at: seconds() });
        return agent.follow(await agent.post(form.action, { ...form.fields, response }));
      }
      const stored = page.forms.find(({ action }) => action.endsWith('/stored'));
      return stored === undefined ? page : agent.follow(await agent.post(stored.action, stored.fields));
    }

    async function beginSetUp(browser: Browser, page: Page, odd: boolean): Promise<Page> {
      const begin = page.forms.find(({ action }) => action.endsWith('/enrol/totp'));
      if (begin !== undefined && odd)
        return browser.agent.follow(await browser.agent.post(begin.action, begin.fields));
      const [, link] = /href="(\/sign-in\/[\w-]+\/enrol\/passkey)"/.exec(page.body) ?? [];
      return link === undefined ? page : browser.agent.open(at(link));
    }

    async function finishSetUp(browser: Browser, page: Page): Promise<Page> {
      const secret = secretOn(page);
      const before = await factorsOf();
      if (secret !== '') {
        const code = totpCode(secret, time.now());
        const done = await browser.agent.follow(await browser.agent.submit(page, { code, name: 'App' }));
        if ((await factorsOf()) > before) {
          secrets.push(secret);
          browser.shown.push({ level: 'aal2', at: seconds() });
        }
        return done;
      }
      if (!page.body.includes('data-passkey="create"')) return page;
      const key = createAuthenticator({ origin: server.issuer, verifies: true });
      const options = await passkeyOptions(browser.agent, page).catch(() => undefined);
      if (options === undefined) return page;
      const response = JSON.stringify(key.create(options as never));
      const done = await browser.agent.follow(await browser.agent.submit(page, { name: 'Key', response }));
      if ((await factorsOf()) > before) {
        keys.push(key);
        browser.shown.push({ level: 'phr', at: seconds() });
      }
      return done;
    }

    async function post(browser: Browser, page: Page, odd: boolean): Promise<Page> {
      const { agent } = browser;
      if (new URL(page.url).pathname === `${SECURITY}/recovery-codes`) {
        return agent.follow(await agent.submit(page, {}, '/recovery-codes'));
      }
      const name = fieldsWith(page, 'name');
      if (name === undefined || !page.url.includes(SECURITY)) return page;
      if (!odd) return agent.follow(await agent.post(name.action, { ...name.fields, name: `N${seconds()}` }));
      const remove = page.forms.find(({ action }) => action.endsWith('/remove'));
      if (remove === undefined) return page;
      const { end_others: _box, ...fields } = remove.fields;
      return agent.follow(await agent.post(remove.action, fields));
    }

    async function take(act: Act, browsers: Browser[], turn: number): Promise<void> {
      if (act.do === 'wait') return time.pass(act.seconds);
      const browser = browsers[act.who] as Browser;
      browser.moments.push(seconds());
      const { page, agent } = browser;
      const odd = turn % 2 === 1;
      if (act.do === 'anew') {
        browser.agent = new UserAgent();
        browser.page = undefined;
        return;
      }
      if (act.do === 'open') {
        browser.page = await agent.open(await addresses(act.what));
        for (let turns = 0; turns < act.proves; turns += 1) browser.page = await prove(browser, browser.page);
      }
      if (act.do === 'earlier') browser.page = browser.pages.at(-3) ?? page;
      if (page !== undefined) {
        if (act.do === 'prove') browser.page = await prove(browser, page);
        if (act.do === 'make') {
          browser.page = await beginSetUp(browser, page, odd);
          time.pass(act.after);
          browser.page = await finishSetUp(browser, browser.page);
        }
        if (act.do === 'set-up') browser.page = await beginSetUp(browser, page, odd);
        if (act.do === 'finish') browser.page = await finishSetUp(browser, page);
        if (act.do === 'post') browser.page = await post(browser, page, odd);
      }
      if (browser.page !== undefined && browser.page !== page) browser.pages.push(browser.page);
    }

    /** Some evidence of this level was shown here at most 300 s before a moment that is at most 900 s ago. */
    const wasProven = ({ shown, moments }: Browser, level: Level, upTo: number): boolean =>
      shown
        .slice(0, upTo)
        .some(
          (proof) =>
            reaches(proof.level, level) &&
            moments.some(
              (begun) => seconds() - begun <= 901 && begun >= proof.at - 1 && begun - proof.at <= 301,
            ),
        );

    it('no factor comes, changes or goes on evidence that was old when that began', async () => {
      await fc.assert(
        fc.asyncProperty(acts, async (course) => {
          person = await server.addAccount();
          keys.length = 0;
          secrets.length = 0;
          const browsers: Browser[] = [0, 1].map(() => ({
            agent: new UserAgent(),
            page: undefined,
            pages: [],
            shown: [],
            moments: [],
          }));
          for (const [turn, act] of course.entries()) {
            const held = await server.app.lifecycle.ownFactors.of(person.id);
            const trail = (await auditTrail(server)).length;
            const browser = 'who' in act ? (browsers[act.who] as Browser) : undefined;
            const upTo = browser?.shown.length ?? 0;
            await take(act, browsers, turn);
            const changed = (await auditTrail(server)).slice(trail).filter(({ type }) => CHANGED.has(type));
            if (changed.length === 0) continue;
            changes += 1;
            const beside = held.authenticators.length + held.passkeys.length > 0;
            const addsKey = changed.some(
              ({ type, details }) => type === 'factor.added' && details.kind === 'passkey',
            );
            const level = addsKey && held.passkeys.length > 0 ? 'phr' : beside ? 'aal2' : 'aal1';
            expect(
              browser !== undefined && wasProven(browser, level, upTo),
              JSON.stringify(changed),
            ).to.equal(true);
          }
        }),
        { numRuns: 25, seed: 20_261_129, endOnFailure: true },
      );
      expect(changes, 'factors changed at all').to.be.above(6);
    });
  });
});
