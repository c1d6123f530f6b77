import { createGuardrails, generateSync, generateURI } from 'otplib';
import { constantTimeEqual } from '../../kernel/crypto.ts';

/** Seconds of a step: what every authenticator app takes for granted (RFC 6238, section 5.2). */
export const STEP_SECONDS = 30;

/** Steps that the app's clock may be off either way. RFC 6238, section 5.2, and OWASP ASVS 6.5.5: one. */
const DRIFT_STEPS = 1;

export const DIGITS = 6;

/** Bytes of a new seed: as many as SHA-1's output (RFC 4226, section 4, R6). */
export const SEED_BYTES = 20;

/** How long a set-up may take. Whoever comes later begins anew, with another seed. */
export const SETUP_SECONDS = 1_800;

/** Authenticator apps of one person: a few telephones, and what they forgot to remove. */
export const MAX_AUTHENTICATORS = 10;

/** Set-ups of one person under way, e.g. in several tabs; beyond it, the oldest is over. */
export const MAX_SETUPS = 5;

/** As short and as long as the secrets that can be imported (`domain/accounts/import.ts`). */
const GUARDRAILS = createGuardrails({ MIN_SECRET_BYTES: 10, MAX_SECRET_BYTES: 128 });

/** The step of a moment: T of RFC 6238, section 4.2. */
export const stepAt = (at: Date): number => Math.floor(at.getTime() / 1000 / STEP_SECONDS);

/** The last step of which a code could have been taken by then, by an app whose clock is ahead. */
export const lastSpendableStep = (at: Date): number => stepAt(at) + DRIFT_STEPS;

/**
 * A code as it was typed, without the spaces that apps show in it; undefined when it is none: exactly six ASCII digits.
 * Digits of other scripts are refused instead of read, so that one code has one form.
 */
export function parseCode(typed: string): string | undefined {
  const code = typed.length > 32 ? '' : typed.replaceAll(' ', '');
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/** The code of a step (SHA-1, six digits: RFC 6238's defaults, the only ones that every app knows). */
export const codeOf = (seed: Buffer, step: number): string =>
  generateSync({ secret: seed, epoch: step * STEP_SECONDS, digits: DIGITS, guardrails: GUARDRAILS });

/**
 * The step, at most one away from `now`, whose code this is; undefined when there is none. Of several the latest, so that
 * no code is good again for a step that follows the one it was taken for.
 */
export function matchingStep(seed: Buffer, code: string, now: Date): number | undefined {
  const current = stepAt(now);
  let found: number | undefined;
  // All of them, in order, whichever matches: the time taken does not tell.
  for (let step = Math.max(current - DRIFT_STEPS, 0); step <= current + DRIFT_STEPS; step += 1) {
    if (constantTimeEqual(codeOf(seed, step), code)) found = step;
  }
  return found;
}

/** What the QR code holds (the Key Uri Format of Google Authenticator). */
export const otpauthUri = (issuer: string, label: string, secret: string): string =>
  generateURI({ issuer, label, secret });
