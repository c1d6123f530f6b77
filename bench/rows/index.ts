import { auditCost } from './audit-cost.ts';
import { auditEvidence } from './audit-evidence.ts';
import { auditReading } from './audit-reading.ts';
import { endpoints } from './endpoints.ts';
import { memory } from './memory.ts';
import { passwordPolicy } from './password-policy.ts';
import { passwords } from './passwords.ts';
import { peopleList } from './people-list.ts';
import { refusals } from './refusals.ts';
import type { Row } from './row.ts';
import { sealing } from './sealing.ts';
import { secondFactor } from './second-factor.ts';
import { sessionCheck } from './session-check.ts';
import { standIns } from './stand-ins.ts';
import { start } from './start.ts';
import { storage } from './storage.ts';
import { storm } from './storm.ts';
import { sweep } from './sweep.ts';

/** In the order in which they are measured. The start comes last: it takes the data folder over. */
export const ROWS: readonly Row[] = [
  passwords,
  passwordPolicy,
  secondFactor,
  endpoints,
  storm,
  storage,
  sessionCheck,
  refusals,
  auditCost,
  sealing,
  standIns,
  memory,
  sweep,
  auditReading,
  peopleList,
  auditEvidence,
  start,
];
