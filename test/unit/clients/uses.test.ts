import { expect } from 'chai';
import type { ClientUse, SecretUse } from '../../../src/domain/clients/use-store.ts';
import { createClientUses } from '../../../src/domain/clients/uses.ts';

describe('uses of clients, in memory', () => {
  function ground() {
    let now = 0;
    let fails = false;
    const written: [readonly ClientUse[], readonly SecretUse[]][] = [];
    const uses = createClientUses({
      clock: { now: () => new Date(now) },
      store: {
        write: async (clients, secrets) => {
          if (fails) throw new Error('away');
          written.push([clients, secrets]);
        },
      },
    });
    return {
      uses,
      written,
      at: (time: number) => {
        now = time;
      },
      break: (broken: boolean) => {
        fails = broken;
      },
    };
  }

  it('are written together, each client once, and then forgotten', async () => {
    const { uses, written, at } = ground();
    at(1);
    uses.client('a');
    at(2);
    uses.client('a');
    uses.secret('a', 'd');
    await uses.write();
    await uses.write();
    expect(written).to.deep.equal([
      [[{ client: 'a', at: new Date(2) }], [{ client: 'a', digest: 'd', at: new Date(2) }]],
      [[], []],
    ]);
  });

  it('are kept where they could not be written, and do not replace later ones', async () => {
    const { uses, written, at, break: breaks } = ground();
    at(1);
    uses.client('a');
    uses.client('b');
    breaks(true);
    const failing = uses.write();
    at(2);
    uses.client('a');
    expect(await failing.catch(({ message }) => message)).to.equal('away');
    breaks(false);
    await uses.write();
    expect(written[0]?.[0]).to.deep.equal([
      { client: 'a', at: new Date(2) },
      { client: 'b', at: new Date(1) },
    ]);
  });

  it('do not grow without an end', async () => {
    const { uses, written } = ground();
    for (let id = 0; id < 10_050; id += 1) uses.client(String(id));
    await uses.write();
    expect(written[0]?.[0]).to.have.length(10_000);
  });
});
