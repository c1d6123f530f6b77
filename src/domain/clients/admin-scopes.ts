/**
 * The scopes of the administration API. They are of no resource that anybody registers: a client may ask for those that its
 * `admin_scopes` names, and what a token with one of them allows depends on the roles of its person, too.
 */
export const ADMIN_SCOPES = [
  'people:read',
  'people:write',
  /** The daily work of a helpdesk: unlocking, factors, sessions, access codes. */
  'people:assist',
  'clients:read',
  'clients:write',
  'audit:read',
  'reports:read',
  'system:read',
  'system:write',
] as const;

export type AdminScope = (typeof ADMIN_SCOPES)[number];

export const isAdminScope = (text: string): text is AdminScope =>
  (ADMIN_SCOPES as readonly string[]).includes(text);
