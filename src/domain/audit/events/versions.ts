import type { z } from 'zod';
import { type AuditEventType, definitionOf, EVENT_TYPES, isEventType } from './index.ts';

/** The version of the schema by which the details of each type are written now. */
const CURRENT: ReadonlyMap<string, number> = new Map(
  EVENT_TYPES.map((type) => [type, definitionOf(type).versions.length]),
);

/** The version that the details of an event of this type have when they are written now, from 1 on. */
export const versionOf = (type: AuditEventType): number => CURRENT.get(type) ?? 1;

/** The schema of the details of a type in one version; undefined where there is no such type or version. */
export const schemaOf = (type: string, version: number): z.ZodObject | undefined =>
  isEventType(type) ? definitionOf(type).versions[version - 1] : undefined;
