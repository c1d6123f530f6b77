import type {
  Cause,
  Finding,
  MailFact,
  SignInFacts,
} from '../../src/administration/people/diagnosis/policy.ts';
import { DORMANCY_CASES } from './dormancy-cases.ts';

export const at = (time: string) => new Date(`2026-11-30T${time}:00Z`);

/** Somebody who can sign in. */
export const FINE: SignInFacts = {
  status: 'active',
  disabledAt: undefined,
  disablesAt: undefined,
  enablesAt: undefined,
  dormancy: undefined,
  locks: [],
  password: { present: true, ineffective: false, changeDue: undefined, expiresAt: undefined },
  invitation: undefined,
  factors: {
    demand: 'required',
    grace: { offered: true, skippable: false },
    authenticators: 1,
    passkeys: 0,
    recoveryCodes: 10,
    codeNeeded: false,
    codeUntil: undefined,
  },
  client: undefined,
  sessions: { open: 0, most: 2, policy: 'ask' },
  mails: [],
  failures: [],
};

const NO_PASSWORD = { password: { ...FINE.password, present: false } };
const NO_FACTOR = { authenticators: 0, recoveryCodes: 0 };
const factors = (facts: Partial<SignInFacts['factors']>) => ({ factors: { ...FINE.factors, ...facts } });
const password = (facts: Partial<SignInFacts['password']>) => ({ password: { ...FINE.password, ...facts } });
const mail = (facts: Partial<MailFact>): MailFact => ({
  mail: 'm',
  kind: 'password-reset',
  state: 'late',
  since: at('05:00'),
  permanent: false,
  ...facts,
});

export interface Case {
  readonly name: string;
  readonly facts: Partial<SignInFacts>;
  /** Those that are found, the gravest first. */
  readonly found: readonly Cause[];
  /** What the gravest says beside its cause. */
  readonly first?: Partial<Finding>;
}

