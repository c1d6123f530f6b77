import { loadConfig } from '../../src/config/load.ts';
import { SYSTEM_ACTOR } from '../../src/domain/audit/actor.ts';
import type { AuditEvent } from '../../src/domain/audit/events.ts';
import { createAuditLog } from '../../src/domain/audit/store.ts';
import { openApp } from '../../src/wire.ts';
import { ROUNDS, type Row, ratio } from './row.ts';

const EVENTS = 5_000;
const QUICK_EVENTS = 1_000;
/** Events in one statement, as a unit of work or the group commit writes them. */
const A_STATEMENT = 10;

/** Events that the sealer appends and signs in a second, against those that statements of a few insert. */
export const sealing: Row = {
  name: 'sealing',
  async measure({ stack, quick }) {
    const app = await openApp(loadConfig({ env: stack.env, configFile: false }));
    const { sealer } = app.audit.sealing;
    const log = createAuditLog(app.auditStamp);
    const count = quick ? QUICK_EVENTS : EVENTS;
    const event: AuditEvent = {
      type: 'token.revoked',
      outcome: 'success',
      actor: SYSTEM_ACTOR,
      account: '0b4f2a5e-7f0e-4b86-9a53-0a4c9f5d8a11',
      client: 'bench',
      origin: {
        ip: '192.0.2.1',
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
      details: { kind: 'RefreshToken' },
    };
    const perSecond = async (work: () => Promise<void>) => {
      const began = performance.now();
      await work();
      return count / ((performance.now() - began) / 1000);
    };
    const insert = async () => {
      for (let written = 0; written < count; written += A_STATEMENT)
        await log.record(app.database, ...Array.from({ length: A_STATEMENT }, () => event));
    };
    const sealAll = async () => {
      while ((await sealer.seal()).more);
    };
    try {
      await sealAll();
      const rounds = { inserted: [] as number[], sealed: [] as number[] };
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds.inserted.push(await perSecond(insert));
        rounds.sealed.push(await perSecond(sealAll));
      }
      return [
        ratio(
          'audit events sealed ÷ inserted, ten a statement',
          [
            { label: 'sealed', values: rounds.sealed },
            { label: 'inserted', values: rounds.inserted },
          ],
          '/s',
          { atLeast: 1 },
        ),
      ];
    } finally {
      await app.close();
    }
  },
};
