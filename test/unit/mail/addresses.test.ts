import { expect } from 'chai';
import fc from 'fast-check';
import { isEmail } from '../../../src/domain/accounts/policy.ts';
import {
  greetedName,
  headerName,
  isAddress,
  mailboxOf,
  maskedAddress,
  parseMailbox,
  senderOf,
} from '../../../src/domain/mail/addresses.ts';
import { deviceOf } from '../../../src/domain/mail/device.ts';
import { parseMail, recipientOf } from '../../../src/domain/mail/mails.ts';

const anything = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'a@.<>,;:"\r\n \0\u2028') }),
);

describe('addresses of mails', () => {
  it('are one address and nothing else', () => {
    for (const good of [
      'a@example.org',
      'jörg@bücher.example',
      "o'brien+tag@x.example",
      '山田@例え.テスト',
    ]) {
      expect(isAddress(good), good).to.equal(true);
    }
    for (const bad of [
      '',
      'a',
      '@',
      'a@',
      'a@b@c',
      'a b@c',
      'a@b,c@d',
      '<a@b>',
      'a@b\n',
      '"a"@b',
      'a@b;c',
      `${'x'.repeat(250)}@b.cd`,
    ]) {
      expect(isAddress(bad), bad).to.equal(false);
      expect(() => mailboxOf(bad), bad).to.throw();
    }
    fc.assert(
      fc.property(anything, (text) => {
        if (isAddress(text)) expect(text).not.to.match(/[\s\p{C}<>,;"]/u);
      }),
    );
  });

  it('can be those of every account', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.emailAddress()), (text) => !isEmail(text) || isAddress(text)),
    );
  });

  it('have names that cannot end a header, hide, or fill a screen', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const name = headerName(text);
        expect(name).not.to.match(/[\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u202A-\u202E\u2066-\u2069]/u);
        expect(Array.from(name).length).to.be.at.most(80);
        expect(name).to.equal(name.trim());
      }),
    );
    expect(headerName(' Pat\r\n\tPerson ')).to.equal('Pat Person');
    expect(mailboxOf('a@example.org', '\u202E')).to.deep.equal({ address: 'a@example.org' });
  });

  it('are read as the configuration writes them', () => {
    expect(parseMailbox('a@example.org')).to.deep.equal({ address: 'a@example.org' });
    expect(parseMailbox('Example, Hospital <a@example.org>')).to.deep.equal({
      name: 'Example, Hospital',
      address: 'a@example.org',
    });
    expect(() => parseMailbox('nobody')).to.throw();
  });

  it('of the sender follow the issuer where none is configured', () => {
    expect(senderOf({}, 'Clinic', 'http://localhost:3000')).to.deep.equal({
      from: { name: 'Clinic', address: 'no-reply@localhost' },
      domain: 'localhost',
    });
    expect(senderOf({}, 'Clinic', 'http://[::1]:3000').domain).to.equal('localhost');
    expect(
      senderOf(
        { from: 'a@example.org', replyTo: 'Desk <b@example.org>' },
        'Clinic',
        'https://id.example.org',
      ),
    ).to.deep.equal({
      from: { address: 'a@example.org' },
      replyTo: { name: 'Desk', address: 'b@example.org' },
      domain: 'id.example.org',
    });
  });

  it('are masked so that only their owner knows them again', () => {
    expect(
      ['alex.rivera@x.org', 'abcd@x.org', 'abc@x.org', 'a@x.org', 'none'].map(maskedAddress),
    ).to.deep.equal(['a***a@x.org', 'a***d@x.org', 'a***@x.org', 'a***@x.org', '***none']);
  });

  it('are greeted by names that no mail program makes a link of', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const name = greetedName(text);
        if (name !== undefined) expect(name).not.to.match(/[/\\@:]|\S\.\S/u);
      }),
    );
  });
});

describe('a device in words', () => {
  const cases: [string | undefined, string | undefined, string | undefined][] = [
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge',
      'Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      'Safari',
      'Mac',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile Safari/604.1',
      'Chrome',
      'iPhone',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
    [
      'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36',
      'Samsung Internet',
      'Android',
    ],
    ['curl/8.5.0', undefined, undefined],
    ['You won! Visit evil.example', undefined, undefined],
    ['', undefined, undefined],
    [undefined, undefined, undefined],
  ];
  for (const [userAgent, browser, system] of cases) {
    it(`is ${browser ?? 'nothing'} on ${system ?? 'nothing'}`, () => {
      const device = deviceOf(userAgent);
      expect([device.browser, device.system]).to.deep.equal([browser, system]);
    });
  }
});

describe('a mail to be written', () => {
  const to = recipientOf({
    id: '0190a6c2-5f4e-7000-8000-000000000001',
    email: 'a@example.org',
    name: 'A',
    locale: 'es',
    zoneinfo: 'Europe/Madrid',
  });
  const code = (mail: { kind: string; to: unknown; model: unknown }) => {
    try {
      parseMail(mail);
      return undefined;
    } catch (error) {
      return [(error as { code: string }).code, (error as Error).message] as const;
    }
  };

  it('is the same after it was kept as JSON', () => {
    const mail = {
      kind: 'password-expires',
      to,
      model: { link: 'https://x.example/', daysLeft: 1, expiresAt: new Date(0) },
    } as const;
    expect(parseMail(JSON.parse(JSON.stringify(mail)))).to.deep.equal(parseMail(mail));
    expect(parseMail(mail).to).to.deep.equal({
      accountId: to.accountId,
      address: 'a@example.org',
      name: 'A',
      locale: 'es',
      zone: 'Europe/Madrid',
    });
  });

  it('is refused without its content when something is missing, wrong or unknown', () => {
    const at = new Date();
    expect(code({ kind: 'new-device', to, model: { at } })).to.equal(undefined);
    for (const [mail, told] of [
      [{ kind: 'new-device', to: { address: 'a@b, c@d' }, model: { at } }, 'address'],
      [{ kind: 'new-device', to, model: {} }, 'at'],
      [{ kind: 'new-device', to, model: { at: new Date(Number.NaN) } }, 'at'],
      [{ kind: 'verify-address', to, model: { link: 'javascript:secret', expiresAt: at } }, 'link'],
      [{ kind: 'constructor', to, model: {} }, 'no such mail'],
    ] as const) {
      const [refusal, message] = code(mail) ?? [];
      expect(refusal).to.equal('mail_invalid');
      expect(message).to.include(told).and.not.include('secret').and.not.include('c@d');
    }
  });

  it('keeps no more than it needs of what a browser says', () => {
    const { model } = parseMail({
      kind: 'new-device',
      to,
      model: { at: new Date(), userAgent: 'x'.repeat(9_999), requestId: 'r' },
    });
    expect(model).to.have.property('userAgent').with.length(512);
    expect(model).not.to.have.property('requestId');
  });
});
