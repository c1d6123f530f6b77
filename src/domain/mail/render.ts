import { loadTemplates, type Templates } from '../../templates.ts';
import { greetedName, maskedAddress } from './addresses.ts';
import { deviceOf } from './device.ts';
import { type Mail, mailKinds } from './mails.ts';

/**
 * How a mail reads: a view of its own (`views/mail/KIND.ejs`) says what it consists of, and the parts of `views/mail/html`
 * and `views/mail/text` say how that looks in each of the two alternatives, so that they cannot tell different things.
 */

export interface Colours {
  readonly page: string;
  readonly surface: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly line: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly link: string;
}

type Values = Readonly<Record<string, string | number>>;

/** The words of one language. Throws or stands in for what is missing, as whoever made it decided. */
export interface Words {
  readonly language: string;
  t(key: string, values?: Values): string;
  /**
   * Day and time in the zone; in the organisation's, with its name, where none, or an unknown one, is given. In the format of the
   * zone `place`, where that is another one.
   */
  date(at: Date, zone?: string, place?: string): string;
}

/** What mails share with the pages: languages, brand and colours. */
export interface Presentation {
  readonly brand: {
    readonly name: string;
    readonly support?: { readonly text: string; readonly href?: string };
  };
  readonly look: { readonly light: Colours; readonly dark: Colours };
  /** In the language nearest to a BCP 47 tag. */
  wordsFor(locale: string | undefined): Words;
}

export interface Rendered {
  readonly language: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailRenderer {
  render(mail: Mail): Rendered;
}

export interface RendererOptions {
  /** The folder with the views and their parts. */
  readonly viewsPath: string;
  readonly presentation: Presentation;
  /** Whether somebody reads what people answer. */
  readonly answered: boolean;
}

const FORMATS = ['html', 'text'] as const;
type Format = (typeof FORMATS)[number];
/** What templates can name. */
const LOCALS = [
  'model',
  'it',
  't',
  'common',
  'date',
  'masked',
  'say',
  'brand',
  'look',
  'language',
  'greeting',
  'answered',
];

/** Compiles every template once, so that a broken one stops the start and loses no mail. */
export async function createMailRenderer(options: RendererOptions): Promise<MailRenderer> {
  const templates = await loadTemplates({ path: options.viewsPath, except: ['mailbox'], locals: LOCALS });
  for (const kind of mailKinds) templates.of(kind);
  return {
    render(mail) {
      const words = options.presentation.wordsFor(mail.to.locale);
      const subject = subjectOf(mail, words, options.presentation.brand.name);
      const [html, text] = FORMATS.map((format) => write(format, mail, subject, words, templates, options));
      return { language: words.language, subject, html: html as string, text: tidy(text as string) };
    },
  };
}

function subjectOf({ kind, model }: Mail, { t }: Words, brand: string): string {
  if (kind === 'password-expires') return t(`${kind}.subject`, { brand, count: model.daysLeft });
  if (kind === 'factor-changed') return t(`${kind}.subject.${model.change}`, { brand });
  if (kind === 'alarm') return t(`${kind}.subject.${model.what}`, { brand });
  if (kind === 'temporary-code') {
    return t(`${kind}.subject.${model.what === 'used' ? 'used' : 'issued'}`, { brand });
  }
  return t(`${kind}.subject`, { brand });
}

function write(
  format: Format,
  mail: Mail,
  subject: string,
  words: Words,
  templates: Templates,
  { presentation, answered }: RendererOptions,
): string {
  const { brand, look } = presentation;
  const say = speaker(mail, words, (name, it) => part(name, it));
  const wordsOf = (key: string, values?: Values) => words.t(key, { brand: brand.name, ...values });
  const name = greetedName(mail.to.name);
  const shared = {
    model: mail.model,
    t: (key: string, values?: Values) => wordsOf(`${mail.kind}.${key}`, values),
    common: (key: string, values?: Values) => wordsOf(`common.${key}`, values),
    date: (at: Date) => words.date(at, mail.to.zone),
    masked: maskedAddress,
    say,
    brand,
    look,
    language: words.language,
    greeting: name === undefined ? wordsOf('common.greetingNobody') : wordsOf('common.greeting', { name }),
    answered,
  };
  function part(partName: string, it: unknown): string {
    return templates.of(`${format}/${partName}`)({ ...shared, it });
  }
  const body = templates.of(mail.kind)({ ...shared, it: {} });
  const automatic = mail.kind === 'alarm' ? 'automaticAlarm' : 'automatic';
  return part('layout', { body: body.trim(), subject, address: mail.to.address, automatic });
}

interface Occurrence {
  readonly at: Date;
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
}

interface NotYou {
  /** Whether support has to be told at once. */
  readonly urgent?: boolean;
  readonly link?: string;
  readonly label?: string;
}

/** The parts that a view is made of. */
function speaker({ to }: Mail, { t, date }: Words, part: (name: string, it: unknown) => string) {
  const device = (userAgent: string | undefined) => {
    const { browser, system } = deviceOf(userAgent);
    return browser && system ? t('common.deviceOn', { browser, system }) : (browser ?? system);
  };
  return {
    title: (text: string) => part('title', { text }),
    text: (text: string) => part('text', { text }),
    button: (label: string, href: string) => part('button', { label, href }),
    link: (href: string) => part('link', { href }),
    support: () => part('support', {}).trim(),
    /** When, in the reader's zone and in UTC, and from where. */
    occurrence({ at, ip, userAgent }: Occurrence): string {
      const [local, utc] = [date(at, to.zone), date(at, 'UTC', to.zone)];
      const facts = [
        { label: t('common.when'), value: local },
        { label: t('common.inUtc'), value: local === utc ? undefined : utc },
        { label: t('common.device'), value: device(userAgent) },
        { label: t('common.address'), value: ip },
      ];
      return part('facts', { facts: facts.filter(({ value }) => value !== undefined) });
    },
    /** What to do where the mail tells of something that somebody else did. */
    notYou: (text: string, { urgent = false, link, label = t('common.secure') }: NotYou = {}) =>
      part('not-you', { text, urgent, link, label }),
  };
}

/** One blank line between paragraphs, no space at the end of a line. */
const tidy = (text: string): string =>
  `${text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
