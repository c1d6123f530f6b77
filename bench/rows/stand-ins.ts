import { loadConfig } from '../../src/config/load.ts';
import { type App, openApp } from '../../src/wire.ts';
import {
  argon2Hash,
  bcryptHash,
  costOfStored,
  firebaseHash,
  pbkdf2Hash,
  scryptHash,
  sha512cryptHash,
  sshaHash,
  storedForms,
} from '../../test/support/password-hashes.ts';
import { PASSWORD } from '../clients.ts';
import { openPage, submitForm } from '../flows.ts';
import { Connection } from '../http.ts';
import { interleave, median } from '../statistics.ts';
import { judged, type Row, ratio } from './row.ts';

const TRIES = 25;
const QUICK_TRIES = 9;
const WARM = 2;
/** Of each kind: the other accounts of the bench have the hash of today. */
const PEOPLE = 200;
const IDENTIFIERS = 20_000;

const OURS = { memoryKib: 19_456, timeCost: 2, parallelism: 1 };

/** What other systems write and is kept only wrapped, with the parameters that they have. */
async function wrappedKinds(): Promise<Record<string, string>> {
  const weak = {
    'argon2d m=4096,t=3': await argon2Hash(PASSWORD, { algorithm: 'argon2d', memoryKib: 4_096, timeCost: 3 }),
    'bcrypt 8': bcryptHash(PASSWORD, 8),
    'bcrypt-sha256 12': `bcrypt_sha256$${bcryptHash(PASSWORD, 12)}`,
    'scrypt ln=14,r=8': scryptHash(PASSWORD, { ln: 14 }),
    'firebase-scrypt ln=14,r=8': firebaseHash({ ln: 14 }),
    'pbkdf2-sha1 20000': pbkdf2Hash(PASSWORD, { digest: 'sha1', iterations: 20_000, bytes: 20 }),
    'pbkdf2-sha256 27500': pbkdf2Hash(PASSWORD, { iterations: 27_500, bytes: 64 }),
    'pbkdf2-sha512 210000': pbkdf2Hash(PASSWORD, { digest: 'sha512', iterations: 210_000, bytes: 64 }),
    SHA: sshaHash(PASSWORD, 'SHA'),
    SSHA: sshaHash(PASSWORD),
    SSHA256: sshaHash(PASSWORD, 'SSHA256'),
    SSHA512: sshaHash(PASSWORD, 'SSHA512'),
    'sha512crypt 5000': sha512cryptHash(PASSWORD, 5_000),
  };
  const stored = await storedForms(Object.values(weak), undefined, OURS);
  return Object.fromEntries(
    Object.keys(weak).map((kind, index) => [`wrapped ${kind}`, String(stored[index])]),
  );
}

/** What other systems write, with the parameters that they, or OWASP's Password Storage Cheat Sheet, have. */
const kinds = async (): Promise<Record<string, string>> => ({
  'argon2id m=19456,t=2': await argon2Hash(PASSWORD, { memoryKib: 19_456, timeCost: 2 }),
  'argon2id m=65536,t=3,p=4': await argon2Hash(PASSWORD, { memoryKib: 65_536, timeCost: 3, parallelism: 4 }),
  'argon2i m=4096,t=3, version 16': await argon2Hash(PASSWORD, {
    algorithm: 'argon2i',
    version: 0x10,
    memoryKib: 4_096,
    timeCost: 3,
  }),
  'bcrypt 10': bcryptHash(PASSWORD, 10),
  'bcrypt 12': bcryptHash(PASSWORD, 12),
  'scrypt ln=15,r=8': scryptHash(PASSWORD, { ln: 15, p: 3 }),
  'scrypt ln=14,r=8': scryptHash(PASSWORD, { ln: 14 }),
  'pbkdf2-sha256 29000': pbkdf2Hash(PASSWORD, { iterations: 29_000 }),
  'pbkdf2-sha512 210000': pbkdf2Hash(PASSWORD, { digest: 'sha512', iterations: 210_000, bytes: 64 }),
  ...(await wrappedKinds()),
});

/**
 * Nobody learns from the time of an answer whether an account exists, whatever its hash: a wrong password at accounts of every
 * kind, and at addresses of nobody whose stand-in is of that kind, try by try in turns.
 */
