import { ACCOUNT_RECORD_EVENTS } from './account-records.ts';
import { ACCOUNT_EVENTS } from './accounts.ts';
import { APPROVAL_EVENTS } from './approvals.ts';
import { AUDIT_EVENTS } from './audit.ts';
import { BREAK_GLASS_EVENTS } from './break-glass.ts';
import { BULK_EVENTS } from './bulk.ts';
import { CLIENT_EVENTS } from './clients.ts';
import { CONFIGURATION_EVENTS } from './configuration.ts';
import type { EventDefinition, WrittenDetails } from './define.ts';
import { DEVICE_SIGN_IN_EVENTS } from './device-sign-ins.ts';
import { FACTOR_EVENTS } from './factors.ts';
import { GROUP_EVENTS } from './groups.ts';
import { PASSWORD_EVENTS } from './passwords.ts';
import { SESSION_EVENTS } from './sessions.ts';
import { SIGN_IN_EVENTS } from './sign-ins.ts';
import { SYSTEM_EVENTS } from './system.ts';
import { TOKEN_EVENTS } from './tokens.ts';
import { UNIT_EVENTS } from './units.ts';

/**
 * What events say: every type that may be written, and the schema of its details in each version. The types in TypeScript are
 * derived from it, so that nothing is checked when an event is written; in tests every row is checked against it.
 */
export const EVENTS = {
  ...SIGN_IN_EVENTS,
  ...DEVICE_SIGN_IN_EVENTS,
  ...SESSION_EVENTS,
  ...TOKEN_EVENTS,
  ...ACCOUNT_EVENTS,
  ...ACCOUNT_RECORD_EVENTS,
  ...PASSWORD_EVENTS,
  ...FACTOR_EVENTS,
  ...BREAK_GLASS_EVENTS,
  ...CLIENT_EVENTS,
  ...CONFIGURATION_EVENTS,
  ...UNIT_EVENTS,
  ...GROUP_EVENTS,
  ...APPROVAL_EVENTS,
  ...BULK_EVENTS,
  ...SYSTEM_EVENTS,
  ...AUDIT_EVENTS,
} satisfies Readonly<Record<string, EventDefinition>>;

/** The same by subject, as the catalogue lists them. */
export const EVENT_GROUPS: readonly {
  readonly title: string;
  readonly events: Readonly<Record<string, EventDefinition>>;
}[] = [
  { title: 'Signing in', events: SIGN_IN_EVENTS },
  { title: 'Signing in on devices', events: DEVICE_SIGN_IN_EVENTS },
  { title: 'Sessions and consent', events: SESSION_EVENTS },
  { title: 'Authorizations and tokens', events: TOKEN_EVENTS },
  { title: 'Accounts', events: { ...ACCOUNT_EVENTS, ...ACCOUNT_RECORD_EVENTS } },
  { title: 'Passwords', events: PASSWORD_EVENTS },
  { title: 'Factors', events: FACTOR_EVENTS },
  { title: 'Break-glass accounts', events: BREAK_GLASS_EVENTS },
  { title: 'Clients and resources', events: CLIENT_EVENTS },
  { title: 'Declared configuration', events: CONFIGURATION_EVENTS },
  { title: 'Units', events: UNIT_EVENTS },
  { title: 'Groups', events: GROUP_EVENTS },
  { title: 'Approvals', events: APPROVAL_EVENTS },
  { title: 'Bulk jobs', events: BULK_EVENTS },
  { title: 'Keys and mail', events: SYSTEM_EVENTS },
  { title: 'The audit trail itself', events: AUDIT_EVENTS },
];

export type AuditEventType = keyof typeof EVENTS;

/** What each event says beyond the common fields, as code gives it. */
export type AuditDetails = {
  readonly [Type in AuditEventType]: WrittenDetails<(typeof EVENTS)[Type]>;
};

/** Every type of event. */
export const EVENT_TYPES = Object.keys(EVENTS) as readonly AuditEventType[];

export const isEventType = (type: string): type is AuditEventType => Object.hasOwn(EVENTS, type);

/** What is said of a type of event, whichever versions it has. */
export const definitionOf = (type: AuditEventType): EventDefinition => EVENTS[type];
