import { PASSWORD } from '../clients.ts';
import { openPage, submitForm } from '../flows.ts';
import { Connection } from '../http.ts';
import { disabledAccount, enabledAccount } from '../stack.ts';
import { interleave, median } from '../statistics.ts';
import { judged, type Row } from './row.ts';

const TRIES = 200;
const QUICK_TRIES = 60;
const WARM = 20;

/** Nobody learns from the time of an answer whether an account exists: try by try in turns, each kind as often. */
export const refusals: Row = {
  name: 'refusals',
  async measure({ stack, quick }) {
    const { target, child } = await stack.gatehouse();
    const connection = new Connection(target);
    const refused = async (identifier: string, password: string) => {
      const page = await openPage(connection);
      const began = performance.now();
      const { status } = await submitForm(connection, page, identifier, password);
      if (status !== 401) throw new Error(`a wrong sign-in was answered with ${status}`);
      return performance.now() - began;
    };
    let number = 0;
    const kinds = {
      wrong: () => refused(enabledAccount(number++), 'not the password of anybody'),
      unknown: () => refused(`nobody-${number++}@example.org`, PASSWORD),
      disabled: () => refused(disabledAccount(number++), PASSWORD),
    };
    await interleave(WARM, kinds);
    const tries = await interleave(quick ? QUICK_TRIES : TRIES, kinds);
    connection.close();
    await child.stop();
    const medians = Object.entries(tries).map(([kind, values]) => ({ kind, median: median(values) }));
    const [least, most] = [Math.min, Math.max].map((pick) => pick(...medians.map((each) => each.median)));
    return [
      {
        ...judged('refusals: slowest median ÷ fastest', (most ?? 0) / (least ?? 1), { atMost: 1.05 }),
        detail: medians.map((each) => `${each.kind} ${each.median.toFixed(2)} ms`).join('; '),
        rounds: tries,
      },
    ];
  },
};
