import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../src/config/load.ts';
import { openApp } from '../../src/wire.ts';
import { totpCode } from '../../test/support/totp.ts';
import { newPerson, signIn } from '../flows.ts';
import { Connection } from '../http.ts';
import { enabledAccount } from '../stack.ts';
import { interleave, median } from '../statistics.ts';
import { judged, ROUNDS, type Row } from './row.ts';

/** What the code of an app adds to a sign-in: one page more, and its verification. */
export const secondFactor: Row = {
  name: 'second factor',
  async measure({ stack, quick }) {
    const app = await openApp(loadConfig({ env: stack.env, configFile: false }));
    const { target, child } = await stack.gatehouse();
    const connection = new Connection(target);
    const [without, withOne] = [newPerson(enabledAccount(1)), newPerson(enabledAccount(2))];
    const account = await app.accounts.store.findByIdentifier(withOne.identifier);
    if (account === undefined) throw new Error(`nobody is ${withOne.identifier}`);
    const totpSecret = [...randomBytes(32)]
      .map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32])
      .join('');
    await app.database.transaction((tx) =>
      app.factors.totp.adopt(tx, [{ accountId: account.id, totpSecret }]),
    );
    const timed = async (work: () => Promise<unknown>) => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    };
    const kinds = {
      password: () => timed(() => signIn(connection, without)),
      code: async () => {
        // Time does not have to pass for a code to be good again.
        await app.database.query('update totp_authenticators set last_step = 0 where account_id = $1', [
          account.id,
        ]);
        return timed(() => signIn(connection, withOne, totpCode(totpSecret)));
      },
    };
    await interleave(quick ? 20 : 100, kinds);
    const rounds = await interleave((quick ? 10 : 40) * ROUNDS, kinds);
    await app.database.query('delete from totp_authenticators where account_id = $1', [account.id]);
    connection.close();
    await child.stop();
    await app.close();
    const [password, code] = [median(rounds.password), median(rounds.code)];
    return [
      {
        ...judged('what a second factor adds to a sign-in, ms', code - password, { atMost: 10 }),
        detail: `with a code ${code.toFixed(1)} ms, without ${password.toFixed(1)} ms (medians of ${rounds.code.length})`,
        rounds,
      },
    ];
  },
};
