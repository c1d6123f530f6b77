import type { AttributeDeclaration } from '../kernel/attributes.ts';
import { compilePattern, PatternProblem } from '../kernel/safe-pattern.ts';

/** What an attribute may be called and which claims and scopes it may have, and what of a declaration contradicts itself. */

const NAME = /^[a-z][A-Za-z0-9_]{0,39}$/u;
export const CUSTOM_SCOPE = /^[a-z][a-z0-9_.-]{0,63}$/u;
/** Printable ASCII without quotes, backslashes and spaces; a URL, too (OpenID Connect Core, section 5.1.2). */
const CLAIM = /^[A-Za-z][\x21\x23-\x5b\x5d-\x7e]{0,127}$/u;

/** What acts, forms and imports call something else, or JavaScript does. */
const NOT_NAMES: ReadonlySet<string> = new Set([
  ...[
    'id',
    'sub',
    'email',
    'emailVerified',
    'email_verified',
    'username',
    'name',
    'givenName',
    'given_name',
    'familyName',
  ],
  ...[
    'family_name',
    'locale',
    'zoneinfo',
    'roles',
    'groups',
    'unit',
    'status',
    'password',
    'person',
    'attributes',
    'constructor',
  ],
  ...[
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'isPrototypeOf',
    'propertyIsEnumerable',
    'toLocaleString',
  ],
]);

/** Claims that say who somebody is, what they may do, and what a token is: the server's alone, whatever is configured. */
const NOT_CLAIMS: ReadonlySet<string> = new Set([
  ...[
    'sub',
    'iss',
    'aud',
    'exp',
    'iat',
    'nbf',
    'jti',
    'acr',
    'amr',
    'azp',
    'auth_time',
    'nonce',
    'at_hash',
    'c_hash',
    's_hash',
  ],
  ...[
    'sid',
    'cnf',
    'act',
    'may_act',
    'client_id',
    'scope',
    'scp',
    'roles',
    'role',
    'groups',
    'entitlements',
    'permissions',
  ],
  ...[
    'authorization_details',
    'email',
    'email_verified',
    'name',
    'given_name',
    'family_name',
    'preferred_username',
    'locale',
  ],
  ...[
    'zoneinfo',
    'updated_at',
    'phone_number_verified',
    'active',
    'username',
    'token_type',
    'status',
    'events',
    'toe',
    'txn',
  ],
  ...[
    'sub_id',
    'sub_jwk',
    'vot',
    'vtm',
    'rt_hash',
    'client_name',
    'realm_access',
    'resource_access',
    'token_use',
    'typ',
    'alg',
  ],
  ...[
    '_claim_names',
    '_claim_sources',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'error',
  ],
]);

/** Scopes of OpenID Connect that may tell more than they do. */
export const OPEN_SCOPES: ReadonlySet<string> = new Set(['profile', 'email', 'phone', 'address']);
/** Those of ours that say what somebody may do, or mean something else. */
const CLOSED_SCOPES: ReadonlySet<string> = new Set([
  'openid',
  'roles',
  'groups',
  'offline_access',
  'device_sso',
]);

const quoted = (text: string) => JSON.stringify(text).slice(0, 80);

/** What is wrong with a declaration beyond the shape of its members; `given` where that is right. */
export function attributeProblems(name: string, given: AttributeDeclaration | undefined): string[] {
  const named = NAME.test(name)
    ? NOT_NAMES.has(name)
      ? [`${name} is the name of something else`]
      : []
    : [`${quoted(name)} is no name: a small letter, then letters, digits and _, at most 40`];
  return given === undefined ? named : [...named, ...contradictions(given).map((each) => `${name}.${each}`)];
}

function contradictions(given: AttributeDeclaration): string[] {
  const { type, many, choices, pattern, visibleTo, editableBy, filterable, maxLength } = given;
  const rules: readonly (readonly [boolean, string])[] = [
    [type === 'choice' && choices === undefined, 'choices is missing, of which one is chosen'],
    [type !== 'choice' && choices !== undefined, 'choices is for the type choice'],
    [type !== 'text' && pattern !== undefined, 'pattern is for the type text'],
    [
      many && (type === 'boolean' || type === 'address'),
      `many is not for the type ${type}: declare several attributes`,
    ],
    [filterable && type === 'address', 'filterable is not for the type address'],
    [
      filterable && type === 'text' && maxLength > 200,
      'filterable is for texts of a maxLength of 200 at most',
    ],
    [
      editableBy === 'self' && visibleTo !== 'self',
      'editableBy is self, and visibleTo is not: nobody changes what they do not see',
    ],
  ];
  return [
    ...rules.flatMap(([broken, words]) => (broken ? [words] : [])),
    ...(pattern === undefined ? [] : patternProblems(pattern)),
    ...claimProblems(given),
  ];
}

function patternProblems(pattern: string): string[] {
  try {
    compilePattern(pattern);
    return [];
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return [`pattern ${error.message}`];
  }
}

function claimProblems({ scope, claim, type, many }: AttributeDeclaration): string[] {
  if (scope === undefined && claim === undefined) return [];
  if (scope === undefined) return ['scope is missing, which opens the claim'];
  if (claim === undefined) return ['claim is missing, which the scope opens'];
  const problems: string[] = [];
  if (CLOSED_SCOPES.has(scope)) problems.push(`scope is ${scope}, which tells no attributes`);
  else if (!OPEN_SCOPES.has(scope) && !CUSTOM_SCOPE.test(scope))
    problems.push(`scope is ${quoted(scope)}; expected small letters, digits and _ . -`);
  if (!CLAIM.test(claim))
    problems.push(`claim is ${quoted(claim)}; expected printable ASCII without spaces and quotes`);
  else if (NOT_CLAIMS.has(claim)) problems.push(`claim is ${claim}, which is the server’s own`);
  // OpenID Connect Core, sections 5.1 and 5.4.
  const standard = { phone_number: ['phone', 'phone'], address: ['address', 'address'] } as const;
  for (const [name, [ofScope, ofType]] of Object.entries(standard))
    if (claim === name && (scope !== ofScope || type !== ofType || many))
      problems.push(`claim is ${name}; that is one value of the type ${ofType} in the scope ${ofScope}`);
  return problems;
}
