import type { FactorKind } from '../../sign-in/factors/kinds.ts';

/** What the form of a second factor posts. */
interface PostedFactor {
  readonly code: string;
  readonly response: string;
}

/** How the page asks for a kind. Names are those of words in `second-factor`. */
export interface ChallengeForm {
  /** How the names of the words begin that say what was wrong. */
  readonly error: 'code' | 'passkey' | 'recovery' | 'temporary';
  /** What can be no code of this kind is told apart from a wrong one. */
  readonly tellsMalformed: boolean;
  /** Where a code is typed. Without it the browser answers, by a script. */
  readonly field?: {
    readonly label: 'code' | 'recoveryCode' | 'temporaryCode';
    readonly hint?: 'recoveryHint' | 'temporaryHint';
    readonly autocomplete: 'one-time-code' | 'off';
    readonly inputmode?: 'numeric';
    readonly kind: 'digits' | 'letters';
  };
  /** What helps somebody who has none of this. */
  readonly help: 'lost' | 'temporaryOver';
}

/** How a sign-in asks for a kind of factor. */
interface Challenge {
  readonly form: ChallengeForm;
  /** What was shown of it, in the form that was posted; undefined where nothing was. */
  readonly answerIn: (posted: PostedFactor) => string | undefined;
  /** Under the sign-in's own path: where the browser gets the options that it needs. */
  readonly optionsPath?: string;
}

const typedCode: Challenge['answerIn'] = ({ code }) => (code.trim() === '' ? undefined : code);

export const CHALLENGES: Readonly<Record<FactorKind, Challenge>> = {
  totp: {
    form: {
      error: 'code',
      tellsMalformed: true,
      field: { label: 'code', autocomplete: 'one-time-code', inputmode: 'numeric', kind: 'digits' },
      help: 'lost',
    },
    answerIn: typedCode,
  },
  passkey: {
    form: { error: 'passkey', tellsMalformed: false, help: 'lost' },
    answerIn: ({ response }) => (response === '' ? undefined : response),
    optionsPath: '/passkey/options',
  },
  recovery_code: {
    form: {
      error: 'recovery',
      tellsMalformed: false,
      field: { label: 'recoveryCode', hint: 'recoveryHint', autocomplete: 'off', kind: 'letters' },
      help: 'lost',
    },
    answerIn: typedCode,
  },
  temporary_code: {
    form: {
      error: 'temporary',
      tellsMalformed: false,
      field: { label: 'temporaryCode', hint: 'temporaryHint', autocomplete: 'off', kind: 'letters' },
      help: 'temporaryOver',
    },
    answerIn: typedCode,
  },
};
