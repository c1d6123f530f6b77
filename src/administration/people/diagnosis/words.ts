import type { Cause, Finding } from './policy.ts';

/** The sentence of each finding, in every language that whoever asks may read. Without markup, names or addresses of people. */

export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

interface Values {
  readonly since: string;
  readonly until: string;
  readonly count: string;
  readonly subject: string;
}

const UNKNOWN = '?';

type Sentences = Readonly<Record<Cause, string | ((values: Values) => string)>>;

const en: Sentences = {
  disabled: ({ since, until }) =>
    until === UNKNOWN
      ? `The account is disabled, since ${since}.`
      : `The account is disabled, since ${since}; it is enabled again by itself at ${until}.`,
  disabled_dormant: ({ since, until }) =>
    until === UNKNOWN
      ? `Nobody had signed in for too long, so the account was disabled at ${since}; once it is enabled, they can sign in.`
      : `Nobody had signed in for too long, so the account was disabled at ${since}; it is enabled again by itself at ${until}.`,
  client_disabled: ({ subject }) => `The application ${subject} is disabled: nobody signs in to it.`,
  invitation_undelivered: ({ since }) =>
    `They were invited, and the mail with the link has not reached them (${since}).`,
  invitation_waiting: ({ until }) =>
    `They were invited and have not chosen a password yet; the link works until ${until}.`,
  invitation_over: ({ since }) =>
    `They were invited and have not chosen a password; the link has not worked since ${since} at the latest.`,
  password_none: 'The account has no password, and no passkey either.',
  password_ineffective:
    'The password has no effect any more, after too many failures or because they reported that it was not them; they have to choose another by a link.',
  locked: ({ since, until }) =>
    `Too many failed sign-ins have locked the account since ${since}, on devices that are not known; the lock ends by itself at ${until}.`,
  device_locked: ({ since, until }) =>
    `Too many failed sign-ins on a device of theirs have locked it since ${since}; the lock ends by itself at ${until}.`,
  code_needed:
    'Their second factors were reset, and they need a temporary access code to set up a new one; there is none that works.',
  sessions_full: ({ count }) =>
    `They are signed in ${count} times already, which is as often as they may be at a time.`,
  code_waiting: ({ until }) =>
    `Their second factors were reset; the next sign-in asks for the temporary access code, which works until ${until}.`,
  passkey_missing: 'A passkey is demanded of them, and they have none: the sign-in has them set one up.',
  factor_missing: 'A second factor is demanded of them, and they have none: the sign-in has them set one up.',
  password_compromised:
    'Their password may be known to others: the sign-in has them choose another before it goes on.',
  password_must_change:
    'They were asked for another password: the sign-in has them choose one before it goes on.',
  password_expired: ({ since }) =>
    `Their password expired at ${since}: the sign-in has them choose another before it goes on.`,
  session_choice: ({ count }) =>
    `They are signed in ${count} times already: the sign-in asks which of these sessions to end.`,
  mail_bounced: ({ subject, since }) => `A mail to them (${subject}) came back at ${since}.`,
  mail_given_up: ({ subject, since }) => `A mail to them (${subject}) was given up at ${since}.`,
  mail_late: ({ subject, since }) => `A mail to them (${subject}) has been waiting since ${since}.`,
  wrong_factor: ({ count, since }) =>
    `A second factor of theirs was not right, ${count} times in the last day, last at ${since}.`,
  wrong_password: ({ count, since }) =>
    `A wrong password was typed, ${count} times in the last day, last at ${since}.`,
  refused_lately: ({ count, since, subject }) =>
    `Sign-ins were refused ${count} times in the last day, last at ${since}, mostly as "${subject}".`,
  disabling_scheduled: ({ until }) =>
    `The account will be disabled at ${until}; until then they can sign in.`,
  dormant_soon: ({ since, until }) =>
    `Nobody has signed in since ${since}; if that goes on, the account will be disabled at ${until}.`,
  nothing_found: 'Nothing is known that keeps them from signing in.',
};

