import type { AuditEventType } from '../../../src/domain/audit/events.ts';
import type { Causes } from './causes.ts';
import { untold } from './rules.ts';

type Types = readonly AuditEventType[];

/** What any step of a sign-in may bring about. */
const STEP: Types = [
  'sign_in.succeeded',
  'break_glass.used',
  'sign_in.failed',
  'second_factor.demanded',
  'agreement.demanded',
  'session.choice_demanded',
  'password.change_demanded',
  'device.added',
  'device.trusted',
];
/** What a guess may bring about. */
const GUESS: Types = ['lockout.started', 'lockout.ended', 'password.disabled', 'rate_limit.exceeded'];
const FACTOR: Types = [
  ...STEP,
  ...GUESS,
  'recovery_code.used',
  'temporary_code.used',
  'passkey.counter_reversed',
];
const ADDED: Types = ['factor.added', ...STEP, ...GUESS];
/** What the owner of an account removes, and what may end with it. */
const REMOVED: Types = ['factor.removed', 'device.trust_ended', 'session.others_ended', 'session.ended'];
const BEGINS: Types = [
  'token.reuse_detected',
  'session.started',
  'session.ended',
  'authorization.granted',
  'authorization.refused',
  'consent.granted',
  'rate_limit.exceeded',
];
/** What may be told of a request at any address, also one with a method that it does not take. */
export const REFUSALS: Types = ['authorization.refused', 'token.refused', 'rate_limit.exceeded'];
const REFUSED: Types = ['token.refused', 'rate_limit.exceeded'];

/** The answer to a test sign-in, which is redeemed there. */
const TESTED: Types = ['client.test_sign_in_done', 'rate_limit.exceeded', 'token.refused'];

const SHOWS = untold('shows what is there');
const CHALLENGE = untold('makes a challenge, which proves nothing by itself');
const SET_UP = untold('begins a set-up, which is told when it is complete');
const SHOWN = untold('notes that codes were stored; that they were made was told');
/** Kept, whatever was typed; the job that answers tells of it, as of the request that asked. */
const RESET_ASKED: Types = ['password_reset.requested', 'rate_limit.exceeded'];
const ACCOUNT_ASKED: Types = ['registration.requested', 'rate_limit.exceeded'];
const EXTENDS = untold('puts off the end of a session that is there: a mark of its use');

/**
 * What each route may write, by method and pattern: every one of ours that is posted to, those of the protocol, and the pages that
 * write although they are only opened. `test/unit/audit/causes.test.ts` fails on a route that is not here; a whole run fails where
 * a route has written what does not stand here, or nothing of what does (`missing.ts`).
 */
