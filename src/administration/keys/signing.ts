import { z } from 'zod';
import { KEY_PHASES, phaseOf, SIGNING_ALGORITHMS } from '../../domain/keys/policy.ts';
import type { KeyStore } from '../../domain/keys/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { defineAct, defineRead } from '../act.ts';

/** The longest delay after which a new key signs, in seconds: a week. */
export const MAX_ACTIVATION_DELAY_SECONDS = 604_800;

const algorithm = z.enum(SIGNING_ALGORITHMS);
const signingKey = z.object({ kid: z.string(), algorithm });

/** The keys that sign tokens, in the order in which they begin to. */
export const list = defineRead({
  name: 'keys.list',
  summary: 'Lists the signing keys.',
  http: { method: 'GET', path: '/keys' },
  scope: 'system:read',
  input: z.strictObject({}),
  result: z.object({
    keys: z.array(
      signingKey.extend({
        phase: z.enum(KEY_PHASES),
        activatesAt: z.date(),
        retiresAt: z.date().nullable(),
      }),
    ),
  }),
  async run({ keys, clock }: { readonly keys: Pick<KeyStore, 'list'>; readonly clock: Clock }) {
    const all = await keys.list();
    const now = clock.now();
    return {
      keys: all.map((key) => ({ ...key, phase: phaseOf(key, all, now), retiresAt: key.retiresAt ?? null })),
    };
  },
});

interface Rotates {
  readonly keys: Pick<KeyStore, 'rotate' | 'removeRetired'>;
  /** After how many seconds a new key signs where nobody says. */
  readonly keyActivationDelaySeconds: number;
}

/** Publishes a new key of each algorithm, which signs after a delay, and removes those that are retired by now. */
export const rotate = defineAct({
  name: 'keys.rotate',
  summary: 'Publishes new signing keys, which sign after a while.',
  http: { method: 'POST', path: '/keys/rotate' },
  scope: 'system:write',
  irreversible: false,
  dangerous: true,
  input: z.strictObject({
    /** Only this one. */
    algorithm: algorithm.optional(),
    /** Until the new key signs; as it is configured, where nothing is said. */
    activationDelaySeconds: z.int().min(0).max(MAX_ACTIVATION_DELAY_SECONDS).optional(),
  }),
  result: z.object({
    removed: z.array(signingKey),
    published: z.array(signingKey.extend({ activatesAt: z.date() })),
  }),
  async run({ keys, keyActivationDelaySeconds }: Rotates, { tx, input, record }) {
    const delay = input.activationDelaySeconds ?? keyActivationDelaySeconds;
    const removed = await keys.removeRetired(tx);
    await record(...removed.map(({ kid }) => ({ type: 'key.retired', details: { kid } }) as const));
    const published = [];
    for (const name of input.algorithm === undefined ? SIGNING_ALGORITHMS : [input.algorithm]) {
      const key = await keys.rotate(tx, name, delay);
      await record({ type: 'key.published', details: { kid: key.kid, algorithm: key.algorithm } });
      published.push(key);
    }
    return { removed, published };
  },
});
