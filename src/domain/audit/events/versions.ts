import type { AuditEventType } from '../events.ts';

/** The version of the schema of a type's details, which each new row says. */
export const versionOf = (_type: AuditEventType): number => 1;