/** One line for each way in which a sign-in does not succeed. Each cause is there, which is checked below. */
export const CASES: readonly Case[] = [
  { name: 'nothing is wrong', facts: {}, found: ['nothing_found'], first: { acts: [] } },
  {
    name: 'disabled',
    facts: { status: 'disabled', disabledAt: at('04:00') },
    found: ['disabled'],
    first: { since: at('04:00'), acts: ['people.enable'] },
  },
  {
    name: 'disabled, whatever else is wrong',
    facts: {
      status: 'disabled',
      locks: [{ counter: 'known_device', since: at('05:00'), until: at('06:00') }],
      ...password({ changeDue: 'expired', expiresAt: at('01:00') }),
      failures: [{ reason: 'account_disabled', count: 3, lastAt: at('05:30') }],
    },
    found: ['disabled', 'device_locked', 'password_expired', 'refused_lately'],
  },
  {
    name: 'disabled until a time',
    facts: { status: 'disabled', disabledAt: at('04:00'), enablesAt: at('20:00') },
    found: ['disabled'],
    first: { since: at('04:00'), until: at('20:00'), acts: ['people.enable'] },
  },
  ...DORMANCY_CASES,
  {
    name: 'to be disabled',
    facts: { disablesAt: at('20:00') },
    found: ['disabling_scheduled'],
    first: { until: at('20:00') },
  },
  {
    name: 'an application that is disabled',
    facts: { client: { id: 'portal', disabled: true } },
    found: ['client_disabled'],
    first: { subject: 'portal', acts: ['clients.enable'] },
  },
  { name: 'an application', facts: { client: { id: 'portal', disabled: false } }, found: ['nothing_found'] },
  {
    name: 'invited, the link works',
    facts: { ...NO_PASSWORD, invitation: { works: true, expiresAt: at('23:00') } },
    found: ['invitation_waiting'],
    first: { until: at('23:00'), acts: ['invitations.resend'] },
  },
  {
    name: 'invited, the link is too old or void',
    facts: { ...NO_PASSWORD, invitation: { works: false, expiresAt: at('03:00') } },
    found: ['invitation_over'],
    first: { since: at('03:00'), acts: ['invitations.resend'] },
  },
  {
    name: 'invited, the mail is late',
    facts: {
      ...NO_PASSWORD,
      invitation: { works: true, expiresAt: at('23:00') },
      mails: [mail({ kind: 'invitation' })],
    },
    found: ['invitation_undelivered', 'mail_late'],
    first: { acts: ['invitations.resend', 'mail.retry'] },
  },
  {
    name: 'invited, the mail came back for good: the address is wrong',
    facts: {
      ...NO_PASSWORD,
      invitation: { works: true, expiresAt: at('23:00') },
      mails: [mail({ kind: 'invitation', state: 'bounced', permanent: true })],
    },
    found: ['invitation_undelivered', 'mail_bounced'],
    first: { acts: ['people.set_address', 'invitations.resend'] },
  },
  {
    name: 'no password, never invited',
    facts: NO_PASSWORD,
    found: ['password_none'],
    first: { acts: ['passwords.send_reset_link'] },
  },
  {
    name: 'no password, but a passkey, which is enough',
    facts: { ...NO_PASSWORD, ...factors({ passkeys: 1 }) },
    found: ['nothing_found'],
  },
  {
    name: 'a password that failed too often',
    facts: password({ ineffective: true }),
    found: ['password_ineffective'],
    first: { acts: ['passwords.send_reset_link'] },
  },
  {
    name: 'the same with a passkey',
    facts: { ...password({ ineffective: true }), ...factors({ passkeys: 1 }) },
    found: ['nothing_found'],
  },
  {
    name: 'locked, for what is typed on any other device: of two such locks the longer one',
    facts: {
      locks: [
        { counter: 'unknown_devices', since: at('05:00'), until: at('05:40') },
        { counter: 'unknown_devices', since: at('05:10'), until: at('05:50') },
      ],
      failures: [{ reason: 'password_wrong', count: 5, lastAt: at('05:10') }],
    },
    found: ['locked', 'wrong_password'],
    first: { since: at('05:10'), until: at('05:50'), acts: ['people.unlock', 'passwords.send_reset_link'] },
  },
  {
    name: 'locked on a device of theirs',
    facts: { locks: [{ counter: 'known_device', since: at('05:00'), until: at('05:40') }] },
    found: ['device_locked'],
  },
  {
    name: 'both locks',
    facts: {
      locks: [
        { counter: 'known_device', since: at('05:00'), until: at('05:40') },
        { counter: 'unknown_devices', since: at('05:00'), until: at('05:40') },
      ],
    },
    found: ['locked', 'device_locked'],
  },
  {
    name: 'factors were reset, and no code works',
    facts: factors({ ...NO_FACTOR, codeNeeded: true }),
    found: ['code_needed'],
    first: { acts: ['factors.issue_temporary_code'] },
  },
  {
    name: 'factors were reset, and there is a code',
    facts: factors({ ...NO_FACTOR, codeNeeded: true, codeUntil: at('12:00') }),
    found: ['code_waiting'],
    first: { until: at('12:00') },
  },
  {
    name: 'factors were reset, and one was set up since',
    facts: factors({ codeNeeded: true }),
    found: ['nothing_found'],
  },
  { name: 'a factor is demanded, and there is none', facts: factors(NO_FACTOR), found: ['factor_missing'] },
  {
    name: 'a factor may be put off',
    facts: factors({ ...NO_FACTOR, demand: 'optional', grace: { offered: true, skippable: true } }),
    found: ['nothing_found'],
  },
  {
    name: 'a factor could be put off for long enough',
    facts: factors({ ...NO_FACTOR, demand: 'optional', grace: { offered: true, skippable: false } }),
    found: ['factor_missing'],
  },
  {
    name: 'no factor is asked for',
    facts: factors({ ...NO_FACTOR, demand: 'off', grace: { offered: false, skippable: true } }),
    found: ['nothing_found'],
  },
  {
    name: 'a passkey is demanded, and there is an authenticator app',
    facts: factors({ demand: 'phishing_resistant' }),
    found: ['passkey_missing'],
    first: { acts: ['factors.issue_temporary_code'] },
  },
  {
    name: 'a passkey is demanded, and there is one',
    facts: factors({ demand: 'phishing_resistant', passkeys: 1 }),
    found: ['nothing_found'],
  },
  ...(['compromised', 'must_change', 'expired'] as const).map(
    (changeDue): Case => ({
      name: `a password to be changed: ${changeDue}`,
      facts: password({ changeDue, expiresAt: at('02:00') }),
      found: [`password_${changeDue}`],
    }),
  ),
  {
    name: 'signed in too often, and nobody gets in',
    facts: { sessions: { open: 2, most: 2, policy: 'refuse' } },
    found: ['sessions_full'],
    first: { count: 2, acts: ['sessions.list', 'sessions.end', 'sessions.end_all'] },
  },
  {
    name: 'signed in too often, and they choose',
    facts: { sessions: { open: 3, most: 2, policy: 'ask' } },
    found: ['session_choice'],
    first: { count: 3 },
  },
  {
    name: 'signed in too often, and the oldest makes room',
    facts: { sessions: { open: 2, most: 2, policy: 'evict-oldest' } },
    found: ['nothing_found'],
  },
  {
    name: 'one session of two',
    facts: { sessions: { open: 1, most: 2, policy: 'refuse' } },
    found: ['nothing_found'],
  },
  { name: 'a mail that is late', facts: { mails: [mail({})] }, found: ['mail_late'] },
  {
    name: 'mails that were given up: the latest is told',
    facts: {
      mails: [
        mail({ state: 'given_up', since: at('04:00') }),
        mail({ state: 'given_up', kind: 'new-device', since: at('05:00') }),
      ],
    },
    found: ['mail_given_up'],
    first: { subject: 'new-device', since: at('05:00') },
  },
  {
    name: 'a mail that came back',
    facts: { mails: [mail({ state: 'bounced' })] },
    found: ['mail_bounced'],
    first: { acts: ['people.set_address'] },
  },
  {
    name: 'wrong passwords and factors, and other refusals',
    facts: {
      failures: [
        { reason: 'password_wrong', count: 4, lastAt: at('05:00') },
        { reason: 'wrong', count: 2, lastAt: at('05:20') },
        { reason: 'used', count: 1, lastAt: at('05:30') },
        { reason: 'rate_limited', count: 1, lastAt: at('05:40') },
      ],
    },
    found: ['wrong_factor', 'wrong_password', 'refused_lately'],
    first: {
      count: 3,
      since: at('05:30'),
      acts: ['factors.list', 'factors.issue_temporary_code', 'factors.reset'],
    },
  },
  {
    name: 'a reason that nobody knows, by the name of something that objects have',
    facts: { failures: [{ reason: 'constructor', count: 1, lastAt: at('05:00') }] },
    found: ['refused_lately'],
    first: { subject: 'constructor' },
  },
];
