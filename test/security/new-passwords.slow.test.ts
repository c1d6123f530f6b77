import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { en } from '../../src/http/words.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { FORM_SETTINGS } from './posted-factor-forms.ts';
import { type OpenForm, type PostedForm, postedForms } from './posted-forms.ts';

/** Every form in which somebody chooses a password: set, changed, reset, demanded. At the terminal: flows/users-command. */
const CHOOSING = {
  'set up the first administrator': 'password',
  'accept an invitation': 'password',
  'choose a new password': 'password',
  'change the password': 'new_password',
  'change a password on demand': 'new_password',
} as const;
type Choosing = keyof typeof CHOOSING;
/** Where there is a password already, which may not come again. */
const HAS_ONE = new Set<Choosing>([
  'choose a new password',
  'change the password',
  'change a password on demand',
]);

const { problem } = en.password;
/** What is refused for the last word of its reason, which the page has to say. */
const REFUSED: readonly [what: string, password: string, reason: string][] = [
  ['too short', 'seven pigs', problem.too_short],
  ['too long', 'several unrelated words '.repeat(12), problem.too_long],
  ['one character', 'zzzzzzzzzzzzzz', problem.single_character],
  ['common', 'passwordpassword', problem.blocklisted],
  ['of the product', 'lantern gatehouse otters', problem.contains_identity],
  ['easily guessed', 'abcabcabcabcabc', problem.too_weak],
];

const around = (words: string) => String(words.split('{{')[0]);

describe('line 6: a bad password is refused with the reason, wherever it is chosen', function choosing() {
  this.timeout(60_000);
  let server: TestServer;
  let forms: Record<string, PostedForm>;
  before(async () => {
    server = await startTestServer({ settings: FORM_SETTINGS });
    const thirdParty = await server.addClient({ ...WEB_CLIENT, first_party: false });
    const own = await server.addClient(WEB_CLIENT);
    forms = postedForms(
      () => server,
      () => ({ own, thirdParty }),
    );
  });
  after(() => server.stop());

  const open = (name: string): Promise<OpenForm> => (forms[name] as PostedForm).open();

  it('no form with a new password is left out', async () => {
    const found: string[] = [];
    for (const name of Object.keys(forms)) {
      const { page } = await open(name);
      if (page.body.includes('autocomplete="new-password"')) found.push(name);
    }
    expect(found.sort()).to.deep.equal(Object.keys(CHOOSING).sort());
  });

  for (const name of Object.keys(CHOOSING) as Choosing[]) {
    it(`to ${name}`, async () => {
      const { agent, action, fields, happened } = await open(name);
      const [account] = await server.app.database.query<{ name: string; email: string }>(
        'select name, email from accounts order by created_at desc limit 1',
      );
      const person = name === 'set up the first administrator' ? fields : account;
      const refused = [
        ...REFUSED,
        ['with the name', `marble ${person?.name} quietly`, problem.contains_identity],
        ['with the address', `marble ${person?.email?.split('@')[0]} quietly`, problem.contains_identity],
        ...(HAS_ONE.has(name) ? [['had before', 'correct horse battery staple', problem.reused]] : []),
      ] as const;
      for (const [what, password, reason] of refused) {
        const answer = await agent.post(action, { ...fields, [CHOOSING[name]]: password });
        expect(answer.status, what).to.equal(400);
        expect(answer.body, what).to.include(around(String(reason)));
        expect(answer.body, what).to.not.include(password);
        expect(await happened(), what).to.equal(false);
      }
      expect((await agent.post(action, fields)).status, 'a good one').to.equal(303);
      expect(await happened()).to.equal(true);
    });
  }
});

describe('line 9: nothing hinders paste, autofill or a look at what was typed', function typing() {
  this.timeout(60_000);
  const VIEWS = new URL('../../views/', import.meta.url);
  let server: TestServer;
  let forms: Record<string, PostedForm>;
  before(async () => {
    server = await startTestServer({ settings: FORM_SETTINGS });
    const thirdParty = await server.addClient({ ...WEB_CLIENT, first_party: false });
    const own = await server.addClient(WEB_CLIENT);
    forms = postedForms(
      () => server,
      () => ({ own, thirdParty }),
    );
  });
  after(() => server.stop());

  const kindsOf = (field = '') => {
    if (field === 'current_password') return ['current-password'];
    if (field.includes('password')) return ['current-password', 'new-password'];
    // Browsers offer passkeys in the field of the address.
    return ['username', 'username webauthn', 'email'];
  };
  const attribute = (input: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1];

  it('on any page with a form', async () => {
    let passwords = 0;
    for (const [name, form] of Object.entries(forms)) {
      const { page } = await form.open();
      for (const [input] of page.body.matchAll(/<input\b[^>]*>/g)) {
        const field = attribute(input, 'name');
        if (!/^(?:identifier|email|\w*password)$/.test(field ?? '')) continue;
        expect(attribute(input, 'autocomplete'), `${name}: ${field}`).to.be.oneOf(kindsOf(field));
        if (!field?.includes('password')) continue;
        passwords += 1;
        expect(input, name).not.to.match(/maxlength|readonly|inputmode/i);
        expect(attribute(input, 'type'), `${name}: ${field}`).to.equal('password');
        expect(page.body, name).to.contain(`data-reveal="${attribute(input, 'id')}"`);
      }
    }
    expect(passwords).to.be.at.least(7);
  });

  it('in any script or view', async () => {
    for (const entry of await readdir(VIEWS, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(?:js|ejs)$/.test(entry.name)) continue;
      const source = await readFile(join(entry.parentPath, entry.name), 'utf8');
      expect(source, entry.name).not.to.match(
        /addEventListener\(\s*['"](?:paste|copy|cut|contextmenu|beforeinput)['"]/,
      );
      expect(source, entry.name).not.to.match(/\son(?:paste|copy|cut|contextmenu|beforeinput)\s*=/i);
    }
  });
});

describe('the least age of a password, where one is configured', function leastAge() {
  this.timeout(60_000);

  it('keeps its owner from changing it at will, and neither a reset nor a demand', async () => {
    const server = await startTestServer({ settings: { PASSWORD_MIN_AGE_HOURS: '24' } });
    try {
      const own = await server.addClient(WEB_CLIENT);
      const forms = postedForms(
        () => server,
        () => ({ own, thirdParty: own }),
      );
      const young = await (forms['change the password'] as PostedForm).open();
      const refused = await young.agent.post(young.action, young.fields);
      expect(refused.status).to.equal(400);
      expect(refused.body).to.include('changed a short while ago and may be changed again from');
      expect(await young.happened()).to.equal(false);
      await fixture(
        server.app.database,
        `update accounts set password_changed_at = now() - interval '24 hours 1 second'`,
      );
      const page = await young.agent.get(young.action);
      expect((await young.agent.submit(page, young.fields, '/account/password')).status).to.equal(303);
      for (const name of ['choose a new password', 'change a password on demand']) {
        const form = await (forms[name] as PostedForm).open();
        expect((await form.agent.post(form.action, form.fields)).status, name).to.equal(303);
        expect(await form.happened(), name).to.equal(true);
      }
    } finally {
      await server.stop();
    }
  });
});
