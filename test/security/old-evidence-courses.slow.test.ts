import { expect } from 'chai';
import fc from 'fast-check';
import { type Level, reaches } from '../../src/sign-in/levels.ts';
import { type Authenticator, createAuthenticator } from '../support/authenticator.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { passkeyOptions } from '../support/factors.ts';
import { auditTrail, type HandClient } from '../support/protocol.ts';
import { NEW_APP, NEW_PASSKEY, SECURITY, secretOn } from '../support/security-pages.ts';
import type { TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { HOURS, useOldEvidence } from './old-evidence.ts';

/** Old evidence changes no factor, whatever chance lets people do, in whatever order. */
describe('evidence that is old', function oldEvidence() {
  this.timeout(180_000);
  const scene = useOldEvidence();
  const { time, at, typePassword, typeCode, factorsOf } = scene;
  let server: TestServer;
  let client: HandClient;
  let strict: HandClient;
  before(() => {
    ({ server, client, strict } = scene);
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
      const {
        own: { totp: authenticators, passkey: passkeys },
      } = await server.app.lifecycle.ownFactors.of(scene.person.id);
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
        await fixture(
          server.app.database,
          'update totp_authenticators set last_step = 0 where account_id = $1',
          [scene.person.id],
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
          scene.person = await server.addAccount();
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
            const held = await server.app.lifecycle.ownFactors.of(scene.person.id);
            const trail = (await auditTrail(server)).length;
            const browser = 'who' in act ? (browsers[act.who] as Browser) : undefined;
            const upTo = browser?.shown.length ?? 0;
            await take(act, browsers, turn);
            const changed = (await auditTrail(server)).slice(trail).filter(({ type }) => CHANGED.has(type));
            if (changed.length === 0) continue;
            changes += 1;
            const beside = held.own.totp.length + held.own.passkey.length > 0;
            const addsKey = changed.some(
              ({ type, details }) => type === 'factor.added' && details.kind === 'passkey',
            );
            const level = addsKey && held.own.passkey.length > 0 ? 'phr' : beside ? 'aal2' : 'aal1';
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
