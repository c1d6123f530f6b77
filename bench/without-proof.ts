import { loadConfig } from '../src/config/load.ts';
import type { AuditMac } from '../src/domain/audit/mac.ts';
import { startServer } from '../src/server.ts';
import { openApp } from '../src/wire.ts';

/** A server as in production whose events get no MAC: what the row `audit-cost` compares with. No setting does this. */

const ZEROS = '00'.repeat(64);
const NONE: AuditMac = {
  of: () => ZEROS.slice(64),
  pads: () => ({ ipad: ZEROS, opad: ZEROS }),
  verify: () => true,
};

const app = await openApp(loadConfig({ env: process.env, configFile: false }));
// Everything that writes events has this object, and asks it for each of them.
Object.assign(app.auditStamp, { mac: NONE });
const server = await startServer(app);
process.on('SIGTERM', () => void server.close());
