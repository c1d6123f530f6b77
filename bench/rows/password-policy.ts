import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { openBlocklist } from '../../src/domain/passwords/blocklist.ts';
import { createPasswordHasher } from '../../src/domain/passwords/hasher.ts';
import { createPasswordRules } from '../../src/domain/passwords/rules.ts';
import { createStrengthEstimator } from '../../src/domain/passwords/strength.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { onAllCores } from '../machine.ts';
import { interleave, median } from '../statistics.ts';
import { type Figure, judged, ROUNDS, type Row, ratio } from './row.ts';

const HISTORY = 12;
const CHOSEN = 'seven quiet lanterns';
const LOOK_UPS = 20_000;

const POLICY = {
  minLength: 12,
  minLengthWithSecondFactor: 12,
  maxLength: 256,
  minScore: 3,
  history: HISTORY,
  expiryDays: 90,
  expiryRoles: ['*'],
  minAgeHours: 0,
  requiredCharacters: [],
};

/** What judging a new password costs, and whether anybody else has to wait for it meanwhile. */
export const passwordPolicy: Row = {
  name: 'password policy',
  measure: ({ quick, cores }) => onAllCores(cores, () => measure(quick)),
};

async function measure(quick: boolean): Promise<Figure[]> {
  const hasher = await createPasswordHasher({
    argon2: { memoryKib: 19_456, timeCost: 2, parallelism: 1 },
    peppers: undefined,
    maxLength: 256,
    hashConcurrency: 0,
    hashQueueLimit: 100,
    random: systemRandomness,
  });
  const former = await Promise.all(
    Array.from({ length: HISTORY }, (_, turn) => hasher.hash(`former password ${turn}`)),
  );
  const blocklist = await openBlocklist(
    fileURLToPath(new URL('../../config/password-blocklist.bin', import.meta.url)),
  );
  const rules = createPasswordRules({
    policies: { general: POLICY, byRole: {} },
    words: ['Gatehouse'],
    blocklist,
    strength: createStrengthEstimator(),
    hasher,
    formerHashes: async (_account, limit) => former.slice(0, limit),
  });
  const owner = { id: 'a', email: 'pat@example.org', name: 'Pat Person', roles: [] };
  const check = async () => {
    const problems = await rules.check(CHOSEN, owner);
    if (problems.length > 0) throw new Error(`the benchmark's password is refused: ${problems.join(', ')}`);
  };
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  const lookUps = async () => {
    for (let turn = 0; turn < LOOK_UPS; turn += 1) await blocklist.includes(`not on the list ${turn}`);
  };

  await check();
  await lookUps();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const pauses: number[] = [];
  const rounds = await interleave(quick ? ROUNDS : 3 * ROUNDS, {
    checks: async () => {
      delay.reset();
      delay.enable();
      const milliseconds = await timed(check);
      delay.disable();
      pauses.push(delay.max / 1e6);
      return milliseconds;
    },
    hashes: async () =>
      (await timed(async () => {
        for (const hash of former) await hasher.verify(hash, CHOSEN);
      })) / HISTORY,
    lookUps: async () => ((await timed(lookUps)) / LOOK_UPS) * 1000,
  });
  await rules.close();
  await hasher.close();
  return [
    ratio(
      `policy check with a history of ${HISTORY} ÷ argon2id hash`,
      [
        { label: 'check', values: rounds.checks },
        { label: 'hash', values: rounds.hashes },
      ],
      'ms',
      { atMost: HISTORY },
    ),
    {
      ...judged('longest pause of other requests in a policy check, ms', median(pauses), { atMost: 10 }),
      detail: `of the event loop, in ${pauses.length} checks of ${median(rounds.checks).toFixed(0)} ms`,
      rounds: { pauses },
    },
    {
      ...judged('blocklist look-up, µs', median(rounds.lookUps), { atMost: 10 }),
      detail: `${blocklist.header.entries} passwords in ${blocklist.header.dataBytes} bytes`,
      rounds: { lookUps: rounds.lookUps },
    },
  ];
}
