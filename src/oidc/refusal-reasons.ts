import { scrub } from '../redaction.ts';
import { originAndPath } from './redirect-hints.ts';
import { type RefusalFacts, type RefusalRule, textOf } from './refusal-facts.ts';
import {
  ANSWERS,
  AUTHORIZATION_RULES,
  CLIENT_RULES,
  LEVEL_RULES,
  SIGN_OUT_RULES,
} from './refusal-rules-authorization.ts';
import { AUTHENTICATION_RULES } from './refusal-rules-clients.ts';
import { FORM_RULES, LAST_RULES } from './refusal-rules-forms.ts';
import { ADMINISTRATION_RULES, PROOF_RULES } from './refusal-rules-proofs.ts';
import { SCOPE_RULES, TOKEN_RULES, USERINFO_RULES } from './refusal-rules-tokens.ts';

/** Why a request of an application was refused: as the log, the audit trail and `gatehouse clients problems` tell it. */
export interface RefusalReason {
  /** The path of the endpoint. */
  readonly endpoint: string;
  /** The protocol's code. */
  readonly error: string;
  /** What is wrong: a parameter, a header, a claim of an assertion. */
  readonly parameter?: string;
  readonly expected: string;
  /** What to do about it; left out where the answer is as it should be. */
  readonly change?: string;
  /** What was sent, of the parameters that are told. */
  readonly values?: Readonly<Record<string, string>>;
  /** Names of what was sent beside, the values of which are nobody's business. */
  readonly present?: readonly string[];
}

/** In this order: the first that fits is told. */
export const RULES: readonly RefusalRule[] = [
  ...FORM_RULES,
  ...CLIENT_RULES,
  ...LEVEL_RULES,
  ...ANSWERS,
  ...PROOF_RULES,
  ...AUTHENTICATION_RULES,
  ...SIGN_OUT_RULES,
  ...ADMINISTRATION_RULES,
  ...SCOPE_RULES,
  ...TOKEN_RULES,
  ...AUTHORIZATION_RULES,
  ...USERINFO_RULES,
  ...LAST_RULES,
];

/** Parameters of which the value is told, beside `client_id` and `redirect_uri`. Of all others only that they were there. */
export const TOLD_PARAMETERS = [
  'response_type',
  'scope',
  'resource',
  'grant_type',
  'prompt',
  'acr_values',
  'code_challenge_method',
] as const;

/** Longest value that is told, in characters. */
export const LONGEST_VALUE = 200;
const LONGEST_TEXT = 500;

/** One line of text that is safe to show anywhere: no control or invisible characters, nothing that looks like a secret. */
const clean = (text: string, longest: number): string =>
  scrub(text.slice(0, 4 * longest))
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')
    .slice(0, longest)
    .toWellFormed();

/** Finds why a request was refused. Pure: nothing of the request gets into the answer but what is listed here. */
export function reasonOf(facts: RefusalFacts): RefusalReason {
  const rule = RULES.find((each) => fits(each, facts)) as RefusalRule;
  const { values, present } = partsOf(facts);
  return {
    endpoint: facts.endpoint,
    error: facts.error,
    ...(rule.parameter === undefined ? {} : { parameter: clean(textOf(rule.parameter, facts), 100) }),
    expected: clean(textOf(rule.expected, facts), LONGEST_TEXT),
    ...(rule.change === undefined ? {} : { change: clean(textOf(rule.change, facts), LONGEST_TEXT) }),
    ...(Object.keys(values).length === 0 ? {} : { values }),
    ...(present.length === 0 ? {} : { present }),
  };
}

function fits({ error, says, when }: RefusalRule, facts: RefusalFacts): boolean {
  if (error !== undefined && ![error].flat().includes(facts.error)) return false;
  if (says !== undefined && !says.test(facts.said)) return false;
  return when === undefined || when(facts);
}

function partsOf(facts: RefusalFacts): { values: Record<string, string>; present: string[] } {
  const values: Record<string, string> = {};
  const present: string[] = [];
  for (const [name, value] of Object.entries(facts.params)) {
    if (value === undefined || value === '') continue;
    const told = toldOf(name, value, facts);
    if (told === undefined) present.push(name);
    else values[name] = clean(told, LONGEST_VALUE);
  }
  if (facts.authentication !== 'none') {
    values.token_endpoint_auth_method = facts.authentication;
  }
  return { values, present };
}

/** What may be told of a parameter; undefined where only that it is there. */
function toldOf(name: string, value: unknown, { client }: RefusalFacts): string | undefined {
  const text = textIn(name, value);
  if (text === undefined) return undefined;
  if (name === 'client_id') return client?.id === text || !mayBeSecret(text) ? text : undefined;
  if (name === 'redirect_uri') return originAndPath(text);
  return TOLD_PARAMETERS.some((told) => told === name) ? text : undefined;
}

/** A resource may be named several times; of anything else that is no text there is nothing to tell. */
function textIn(name: string, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return name === 'resource' && Array.isArray(value) ? value.map(String).join(' ') : undefined;
}

/**
 * Somebody may have put the secret where the id belongs: the shortest has 32 characters (`secretSchema`), whichever they are, and so
 * have those that were brought from elsewhere.
 */
const mayBeSecret = (text: string) => text.length >= 32;
