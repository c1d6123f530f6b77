import { ACTIVITY_WORDS } from '../../src/domain/audit/activity.ts';
import { deviceOf } from '../../src/domain/mail/device.ts';
import type { ActivityOnPage } from '../../src/http/account/views.ts';
import { AGENTS, client, hostileClient, longest, type PageState, state } from './page-state.ts';

const links = { passwordHref: '/account/password', sessionsHref: '/account/sessions' };

const entry = (words: string, minutes: number, more: Partial<ActivityOnPage> = {}): ActivityOnPage => ({
  at: new Date(Date.UTC(2026, 10, 23, 9, minutes)),
  words,
  failed: false,
  byAdministrator: false,
  ...more,
});

const here = { ip: '203.0.113.7', ...deviceOf(AGENTS.firefox) };
const longHere = { ip: longest.ip, ...deviceOf(AGENTS.longest), client: longest.client };

/** Recent activity: an ordinary page, one of everything that can happen, and those with nothing on them. */
export const activityStates: readonly PageState[] = [
  state('account-activity', 'account-activity', {
    ...links,
    olderHref: '/account/activity?before=1',
    entries: [
      entry('signed_in_aal2', 41, { ...here, client: client.name }),
      entry('choice_demanded', 41, here),
      entry('password_right', 40, { ...here, client: client.name }),
      entry('sign_in_failed_password', 38, { failed: true, ip: longest.ip }),
      entry('sign_in_failed_totp', 38, { failed: true, ...longHere }),
      entry('password_change_required_must_change', 20, { byAdministrator: true }),
      entry('session_ended_idle', 5, { ended: deviceOf(AGENTS.longest) }),
    ],
  }),
  state('account-activity-everything', 'account-activity', {
    ...links,
    newestHref: '/account/activity',
    zoneinfo: 'Europe/Madrid',
    entries: ACTIVITY_WORDS.map((words, index) =>
      entry(words, index % 60, { ...here, failed: index % 5 === 0, client: hostileClient.name }),
    ),
  }),
  state('account-activity-empty', 'account-activity', { ...links, entries: [] }),
  state('account-activity-older-only', 'account-activity', {
    ...links,
    entries: [],
    olderHref: '/account/activity?before=1',
    newestHref: '/account/activity',
  }),
];
