import { bytesFor, writeCode } from '../../kernel/crockford.ts';
import { conflict } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';

/**
 * Break-glass accounts: what they are and how long they last. Pure. Each is made by an operator, kept sealed on paper, used once, and
 * ended by itself; somebody else reviews what was done with it.
 */

/** For how long a break-glass account works from its first sign-in on. */
export const USE_HOURS = 4;

/** How often the reminder is repeated while an account is not drilled. */
export const REMINDER_DAYS = 7;

/**
 * The domain of their addresses, which can be nobody's (RFC 6761, section 6.4: `.invalid`). No mail goes there, and it is no
 * address to sign in with that anybody could guess: it holds the random name.
 */
export const BREAK_GLASS_DOMAIN = 'break-glass.invalid';

const GROUP = 4;
/** 60 bits: it is no secret, but tells nothing and is met by no guessing. */
const NAME_LENGTH = 12;
/** 140 bits in seven groups; 128 are asked for. */
const SECRET_LENGTH = 28;
/** 160 bits, as RFC 4226, section 4, recommends. */
export const SEED_BYTES = 20;

/** What is written on the paper, and told this once. */
export interface SealedSecrets {
  readonly username: string;
  readonly password: string;
}

export const newSecrets = (random: Randomness): SealedSecrets => ({
  username: writeCode(random.bytes(bytesFor(NAME_LENGTH)), NAME_LENGTH, GROUP).toLowerCase(),
  password: writeCode(random.bytes(bytesFor(SECRET_LENGTH)), SECRET_LENGTH, GROUP),
});

export type BreakGlassState = 'sealed' | 'used' | 'ended' | 'reviewed' | 'revoked';

export interface BreakGlassTimes {
  readonly createdAt: Date;
  readonly usedAt: Date | undefined;
  /** When its use is over. */
  readonly endsAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
  readonly reviewedAt: Date | undefined;
  readonly drilledAt: Date | undefined;
}

/**
 * `sealed`: never used. `used`: in use, for hours. `ended`: the use is over, and has to be reviewed. `reviewed`: somebody else has
 * signed for it. `revoked`: ended without ever having been used.
 */
export function stateOf(times: BreakGlassTimes, now: Date): BreakGlassState {
  if (times.reviewedAt !== undefined) return 'reviewed';
  if (times.usedAt === undefined) return times.endedAt === undefined ? 'sealed' : 'revoked';
  const isOver = times.endedAt !== undefined || (times.endsAt !== undefined && times.endsAt <= now);
  return isOver ? 'ended' : 'used';
}

/** When a sealed account is to be drilled next: its envelope found whole, and its secrets not needed. */
export const drillDue = ({ createdAt, drilledAt }: BreakGlassTimes, days: number): Date =>
  new Date((drilledAt ?? createdAt).getTime() + days * 86_400_000);

/**
 * Refuses to change a break-glass account by what changes other accounts: it must not become anybody's for good, and its secrets are
 * those on the paper. Throws `break_glass_account` (409).
 */
export function assertNotBreakGlass({ breakGlass }: { readonly breakGlass?: true }): void {
  if (!breakGlass) return;
  throw conflict(
    'break_glass_account',
    'This is a break-glass account: it can be revoked, and not be changed.',
  );
}
