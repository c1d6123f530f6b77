import type { Mail, MailKind, MailModels, Recipient } from '../../src/domain/mail/mails.ts';

/** A mail of every kind, in every state that reads differently. */

export const AT = new Date('2026-11-23T06:55:00Z');
const later = (hours: number) => new Date(AT.getTime() + hours * 3_600_000);
const link = (path: string) =>
  `https://id.riverside.example.org/${path}?token=q7Vn3xJ0aWmYtB5cKpLr8sDfGhUeZi1o`;

export const RECIPIENT: Recipient = {
  accountId: '0190a6c2-5f4e-7000-8000-000000000001',
  address: 'alex.rivera@riverside.example.org',
  name: 'Dr. Alex Rivera',
  zone: 'Europe/Madrid',
};

const seen = {
  at: AT,
  ip: '192.0.2.7',
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  secureLink: 'https://id.riverside.example.org/forgot-password',
};

type Samples = { readonly [K in MailKind]: Readonly<Record<string, MailModels[K]>> };

const SAMPLES: Samples = {
  invitation: {
    plain: { link: link('invitation'), expiresAt: later(72) },
    'by-somebody': { link: link('invitation'), expiresAt: later(72), invitedBy: 'Sam Okafor' },
  },
  'verify-address': { plain: { link: link('verify'), expiresAt: later(24) } },
  'address-changed': {
    plain: { ...seen, newAddress: 'rivera@elsewhere.example', changedBy: 'person' },
    'by-administrator': { at: AT, newAddress: 'rivera@elsewhere.example', changedBy: 'administrator' },
  },
  'password-reset': {
    'by-person': { ...seen, link: link('reset'), expiresAt: later(0.5), requestedBy: 'person' },
    'by-administrator': { link: link('reset'), expiresAt: later(24), requestedBy: 'administrator', at: AT },
  },
  'password-changed': {
    'by-person': { ...seen, changedBy: 'person', sessionsEnded: true },
    'by-link': { ...seen, changedBy: 'link', sessionsEnded: true },
    'by-administrator': { at: AT, changedBy: 'administrator', sessionsEnded: false },
  },
  'password-expires': {
    'in-14-days': {
      link: 'https://id.riverside.example.org/account',
      daysLeft: 14,
      expiresAt: later(14 * 24),
    },
    'in-7-days': { link: 'https://id.riverside.example.org/account', daysLeft: 7, expiresAt: later(7 * 24) },
    'in-1-day': { link: 'https://id.riverside.example.org/account', daysLeft: 1, expiresAt: later(24) },
  },
  'account-dormant': {
    soon: {
      link: 'https://id.riverside.example.org/account',
      since: later(-76 * 24),
      expiresAt: later(14 * 24),
    },
  },
  'account-locked': {
    'for-a-while': { ...seen, until: later(0.5) },
    'for-good': { ...seen },
  },
  'failed-attempts': {
    several: { ...seen, count: 12, since: later(-24), signedIn: false },
    one: { ...seen, count: 1, since: later(-24), signedIn: false },
    'several-then-in': { ...seen, count: 3, since: later(-1), signedIn: true },
    'one-then-in': { ...seen, count: 1, since: later(-1), signedIn: true },
  },
  'new-device': { plain: { ...seen }, 'unknown-device': { at: AT } },
  'device-signed-in': {
    plain: {
      ...seen,
      client: 'Gatehouse command line',
      askedAt: later(-0.05),
      askedFrom: '203.0.113.77',
    },
    'from-nowhere': { at: AT, client: 'Ward display', askedAt: later(-0.05) },
  },
  'factor-changed': {
    'totp-added': { ...seen, change: 'added', factor: 'totp' },
    'totp-removed': { ...seen, change: 'removed', factor: 'totp' },
    'passkey-added': { ...seen, change: 'added', factor: 'passkey' },
    'passkey-removed': { ...seen, change: 'removed', factor: 'passkey' },
    'codes-added': { ...seen, change: 'added', factor: 'recovery-codes' },
    'all-removed': { ...seen, change: 'removed', factor: 'all' },
    'codes-removed': { ...seen, change: 'removed', factor: 'recovery-codes' },
  },
  'recovery-used': {
    several: { ...seen, codesLeft: 7 },
    one: { ...seen, codesLeft: 1 },
    none: { ...seen, codesLeft: 0 },
  },
  alarm: {
    created: { at: AT, what: 'break_glass_created', about: 'k7m2-9qxt-b4wn', by: 'sam' },
    used: {
      at: AT,
      ip: seen.ip,
      userAgent: seen.userAgent,
      what: 'break_glass_used',
      about: 'k7m2-9qxt-b4wn',
    },
    'drill-due': { at: AT, what: 'break_glass_drill_due', about: 'k7m2-9qxt-b4wn' },
    bypassed: { at: AT, what: 'approval_bypassed', about: 'factors.reset', by: 'sam' },
  },
  'temporary-code': {
    issued: { ...seen, what: 'issued', expiresAt: later(24) },
    'issued-for-factor': { ...seen, what: 'issued_for_factor', expiresAt: later(24) },
    used: { ...seen, what: 'used' },
  },
  'already-registered': {
    plain: {
      ...seen,
      signInLink: 'https://id.riverside.example.org/account',
      resetLink: 'https://id.riverside.example.org/forgot-password',
    },
  },
};

export interface MailSample {
  readonly name: string;
  readonly mail: Mail;
}

export const mailSamples = (to: Recipient = RECIPIENT): MailSample[] =>
  Object.entries(SAMPLES).flatMap(([kind, states]) =>
    Object.entries(states).map(([state, model]) => ({
      name: state === 'plain' ? kind : `${kind}-${state}`,
      mail: { kind, to, model } as Mail,
    })),
  );
