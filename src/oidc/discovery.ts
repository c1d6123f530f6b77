import { promptValues } from './prompts.ts';
import { STATUS_LISTS_PATH } from './status-reference.ts';

/** How applications warn their people before a session idles out: see docs/sessions.md. */
export const SESSION_ROUTES = {
  status: '/session',
  activity: '/session/activity',
  monitor: '/session-monitor.js',
} as const;

/** Where clients register themselves (RFC 7591), and below it manage what they have registered (RFC 7592). */
export const CLIENT_REGISTRATION_PATH = '/client-registration';

/** Members of our own in the discovery document, as RFC 8414 (section 2) allows them. */
export const discoveryMembers = ({
  issuer,
  clientRegistration,
  registrationOpen,
}: {
  readonly issuer: string;
  readonly clientRegistration: boolean;
  readonly registrationOpen: boolean;
}) => ({
  session_status_endpoint: `${issuer}${SESSION_ROUTES.status}`,
  session_activity_endpoint: `${issuer}${SESSION_ROUTES.activity}`,
  session_monitor_uri: `${issuer}${SESSION_ROUTES.monitor}`,
  ...(clientRegistration ? { registration_endpoint: `${issuer}${CLIENT_REGISTRATION_PATH}` } : {}),
  status_list_aggregation_endpoint: `${issuer}${STATUS_LISTS_PATH}`,
  prompt_values_supported: promptValues(registrationOpen),
});
