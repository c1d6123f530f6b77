import type { FactorKind } from '../../sign-in/factors/kinds.ts';

/** What the form of a second factor posts. */
interface PostedFactor {
  readonly code: string;
  readonly response: string;
}

/** How a sign-in asks for a kind of factor. */
interface Challenge {
  /** What was shown of it, in the form that was posted; undefined where nothing was. */
  readonly answerIn: (posted: PostedFactor) => string | undefined;
  /** Under the sign-in's own path: where the browser gets the options that it needs. */
  readonly optionsPath?: string;
}

const TYPED: Challenge = { answerIn: ({ code }) => (code.trim() === '' ? undefined : code) };

export const CHALLENGES: Readonly<Record<FactorKind, Challenge>> = {
  totp: TYPED,
  passkey: {
    answerIn: ({ response }) => (response === '' ? undefined : response),
    optionsPath: '/passkey/options',
  },
  recovery_code: TYPED,
  temporary_code: TYPED,
};