export const ROUTE_CAUSES: Readonly<Record<string, Causes>> = {
  'GET /authorize': BEGINS,
  'POST /authorize': BEGINS,
  'GET /authorize/:uid': BEGINS,
  'POST /device-authorization': ['device_sign_in.requested', 'authorization.refused', 'rate_limit.exceeded'],
  'POST /device': ['device_sign_in.code_refused', 'device_sign_in.denied', 'rate_limit.exceeded'],
  'GET /device/:uid': ['device_sign_in.confirmed', 'device_sign_in.denied', ...BEGINS],
  'GET /logout': ['sign_out.completed', 'session.ended', 'authorization.refused'],
  'POST /logout': untold('hands what was posted on to GET'),
  'POST /logout/confirm': ['sign_out.completed', 'session.ended', 'authorization.refused'],
  'POST /token': ['token.issued', 'token.replayed', 'token.reuse_detected', ...REFUSED],
  'POST /token/introspect': REFUSED,
  'POST /token/revoke': ['token.revoked', ...REFUSED],
  'POST /par': ['authorization.refused', ...REFUSED],
  'GET /userinfo': ['token.refused'],
  'POST /userinfo': ['token.refused'],
  'GET /session': SHOWS,
  'POST /session/activity': EXTENDS,
  'POST /client-registration': ['client.created', 'client.owner_added', 'rate_limit.exceeded'],
  'PUT /client-registration/:client': ['client.updated', 'rate_limit.exceeded'],
  'DELETE /client-registration/:client': ['client.deleted', 'rate_limit.exceeded'],

  'GET /sign-in/:uid': STEP,
  'POST /sign-in/:uid': ['password.rehashed', ...STEP, ...GUESS],
  'POST /sign-in/:uid/passkey': FACTOR,
  'POST /sign-in/:uid/passkey/options': CHALLENGE,
  'POST /sign-in/:uid/factor': FACTOR,
  'POST /sign-in/:uid/skip': ['factor.setup_skipped', ...STEP],
  'POST /sign-in/:uid/enrol/totp': SET_UP,
  'POST /sign-in/:uid/enrol/totp/confirm': ADDED,
  'POST /sign-in/:uid/enrol/passkey/options': CHALLENGE,
  'POST /sign-in/:uid/enrol/passkey': ADDED,
  'POST /sign-in/:uid/codes/stored': STEP,
  'POST /sign-in/:uid/codes/new': ['factor.added', ...STEP],
  'POST /sign-in/:uid/password': ['password.changed', 'session.ended', ...STEP],
  'POST /sign-in/:uid/sessions': STEP,
  'POST /sign-in/:uid/agree': ['agreement.accepted', ...STEP],
  'POST /sign-in/:uid/decline': ['agreement.declined', 'session.ended'],
  'POST /sign-in/:uid/cancel': ['sign_in.cancelled'],
  'POST /sign-in/:uid/switch': ['sign_in.cancelled', 'session.ended'],
  'POST /sign-in/:uid/account': untold('says who goes on: proves nothing, and somebody else signs in first'),
  'POST /sign-in/:uid/consent': ['consent.granted', 'consent.refused'],

  'GET /test-sign-in': ['client.test_sign_in_begun'],
  'GET /test-sign-in/callback': TESTED,
  'POST /test-sign-in/callback': TESTED,

  'POST /forgot': RESET_ASKED,
  'POST /forgot/again': RESET_ASKED,
  'POST /register': ACCOUNT_ASKED,
  'POST /register/again': ACCOUNT_ASKED,
  'POST /reset': ['password_reset.completed', 'password.changed', 'session.ended'],
  'POST /invitation': ['invitation.accepted', 'registration.completed', 'account.created'],
  'POST /verify-address': ['address.changed', 'session.ended'],
  'POST /secure': [
    'account.secured',
    'password.change_required',
    'factor.removed',
    'device.trust_ended',
    'session.ended',
  ],
  'POST /secure/address': [
    'account.secured',
    'password.change_required',
    'address.restored',
    'account.disabled',
    'account.schedule_changed',
    'factor.removed',
    'session.ended',
  ],
  'POST /setup': ['setup.completed', 'account.created'],

  'POST /account/applications/withdraw': ['consent.withdrawn'],
  'POST /account/session/activity': EXTENDS,
  'POST /account/sessions/end': ['session.ended'],
  'POST /account/sessions/end-all': ['session.ended'],
  'POST /account/sessions/end-others': ['session.others_ended', 'session.ended'],
  'POST /account/profile': ['account.profile_changed'],
  'POST /account/password': ['password.changed', 'session.ended', 'rate_limit.exceeded', ...GUESS],
  'POST /account/address': ['address.change_requested'],
  'POST /account/zone': untold('the zone of the browser, where nobody has chosen one'),
  'POST /account/switch': ['session.ended'],
  'POST /account/security/authenticators/new/:id': ['factor.added'],
  'POST /account/security/passkeys/new/options': CHALLENGE,
  'POST /account/security/passkeys/new': ['factor.added'],
  'POST /account/security/authenticators/:id': ['factor.renamed'],
  'POST /account/security/authenticators/:id/remove': REMOVED,
  'POST /account/security/passkeys/:id': ['factor.renamed'],
  'POST /account/security/passkeys/:id/remove': REMOVED,
  'POST /account/security/recovery-codes': ['factor.added'],
  'POST /account/security/recovery-codes/stored': SHOWN,
  'POST /account/security/devices/forget': ['device.trust_ended'],
  'POST /recovery-codes': untold('hands back what the page has shown, as a file'),
};
