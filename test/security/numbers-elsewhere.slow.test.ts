import { expect } from 'chai';
import { WEB_CLIENT } from '../support/relying-party.ts';
import type { TestServer } from '../support/server.ts';
import type { UserAgent } from '../support/user-agent.ts';
import { NUMBERS, useHarmlessServer } from './numbers.ts';
import { type PostedForm, postedForms } from './posted-forms.ts';
import { type Client, isAlive, raw } from './support.ts';

/** Whatever number comes in an address, a header, a length or a field of a form: none is answered with a fault. */
describe('line 62: numbers from outside', function numbers() {
  this.timeout(120_000);
  const harmless = useHarmlessServer();
  const { mustBeHarmless, send } = harmless;
  let server: TestServer;
  let client: Client;
  let signedIn: UserAgent;
  before(() => {
    ({ server, client, signedIn } = harmless);
  });

  it('as a part of an address', async () => {
    const paths = [
      '/sign-in/',
      '/authorize/',
      '/status-lists/',
      '/account/security/authenticators/',
      '/account/security/authenticators/new/',
      '/account/security/passkeys/',
    ];
    for (const path of paths) {
      for (const value of NUMBERS) {
        const page = await signedIn.open(`${server.issuer}${path}${encodeURIComponent(value)}`);
        await mustBeHarmless(`${path}${value}`, page);
      }
    }
  });

  it('as the place where a page of activities begins', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const cursors = NUMBERS.flatMap((value) => [
      `${value}.${id}`,
      value,
      `${value}.${value}`,
      `1795429200000000.${value}`,
    ]);
    for (const before of [...cursors, `${'9'.repeat(17)}.ffffffff-ffff-ffff-ffff-ffffffffffff`]) {
      const page = await signedIn.get(
        `${server.issuer}/account/activity?before=${encodeURIComponent(before)}`,
      );
      expect(page.status, before).to.equal(200);
    }
  });

  it('in cookies and headers', async () => {
    const names = [
      'cookie',
      'if-none-match',
      'if-modified-since',
      'range',
      'x-forwarded-for',
      'x-forwarded-port',
      'forwarded',
      'accept-language',
      'accept',
      'keep-alive',
      'max-forwards',
      'content-length',
    ];
    const cookies = [
      'gatehouse_session',
      'gatehouse_device',
      'gatehouse_form',
      'gatehouse_codes',
      'gatehouse_interaction',
    ];
    const written = NUMBERS.filter((value) => /^[\x20-\x7e]{1,60}$/.test(value));
    for (const value of written) {
      for (const name of names) {
        const text =
          name === 'cookie'
            ? cookies.map((cookie) => `${cookie}=${value}; ${cookie}.sig=${value}`).join('; ')
            : value;
        const answer = await raw(
          server,
          `GET /account HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${name}: ${text}\r\n\r\n`,
          1_500,
        );
        expect(answer.text, `${name}: ${text}`).to.match(/^HTTP\/1\.1 [234]|^$/u);
      }
    }
  });

  it('as the length of a body', async () => {
    for (const length of [
      '-1',
      '0',
      '1',
      '1e3',
      '4294967297',
      '9007199254740993',
      '99999999999999999999',
      '0x10',
      '1.5',
      '3, 3',
    ]) {
      for (const path of ['/token', '/par', '/forgot', '/session/activity']) {
        const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
        const whole = await raw(server, `${head}Content-Length: ${length}\r\n\r\na=1`, 300);
        expect(whole.text, `${path} ${length}`).to.match(/^HTTP\/1\.1 [234]|^$/u);
        const chunk = await raw(
          server,
          `${head}Transfer-Encoding: chunked\r\n\r\n${length}\r\na=1\r\n0\r\n\r\n`,
          300,
        );
        expect(chunk.text, `${path} chunk ${length}`).to.match(/^HTTP\/1\.1 [234]|^$/u);
      }
    }
    const many = Array.from({ length: 6_000 }, (_, index) => `f${index}=1`).join('&');
    for (const path of ['/token', '/par', '/forgot']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      await mustBeHarmless(`${path}, many fields`, await send(path, { method: 'POST', body: many, headers }));
    }
  });

  describe('in a field of a form', () => {
    let thirdParty: Client;
    before(async () => {
      thirdParty = await server.addClient({ ...WEB_CLIENT, first_party: false });
    });
    const forms = postedForms(
      () => server,
      () => ({ own: client, thirdParty }),
    );
    for (const [what, posted] of Object.entries(forms)) {
      it(what, async () => {
        const { agent, action, fields } = await (posted as PostedForm).open();
        for (const name of Object.keys(fields).filter((each) => each !== 'csrf' && each !== 'xsrf')) {
          for (const value of [
            '-1',
            '1.5',
            '1e300',
            '2147483648',
            '9223372036854775808',
            '9'.repeat(400),
            '{"id":1e999}',
            '[1e400]',
          ]) {
            await mustBeHarmless(
              `${action} ${name}=${value}`,
              await agent.post(action, { ...fields, [name]: value }),
            );
          }
        }
      });
    }
  });

  it('has not hurt the process', async () => {
    expect(await isAlive(server)).to.equal(true);
  });
});