export const standIns: Row = {
  name: 'stand-ins',
  async measure({ stack, quick }) {
    const app = await openApp(loadConfig({ env: stack.env, configFile: false }));
    try {
      const hashes = await kinds();
      await addPeople(app, hashes);
      await app.passwords.standIns.refresh();
      const { target, child } = await stack.gatehouse();
      const connection = new Connection(target);
      const tries = await interleaved(app, hashes, quick, async (identifier) => {
        const page = await openPage(connection);
        const began = performance.now();
        const { status } = await submitForm(connection, page, identifier, 'not the password of anybody');
        if (status !== 401) throw new Error(`a wrong sign-in was answered with ${status}`);
        return performance.now() - began;
      });
      connection.close();
      await child.stop();
      const figures = Object.keys(hashes).map((kind) => {
        const [unknown, known] = [tries[`unknown ${kind}`] ?? [], tries[`known ${kind}`] ?? []];
        const sides = [
          { label: 'unknown', values: unknown },
          { label: 'known', values: known },
        ] as const;
        return ratio(`  ${kind}`, sides, 'ms');
      });
      const furthest = Math.max(...figures.map(({ value }) => Math.max(value, 1 / value)));
      const shares = await sharesOf(app, hashes);
      return [
        {
          ...judged('unknown ÷ known, the furthest of every kind of hash', furthest, { atMost: 1.05 }),
          detail: figures.map(({ name, value }) => `${name.trim()} ${value.toFixed(3)}`).join('; '),
          rounds: tries,
        },
        ...figures,
        {
          ...judged('share of unknown ÷ share of accounts, the furthest', shares.furthest, { atMost: 1.15 }),
          detail: shares.detail,
          rounds: {},
        },
      ];
    } finally {
      await app.database.query(`delete from accounts where email_key like 'imported-%'`);
      await app.close();
    }
  },
};

const emailOf = (kind: number, index: number) => `imported-${kind}-${index}@example.org`;

async function addPeople(
  { database, accounts: { store: accounts } }: App,
  hashes: Record<string, string>,
): Promise<void> {
  for (const [kind, passwordHash] of Object.values(hashes).entries()) {
    await accounts.createMany(
      database,
      Array.from({ length: PEOPLE }, (_, index) => ({
        email: emailOf(kind, index),
        name: 'Pat Person',
        passwordHash,
      })),
    );
  }
}

/** Addresses of nobody, by what their stand-in costs. */
function nobodies({ passwords: { standIns: dealt } }: App): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (let index = 0; index < IDENTIFIERS; index += 1) {
    const identifier = `nobody-${index}@example.org`;
    const cost = costOfStored(String(dealt.of(identifier)));
    found.set(cost, [...(found.get(cost) ?? []), identifier]);
  }
  return found;
}

async function interleaved(
  app: App,
  hashes: Record<string, string>,
  quick: boolean,
  refused: (identifier: string) => Promise<number>,
): Promise<Record<string, number[]>> {
  const unknown = nobodies(app);
  const things: Record<string, () => Promise<number>> = {};
  for (const [kind, [name, hash]] of Object.entries(hashes).entries()) {
    const others = unknown.get(costOfStored(hash)) ?? [];
    let turn = 0;
    things[`known ${name}`] = () => refused(emailOf(kind, turn++ % PEOPLE));
    things[`unknown ${name}`] = () => refused(String(others[turn++ % others.length]));
  }
  await interleave(WARM, things);
  return interleave(quick ? QUICK_TRIES : TRIES, things);
}

async function sharesOf(app: App, hashes: Record<string, string>) {
  const unknown = nobodies(app);
  const [row] = await app.database.query<{ n: number }>(
    'select count(*)::int as n from accounts where password_hash is not null',
  );
  const everybody = row?.n ?? 0;
  // The first kind is that of the bench's other accounts, too.
  const known = (kind: number) =>
    kind === 0 ? everybody - PEOPLE * (Object.keys(hashes).length - 1) : PEOPLE;
  const ratios = Object.values(hashes).map((hash, kind) => {
    const ofUnknown = (unknown.get(costOfStored(hash))?.length ?? 0) / IDENTIFIERS;
    return ofUnknown / (known(kind) / everybody);
  });
  return {
    furthest: Math.max(...ratios.map((value) => Math.max(value, 1 / value))),
    detail: `${IDENTIFIERS} addresses of nobody, ${everybody} accounts; median ${median(ratios).toFixed(2)}`,
  };
}
