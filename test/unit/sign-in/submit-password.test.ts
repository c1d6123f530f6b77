import { expect } from 'chai';
import type { Account } from '../../../src/domain/accounts/store.ts';
import type { Slot } from '../../../src/domain/lockout/slot-store.ts';
import type { ChangeReason } from '../../../src/domain/passwords/expiry.ts';
import { UNLIMITED } from '../../../src/domain/rate-limits/policy.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import type { Admission } from '../../../src/sign-in/admission-store.ts';
import { type Demands, newAttempt } from '../../../src/sign-in/attempt.ts';
import { submitPassword } from '../../../src/sign-in/submit-password.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const account = {
  id: 'robin-id',
  email: 'robin@example.org',
  status: 'active',
  passwordHash: '$2b$10$old',
} as unknown as Account;

/** Stands for argon2id: what matches, and how often it was asked. */
function setup(
  options: {
    matches?: boolean;
    needsRehash?: boolean;
    account?: Account | undefined;
    busy?: boolean;
    admission?: Admission;
    change?: ChangeReason;
    slot?: Partial<Slot>;
    totps?: number;
  } = {},
) {
  const asked: (string | undefined)[] = [];
  const hasher = {
    implementation: 'test',
    waiting: 0,
    hash: async () => '$argon2id$new',
    verify: async (stored: string | undefined) => {
      asked.push(stored);
      if (options.busy === true) throw new GatehouseError('hashing_busy', { status: 503, message: 'busy' });
      return { matches: options.matches ?? true, needsRehash: options.needsRehash ?? false };
    },
    close: async () => {},
  };
  const found = 'account' in options ? options.account : account;
  const person = found && { account: found, facts: {} as never, deviceIsKnown: false };
  const slot = { failures: 1, locksUntil: undefined, passwordDisabled: false, ...options.slot } as Slot;
  const admission: Admission = options.admission ?? { kind: 'admitted', slot, limits: UNLIMITED };
  const submit = (
    demands: Demands = { accountId: undefined, acr: undefined, maxAgeSeconds: undefined },
    identifier = 'robin@example.org',
  ) =>
    submitPassword(
      newAttempt('a'),
      { identifier, password: 'secret', address: '192.0.2.1', deviceId: undefined },
      demands,
      NOW,
      {
        people: { byIdentifier: async () => person },
        admissions: { admit: async () => admission },
        hasher,
        passwordRules: { requiredChange: () => options.change },
        circumstancesOf: () => ({
          facts: {
            held: { totp: options.totps ?? 0, passkey: 0, recovery_code: 0, temporary_code: 0 },
            deviceTrusted: false,
            codeNeeded: false,
          },
          policy: 'optional',
          grace: { offered: false, skippable: true },
          skippedAt: undefined,
          skipLimit: undefined,
          trustDays: 0,
        }),
        digestKey: Buffer.alloc(32, 1),
      },
    );
  return { asked, submit };
}