const es: Sentences = {
  disabled: ({ since, until }) =>
    until === UNKNOWN
      ? `La cuenta está desactivada desde ${since}.`
      : `La cuenta está desactivada desde ${since}; vuelve a activarse sola a las ${until}.`,
  disabled_dormant: ({ since, until }) =>
    until === UNKNOWN
      ? `Nadie había entrado en mucho tiempo y la cuenta se desactivó a las ${since}; en cuanto se active, puede entrar.`
      : `Nadie había entrado en mucho tiempo y la cuenta se desactivó a las ${since}; vuelve a activarse sola a las ${until}.`,
  client_disabled: ({ subject }) => `La aplicación ${subject} está desactivada: nadie puede entrar en ella.`,
  invitation_undelivered: ({ since }) =>
    `Se le invitó, pero el correo con el enlace no le ha llegado (${since}).`,
  invitation_waiting: ({ until }) =>
    `Se le invitó y todavía no ha elegido contraseña; el enlace vale hasta ${until}.`,
  invitation_over: ({ since }) =>
    `Se le invitó y no ha elegido contraseña; el enlace no vale, como muy tarde, desde ${since}.`,
  password_none: 'La cuenta no tiene contraseña ni clave de acceso.',
  password_ineffective:
    'La contraseña ya no tiene efecto, por demasiados intentos fallidos o porque avisó de que no era suya la actividad; tiene que elegir otra mediante un enlace.',
  locked: ({ since, until }) =>
    `Demasiados intentos fallidos bloquean la cuenta desde ${since} en dispositivos que no se conocen; el bloqueo termina solo a las ${until}.`,
  device_locked: ({ since, until }) =>
    `Demasiados intentos fallidos en un dispositivo suyo lo bloquean desde ${since}; el bloqueo termina solo a las ${until}.`,
  code_needed:
    'Se restablecieron sus segundos factores y necesita un código de acceso temporal para configurar otro; no hay ninguno que valga.',
  sessions_full: ({ count }) => `Ya tiene ${count} sesiones abiertas, todas las que se permiten a la vez.`,
  code_waiting: ({ until }) =>
    `Se restablecieron sus segundos factores; al entrar se le pedirá el código de acceso temporal, que vale hasta ${until}.`,
  passkey_missing: 'Se le exige una clave de acceso y no tiene ninguna: al entrar tendrá que crear una.',
  factor_missing: 'Se le exige un segundo factor y no tiene ninguno: al entrar tendrá que configurar uno.',
  password_compromised: 'Puede que otros conozcan su contraseña: al entrar tendrá que elegir otra.',
  password_must_change: 'Se le pidió otra contraseña: al entrar tendrá que elegirla.',
  password_expired: ({ since }) => `Su contraseña caducó a las ${since}: al entrar tendrá que elegir otra.`,
  session_choice: ({ count }) =>
    `Ya tiene ${count} sesiones abiertas: al entrar se le preguntará cuál quiere cerrar.`,
  mail_bounced: ({ subject, since }) =>
    `Un correo para esta persona (${subject}) fue devuelto a las ${since}.`,
  mail_given_up: ({ subject, since }) =>
    `Un correo para esta persona (${subject}) se dio por perdido a las ${since}.`,
  mail_late: ({ subject, since }) => `Un correo para esta persona (${subject}) espera desde ${since}.`,
  wrong_factor: ({ count, since }) =>
    `Un segundo factor suyo no era correcto: ${count} veces en el último día, la última a las ${since}.`,
  wrong_password: ({ count, since }) =>
    `Se escribió una contraseña incorrecta: ${count} veces en el último día, la última a las ${since}.`,
  refused_lately: ({ count, since, subject }) =>
    `Se le negó la entrada ${count} veces en el último día, la última a las ${since}, sobre todo como «${subject}».`,
  disabling_scheduled: ({ until }) => `La cuenta se desactivará a las ${until}; hasta entonces puede entrar.`,
  dormant_soon: ({ since, until }) =>
    `Nadie ha entrado desde ${since}; si sigue así, la cuenta se desactivará a las ${until}.`,
  nothing_found: 'No se conoce nada que le impida entrar.',
};

const SENTENCES: Readonly<Record<Language, Sentences>> = { en, es };

/** `2026-11-30 06:20 UTC`: the same wherever it is read. */
const told = (at: Date | undefined): string =>
  at === undefined ? UNKNOWN : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What the finding says, as one sentence. */
export function sentenceOf({ cause, since, until, count, subject }: Finding, language: Language): string {
  const sentence = SENTENCES[language][cause];
  if (typeof sentence === 'string') return sentence;
  return sentence({
    since: told(since),
    until: told(until),
    count: String(count ?? UNKNOWN),
    subject: subject ?? UNKNOWN,
  });
}
