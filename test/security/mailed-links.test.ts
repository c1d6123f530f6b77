import { expect } from 'chai';
import { sha256 } from '../../src/kernel/crypto.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { type OpenForm, postedForms } from './posted-forms.ts';

/** The forms that a mailed link opens. `bound` are void as soon as the account is not as it was. */
const LINKS: Record<string, { bound: boolean }> = {
  'choose a new password': { bound: true },
  'accept an invitation': { bound: true },
  'confirm an address': { bound: true },
  'say "this wasn’t me"': { bound: false },
  // The one that outlives changes: they are in the hands of whoever has the account now.
  'take an address back': { bound: false },
};

describe('mailed links', function mailedLinks() {
  this.timeout(60_000);
  let server: TestServer;
  let applications: { own: Record<string, string>; thirdParty: Record<string, string> };
  before(async () => {
    server = await startTestServer();
    applications = {
      own: await server.addClient(WEB_CLIENT),
      thirdParty: await server.addClient({ ...WEB_CLIENT, first_party: false }),
    };
  });
  after(() => server.stop());

  const forms = postedForms(
    () => server,
    () => applications,
  );
  const open = async (name: string): Promise<OpenForm & { link: string; token: string }> => {
    const form = await (forms[name] as (typeof forms)[string]).open();
    const token = String(new URL(form.page.url).searchParams.get('token'));
    return { ...form, link: form.page.url, token };
  };
  const accountOf = async (token: string): Promise<string> => {
    const [row] = await server.app.database.query<{ account_id: string }>(
      'select account_id from one_time_links where token_hash = $1',
      [sha256(token)],
    );
    return String(row?.account_id);
  };
  /** Everything that is kept, but for what waits to be mailed. */
  const everything = async () => {
    const tables = ['accounts', 'one_time_links', 'oidc_artifacts', 'audit_events', 'known_devices'];
    const kept = tables.map((table) => server.app.database.query(`select * from ${table} as t order by t`));
    return JSON.stringify(await Promise.all(kept));
  };
  const submit = ({ action, fields }: OpenForm, agent = new UserAgent()) => agent.post(action, fields);
  /** Neither the link nor a form that was opened in time does anything. */
  async function isDead(form: OpenForm & { link: string }, why: string): Promise<void> {
    expect((await new UserAgent().get(form.link)).status, why).to.equal(410);
    expect((await submit(form)).status, why).to.equal(410);
  }

  for (const [name, { bound }] of Object.entries(LINKS)) {
    describe(`to ${name}`, () => {
      it('line 16: do nothing when they are opened, as often as a mail scanner likes', async () => {
        const form = await open(name);
        const before = await everything();
        for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS']) {
          await fetch(form.link, { method, redirect: 'manual' });
        }
        expect(await everything()).to.equal(before);
        expect((await submit(form)).status).to.equal(303);
        expect(await form.happened()).to.equal(true);
      });

      it('line 16: work once, also for 20 at the same time', async () => {
        const form = await open(name);
        const answers = await Promise.all(Array.from({ length: 20 }, () => submit(form)));
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([
          303,
          ...Array<number>(19).fill(410),
        ]);
        await isDead(form, 'used');
      });

      it('line 16: end with their time', async () => {
        const form = await open(name);
        await fixture(
          server.app.database,
          `update one_time_links set expires_at = now() - interval '1 second' where token_hash = $1`,
          [sha256(form.token)],
        );
        await isDead(form, 'too old');
        expect(await form.happened()).to.equal(false);
      });

      it('line 16: open what they are for and nothing else', async () => {
        const { link, token } = await open(name);
        for (const path of [
          '/reset',
          '/invitation',
          '/verify-address',
          '/secure',
          '/secure/address',
          '/setup',
        ]) {
          if (new URL(link).pathname === path) continue;
          const other = await new UserAgent().get(`${server.issuer}${path}?token=${token}`);
          expect(other.status, path).to.equal(410);
        }
      });

      it('line 16: are for an account that is active', async () => {
        const form = await open(name);
        const {
          database,
          accounts: { store: accounts },
        } = server.app;
        await accounts.setStatus(fixtures(database), await accountOf(form.token), 'disabled');
        await isDead(form, 'disabled');
        expect(await form.happened()).to.equal(false);
      });

      if (bound) {
        it('line 16: are void once the account has another password or address, however it came to it', async () => {
          for (const change of [`password_changed_at = '2020-01-01'`, `email = 'another-' || email`]) {
            const form = await open(name);
            await fixture(server.app.database, `update accounts set ${change} where id = $1`, [
              await accountOf(form.token),
            ]);
            await isDead(form, change);
            expect(await form.happened()).to.equal(false);
          }
        });
      }

      it('line 44: sign nobody in', async () => {
        const form = await open(name);
        const agent = new UserAgent();
        await agent.follow(await submit(form, agent));
        expect(await form.happened()).to.equal(true);
        const cookies = (await agent.jar.getCookies(server.issuer)).map(({ key }) => key);
        expect(cookies.filter((key) => key.includes('session'))).to.deep.equal([]);
        expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
      });

      it('line 43: are told to nobody: no referrer, no cache, and only a digest in the database', async () => {
        const form = await open(name);
        const kept = await everything();
        expect(kept).to.not.include(form.token);
        const opened = await new UserAgent().get(form.link);
        await submit(form);
        for (const page of [opened, await new UserAgent().get(form.link)]) {
          expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
          expect(page.headers.get('cache-control')).to.include('no-store');
          expect(page.body).to.not.match(/(?:src|href)="https?:\/\/(?!localhost)/u);
        }
      });
    });
  }

  describe('line 16: are all dead once a password was chosen or the account made safe, but for the way back to an address', () => {
    const CHANGES = [
      'choose a new password',
      'change the password',
      'change a password on demand',
      'say "this wasn’t me"',
    ];
    for (const name of CHANGES) {
      it(`to ${name}`, async () => {
        const form = await open(name);
        const [account] = await server.app.database.query<{ id: string }>(
          'select id from accounts order by created_at desc limit 1',
        );
        const {
          database,
          accounts: { links },
        } = server.app;
        const issue = async (purpose: string) =>
          (
            await links.issue(database, {
              purpose,
              accountId: String(account?.id),
              lifetimeSeconds: 600,
              payload: {},
            })
          ).token;
        const purposes = ['password-reset', 'invitation', 'verify-address', 'not-me', 'former-address'];
        const tokens = await Promise.all(purposes.map(issue));
        expect((await submit(form, form.agent)).status).to.equal(303);
        expect(await form.happened()).to.equal(true);
        const left = await Promise.all(
          purposes.map(async (purpose, index) => [purpose, await links.peek(purpose, String(tokens[index]))]),
        );
        expect(left.flatMap(([purpose, link]) => (link === undefined ? [] : [purpose]))).to.deep.equal([
          'former-address',
        ]);
      });
    }
  });
});
