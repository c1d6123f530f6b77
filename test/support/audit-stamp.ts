import { type AuditMac, createAuditMac } from '../../src/domain/audit/mac.ts';
import type { AuditStamp } from '../../src/domain/audit/row-store.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';

/** The MAC of audit events that are written without a server. */
export const TEST_MAC: AuditMac = createAuditMac(Buffer.alloc(32, 7));

/** What audit events get that are written without a server. */
export const testStamp = (clock: Clock = systemClock): AuditStamp => ({
  clock,
  random: systemRandomness,
  mac: TEST_MAC,
});
