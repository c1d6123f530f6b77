import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import type { JWK } from 'jose';
import type { Provider } from 'oidc-provider';
import type { KeyStore, SigningKey } from '../../../src/domain/keys/store.ts';
import { type ActiveProvider, createActiveProvider } from '../../../src/oidc/active-provider.ts';
import { eventually } from '../../support/processes.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JWK;

describe('the active provider', () => {
  let now: number;
  let keys: SigningKey[];
  let failing: boolean;
  let made: string[][];
  let opened: string[];
  let errors: unknown[];
  let active: ActiveProvider;

  const at = (seconds: number) => new Date(START + seconds * 1000);
  const key = (kid: string, activates: number, retires?: number): SigningKey => ({
    kid,
    algorithm: 'EdDSA',
    publicJwk: {},
    publishedAt: at(0),
    activatesAt: at(activates),
    retiresAt: retires === undefined ? undefined : at(retires),
  });

  const keyStore = {
    async list() {
      if (failing) throw new Error('database away');
      await new Promise((resolve) => setImmediate(resolve));
      return keys;
    },
    async open(kid: string) {
      opened.push(kid);
      return jwk;
    },
  } as unknown as KeyStore;

  const create = (pollSeconds = 30) =>
    createActiveProvider({
      keyStore,
      clock: { now: () => new Date(now) },
      pollSeconds,
      create: (signers) => {
        made.push(signers.map(({ kid }) => kid));
        return { number: made.length } as unknown as Provider;
      },
      onError: (error) => errors.push(error),
    });

  beforeEach(async () => {
    now = START + 10_000;
    keys = [key('one', 0)];
    failing = false;
    made = [];
    opened = [];
    errors = [];
    active = await create();
  });
  afterEach(() => active.close());

  it('is made with the keys that are published, and not anew while they stay', async () => {
    const { current, generation } = active;
    await active.reload();
    expect(active.current).to.equal(current);
    expect(active.generation).to.equal(generation);
    expect(made).to.deep.equal([['one']]);
  });

  it('is made anew when a key is published, when it comes to sign, and when one retires', async () => {
    keys = [key('one', 0, 500), key('two', 100)];
    await active.reload();
    now = START + 100_000;
    await active.reload();
    now = START + 500_000;
    await active.reload();
    expect(made).to.deep.equal([['one'], ['one', 'two'], ['two', 'one'], ['two']]);
    expect(active.generation).to.equal(4);
    expect(opened, 'each private key is opened once').to.deep.equal(['one', 'two']);
  });

  it('changes by itself at the moment when a key comes to sign', async () => {
    now = START + 99_950;
    keys = [key('one', 0, 500), key('two', 100)];
    await active.reload();
    now = START + 100_000;
    await eventually('the new key signs', async () => made.at(-1)?.[0] === 'two', 2_000);
  });

  it('reads what changed while it was reading', async () => {
    const first = active.reload();
    keys = [key('one', 0, 500), key('two', 100)];
    const second = active.reload();
    await Promise.all([first, second]);
    expect(made.at(-1)).to.deep.equal(['one', 'two']);
  });

  it('keeps its keys when they cannot be read, tells of it, and reads them later', async () => {
    active.close();
    active = await create(0.02);
    const { current } = active;
    failing = true;
    const refused = await active.reload().then(
      () => false,
      () => true,
    );
    expect(refused).to.equal(true);
    expect(active.current).to.equal(current);
    await eventually('the poll told of it', async () => errors.length > 0);
    keys = [key('one', 0, 500), key('two', 100)];
    failing = false;
    await eventually('it has the new key', async () => made.at(-1)?.includes('two') === true, 2_000);
  });

  it('is not made without keys that can be read', async () => {
    failing = true;
    const refused = await create().then(
      () => false,
      () => true,
    );
    expect(refused).to.equal(true);
  });

  it('does nothing more after it was closed', async () => {
    active.close();
    active = await create(0.02);
    active.close();
    const before = made.length;
    keys = [key('one', 0, 500), key('two', 100)];
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(made).to.have.length(before);
  });
});
