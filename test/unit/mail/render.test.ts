import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { en } from '../../../src/domain/mail/locales/en.ts';
import { es } from '../../../src/domain/mail/locales/es.ts';
import { mailKinds, type Recipient } from '../../../src/domain/mail/mails.ts';
import { createMailRenderer, type MailRenderer, type Presentation } from '../../../src/domain/mail/render.ts';
import { mailPresentation } from '../../../src/http/pages/mail-presentation.ts';
import { mailSamples, RECIPIENT } from '../../support/mail-samples.ts';
import { sampleBrand, viewsPath } from '../../support/page-server.ts';

const folder = join(viewsPath, 'mail');
const presentation = mailPresentation(sampleBrand, { strict: true });
const renderer = (over: Partial<Presentation> = {}, answered = false) =>
  createMailRenderer({ viewsPath: folder, presentation: { ...presentation, ...over }, answered });

type Tree = { readonly [key: string]: string | Tree };

const flatten = (tree: Tree, prefix = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[prefix + key, value] as [string, string]]
      : flatten(value, `${prefix}${key}.`),
  );

const hrefs = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);

describe('the mails', () => {
  let mails: MailRenderer;
  before(async () => {
    mails = await renderer();
  });

  for (const language of ['en', 'es']) {
    for (const { name, mail } of mailSamples({ ...RECIPIENT, locale: language })) {
      it(`read well: ${name} in ${language}`, () => {
        const { subject, text, html, language: spoken } = mails.render(mail);
        expect(spoken).to.equal(language);
        expect(html).to.include(`<html lang="${language}">`).and.include(`<title>${subject}</title>`);
        expect(subject).to.match(/^\S.{5,80}\S$/);
        for (const part of [subject, text, html]) {
          expect(part).not.to.match(/undefined|null|NaN|\[object|\{\{|\}\}|Invalid Date/);
        }
        for (const fact of [sampleBrand.name, sampleBrand.supportContact, RECIPIENT.address]) {
          expect(text).to.include(fact);
          expect(html).to.include(fact);
        }
        expect(text).to.match(
          language === 'en' ? /\n\nHello Dr\. Alex Rivera,\n\n/ : /\n\nHola, Dr\. Alex Rivera:\n\n/,
        );
        expect(text).not.to.match(/[ \t]\n|\n{3}|&\w+;|&#\d+;|<[a-z]/);
      });
    }
  }

  it('tell the same in text and HTML: every word and every link', () => {
    const words = (text: string) => text.replace(/[-=\s]+/g, ' ').trim();
    const entities: Record<string, string> = {
      '&#39;': "'",
      '&#34;': '"',
      '&amp;': '&',
      '&lt;': '<',
      '&gt;': '>',
    };
    for (const { name, mail } of mailSamples()) {
      const { text, html } = mails.render(mail);
      const body = html.slice(html.indexOf('<body'));
      const said = body
        .replace(/<[^>]*>/g, '\n')
        .replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity);
      for (const line of said.split('\n').filter((each) => each.trim() !== '')) {
        // Only there are buttons.
        if (line.startsWith('If the button')) continue;
        expect(words(text), name).to.include(words(line));
      }
      for (const href of hrefs(html)) expect(text, name).to.include(String(href).replace('mailto:', ''));
    }
  });

  it('load nothing from anywhere, run nothing and ask nothing', () => {
    for (const { name, mail } of mailSamples()) {
      const { html } = mails.render(mail);
      expect(html, name).not.to.match(
        /<(img|link|script|iframe|object|embed|form|input|svg|base|meta http-equiv)\b/i,
      );
      expect(html, name).not.to.match(/\b(src|srcset|background|on\w+)\s*=|url\(|@import|javascript:/i);
      for (const href of hrefs(html)) {
        expect(href, name).to.match(
          /^(https:\/\/id\.riverside\.example\.org\/|mailto:it-desk@riverside\.example\.org$)/,
        );
      }
    }
  });

  it('of what somebody else may have done say when, from where, and what to do if it was not oneself', () => {
    for (const { name, mail } of mailSamples()) {
      if (!('at' in mail.model)) continue;
      const { text } = mails.render(mail);
      expect(text, name).to.include(
        'When: 23 November 2026 at 07:55 CET\nIn UTC: 23 November 2026 at 06:55 UTC',
      );
      if (mail.kind !== 'alarm') expect(text, name).to.include('\nThis wasn’t you?\n');
      if (mail.model.ip !== undefined) expect(text, name).to.include('IP address: 192.0.2.7');
      if (mail.model.userAgent !== undefined) expect(text, name).to.include('Device: Firefox on Windows');
      if (['alarm', 'password-reset', 'already-registered'].includes(mail.kind)) continue;
      expect(text, name).to.include('Tell us at once: it-desk@riverside.example.org');
      if (mail.model.secureLink !== undefined) expect(text, name).to.include(mail.model.secureLink);
    }
  });

  it('name the moment once for a reader in UTC, or in no zone that is known', () => {
    for (const zone of [undefined, 'UTC', 'Mars/Olympus']) {
      const to = { address: RECIPIENT.address, ...(zone === undefined ? {} : { zone }) };
      const { text } = mails.render({
        kind: 'new-device',
        to,
        model: { at: new Date('2026-11-23T06:55:00Z') },
      });
      expect(text).to.include('When: 23 November 2026 at 6:55 am UTC\n').and.not.include('In UTC');
    }
  });

  it('speak English to whoever speaks neither language', () => {
    for (const locale of [undefined, 'fr', 'xx-garbage!', '']) {
      const to: Recipient = { ...RECIPIENT, ...(locale === undefined ? {} : { locale }) };
      expect(mails.render({ kind: 'new-device', to, model: { at: new Date() } }).language).to.equal('en');
    }
  });

  it('are safe with hostile names, addresses and links', () => {
    const evil = `"><script>alert(1)</script>\r\nBcc: x@example.org\u202E&amp;'`;
    const { text, html, subject } = mails.render({
      kind: 'invitation',
      to: { ...RECIPIENT, name: evil },
      model: { link: 'https://id.example.org/?a=1&b="><b>', expiresAt: new Date(), invitedBy: evil },
    });
    expect(html).not.to.match(/<script|<b>|\u202E/);
    expect(html).to.include('href="https://id.example.org/?a=1&amp;b=&#34;&gt;&lt;b&gt;"');
    expect(text).not.to.match(/\r|^Bcc:/m);
    expect(subject).not.to.match(/[\r\n]/);
  });

  it('do not greet with a name that says something else', () => {
    const greeting = (name?: string) =>
      mails
        .render({
          kind: 'verify-address',
          to: { address: RECIPIENT.address, ...(name === undefined ? {} : { name }) },
          model: { link: 'https://id.example.org/verify?token=x', expiresAt: new Date() },
        })
        .text.split('\n')[3];
    for (const name of [
      'Pat',
      'Dr. Pat Person',
      'José Ángel',
      '山田 太郎',
      "O'Brien",
      'Ann-Marie St. John',
    ]) {
      expect(greeting(name)).to.equal(`Hello ${name},`);
    }
    for (const name of [
      undefined,
      '',
      ' ',
      'You won! evil.example',
      'https://evil.example',
      'mail me: a@b',
      'evil。example',
      'x'.repeat(61),
      'a\\b',
    ]) {
      expect(greeting(name), String(name)).to.equal('Hello,');
    }
  });

  it('hide most of a new address from whoever reads the old mailbox', () => {
    const { text } = mails.render({
      kind: 'address-changed',
      to: RECIPIENT,
      model: { changedBy: 'person', newAddress: 'rivera@elsewhere.example', at: new Date() },
    });
    expect(text).to.include('r***a@elsewhere.example').and.not.include('rivera@elsewhere');
  });

  it('do without a support contact, and with one that is a phone number or a page', async () => {
    const render = async (supportContact: string | undefined, answered = false) => {
      const { supportContact: _removed, ...brand } = sampleBrand;
      const own = mailPresentation(supportContact === undefined ? brand : { ...brand, supportContact }, {
        strict: true,
      });
      const { text, html } = (await renderer(own, answered)).render({
        kind: 'new-device',
        to: RECIPIENT,
        model: { at: new Date() },
      });
      return text + html;
    };
    expect(await render(undefined))
      .to.include('Tell your IT support at once.')
      .and.not.include('Need help?');
    expect(await render('+44 20 7946 0000')).to.include('href="tel:+442079460000"');
    expect(await render('https://help.example.org/')).to.include('href="https://help.example.org/"');
    expect(await render('Room 12, ask for Sam')).to.include('<strong>Room 12, ask for Sam</strong>');
    expect(await render(undefined, true)).not.to.include('are not read');
    expect(await render(undefined, false)).to.include('are not read');
  });

  it('have sample data of every kind, and a view of every kind and none besides', async () => {
    expect([...new Set(mailSamples().map(({ mail }) => mail.kind))].sort()).to.deep.equal(
      [...mailKinds].sort(),
    );
    const views = (await readdir(folder)).filter((file) => file.endsWith('.ejs'));
    expect(views.sort()).to.deep.equal(mailKinds.map((kind) => `${kind}.ejs`).sort());
  });
});

describe('the words of the mails', () => {
  const [english, spanish] = [flatten(en), new Map(flatten(es))];
  const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

  it('are the same sentences with the same values in both languages', () => {
    expect([...spanish.keys()].sort()).to.deep.equal(english.map(([key]) => key).sort());
    for (const [key, text] of english) {
      expect(text.trim(), key).to.equal(text).and.not.equal('');
      expect(spanish.get(key), key).not.to.equal(text);
      expect(variables(String(spanish.get(key))), key).to.deep.equal(variables(text));
    }
  });

  it('are all used', async () => {
    const asked = new Set<string>();
    const recording: Presentation = {
      ...presentation,
      wordsFor: (locale) => {
        const words = presentation.wordsFor(locale);
        return {
          ...words,
          t: (key, values) => {
            const plural = new Intl.PluralRules('en').select(Number(values?.count ?? 0));
            asked.add(values !== undefined && 'count' in values ? `${key}_${plural}` : key);
            return words.t(key, values);
          },
        };
      },
    };
    const { supportContact: _removed, ...brand } = sampleBrand;
    for (const own of [
      recording,
      { ...recording, ...mailPresentation(brand), wordsFor: recording.wordsFor },
    ]) {
      const mails = await renderer(own);
      for (const { mail } of mailSamples()) mails.render(mail);
      mails.render({ kind: 'new-device', to: { address: 'a@example.org' }, model: { at: new Date() } });
    }
    expect([...asked].sort()).to.deep.equal(english.map(([key]) => key).sort());
  });
});

describe('the views of the mails', () => {
  it('escape every value in HTML, and quote every attribute', async () => {
    for (const name of (await readdir(join(folder, 'html'))).map((file) => join('html', file))) {
      const source = await readFile(join(folder, name), 'utf8');
      for (const [tag] of source.matchAll(/<%-.*?%>/gs))
        expect(tag, name).to.match(/^<%- (say\.support\(\)|it\.body) %>$/);
      expect(source, name).not.to.match(/=<%/);
    }
    for (const kind of mailKinds) {
      const source = await readFile(join(folder, `${kind}.ejs`), 'utf8');
      for (const [tag] of source.matchAll(/<%[-=].*?%>/gs)) expect(tag, kind).to.match(/^<%- say\.\w+\(/);
    }
  });

  it('are all there and compile, or the start fails', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'gatehouse-mails-'));
    try {
      await cp(folder, copy, { recursive: true });
      const create = () =>
        createMailRenderer({ viewsPath: copy, presentation, answered: false }).catch((error) => error);
      expect(await create()).to.have.property('render');
      await writeFile(join(copy, 'new-device.ejs'), '<% if ( %>');
      expect(await create()).to.be.instanceOf(Error);
      await rm(join(copy, 'new-device.ejs'));
      expect(await create())
        .to.have.property('message')
        .that.includes('there is no template "new-device"');
    } finally {
      await rm(copy, { recursive: true });
    }
  });
});