describe('a submitted password', () => {
  it('that is right completes the attempt', async () => {
    const { outcome, rejection } = await setup().submit();
    expect(rejection).to.equal(undefined);
    expect(outcome.attempt).to.include({
      accountId: 'robin-id',
      passwordAt: NOW,
      completed: true,
      failures: 0,
    });
    expect(outcome.step).to.include({ kind: 'done', accountId: 'robin-id' });
    expect(outcome.rehash).to.equal(undefined);
    expect(outcome.refusal).to.equal(undefined);
  });

  it('that has to be changed leaves the attempt open, with the reason', async () => {
    for (const change of ['expired', 'must_change', 'compromised'] as const) {
      const { outcome } = await setup({ change }).submit();
      expect(outcome.step).to.deep.include({ kind: 'change_password', accountId: 'robin-id' });
      expect(outcome.attempt).to.deep.include({
        completed: false,
        passwordChange: { reason: change, setAt: undefined },
      });
    }
  });

  it('that is right leaves the attempt open where there is a second factor, expired or not', async () => {
    for (const change of [undefined, 'expired'] as const) {
      const { outcome } = await setup({ totps: 1, ...(change && { change }) }).submit();
      expect(outcome.step).to.deep.equal({ kind: 'second_factor', accountId: 'robin-id', kinds: ['totp'] });
      expect(outcome.attempt.completed).to.equal(false);
    }
  });

  it('that is wrong tells nothing of a change that is due', async () => {
    const { outcome } = await setup({ matches: false, change: 'expired' }).submit();
    expect(outcome.step).to.deep.equal({ kind: 'password' });
    expect(outcome.attempt.passwordChange).to.equal(undefined);
  });

  it('that is wrong counts, and leaves no evidence', async () => {
    const { outcome, rejection } = await setup({ matches: false }).submit();
    expect(rejection).to.equal('credentials_invalid');
    expect(outcome.attempt).to.include({
      failures: 1,
      completed: false,
      accountId: undefined,
      passwordAt: undefined,
    });
    expect(outcome.step).to.deep.equal({ kind: 'password' });
    expect(outcome.refusal?.reason).to.equal('password_wrong');
  });

  it('of an unknown account costs a hash too', async () => {
    const { submit, asked } = setup({ matches: false, account: undefined });
    const { outcome, rejection } = await submit();
    expect(asked).to.deep.equal([undefined]);
    expect(rejection).to.equal('credentials_invalid');
    expect(outcome.refusal?.reason).to.equal('account_unknown');
  });

  it('of a disabled account costs a hash too, and is refused even when it is right', async () => {
    const { submit, asked } = setup({ account: { ...account, status: 'disabled' } });
    const { outcome, rejection } = await submit();
    expect(asked).to.have.length(1);
    expect(rejection).to.equal('credentials_invalid');
    expect(outcome.refusal?.reason).to.equal('account_disabled');
    expect(outcome.attempt.accountId).to.equal(undefined);
  });

  it('whose hash is behind is hashed anew, and the audit trail hears of what it was', async () => {
    const { outcome } = await setup({ needsRehash: true }).submit();
    expect(outcome.rehash).to.deep.equal({ from: '$2b$10$old', to: '$argon2id$new', algorithm: '2b' });
  });

  it('of somebody else than who is expected ends the attempt', async () => {
    const { outcome, rejection } = await setup().submit({
      accountId: 'sam-id',
      acr: undefined,
      maxAgeSeconds: undefined,
    });
    expect(rejection).to.equal(undefined);
    expect(outcome.step).to.deep.equal({ kind: 'impossible', error: 'login_required' });
    expect(outcome.attempt.completed).to.equal(true);
  });

  it('is not decided while the hasher is full', async () => {
    const { outcome, rejection, retryAt } = await setup({ busy: true }).submit();
    expect(rejection).to.equal('too_busy');
    expect(retryAt?.getTime()).to.be.above(NOW.getTime());
    expect(outcome.slot, 'to be given back').to.not.equal(undefined);
  });

  it('is not verified without a slot', async () => {
    const until = new Date('2026-01-02T03:34:05Z');
    const { submit, asked } = setup({ admission: { kind: 'locked', until, limits: UNLIMITED } });
    const { outcome, rejection, retryAt } = await submit();
    expect(asked).to.deep.equal([]);
    expect({ rejection, retryAt }).to.deep.equal({ rejection: 'locked', retryAt: until });
    expect(outcome.refusal?.reason).to.equal('locked');
  });

  it('that fails in the last slot is told of the lock like those after it', async () => {
    const locksUntil = new Date('2026-01-02T03:34:05Z');
    const { submit } = setup({ matches: false, slot: { locksUntil } });
    const { outcome, rejection, retryAt } = await submit();
    expect({ rejection, retryAt }).to.deep.equal({ rejection: 'locked', retryAt: locksUntil });
    expect(outcome.refusal?.reason).to.equal('password_wrong');
  });

  it('that was disabled costs a hash, and does not match even when it is right', async () => {
    const { submit, asked } = setup({ matches: false, slot: { passwordDisabled: true } });
    const { outcome, rejection } = await submit();
    expect(asked).to.deep.equal([undefined]);
    expect(rejection).to.equal('credentials_invalid');
    expect(outcome.refusal?.reason).to.equal('password_disabled');
  });

  it('is told of by a digest of the address: the same for the same, however it was typed', async () => {
    const { submit } = setup({ matches: false });
    const digestOf = async (typed: string) =>
      (await submit(undefined, typed)).outcome.refusal?.identifierDigest;
    const digest = await digestOf('robin@example.org');
    expect(digest).to.match(/^[\w-]{16}$/u);
    expect(await digestOf(' ROBIN@example.org ')).to.equal(digest);
    expect(await digestOf('sam@example.org')).to.not.equal(digest);
  });
});
