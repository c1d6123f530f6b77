import { z } from 'zod';
import { defineEvents, details, FAILURE, SUCCESS, text, texts } from './define.ts';

/** What applications ask the protocol for: authorizations and tokens. */

/** Why a request was refused, and what to change: `oidc/refusal-reasons.ts`. Values only of few parameters. */
const refusedRequest = {
  endpoint: text('Path of the endpoint.').exactOptional(),
  parameter: text('What is wrong: a parameter, a header, a claim of an assertion.').exactOptional(),
  expected: text('What was expected.').exactOptional(),
  change: text('What to change.').exactOptional(),
  values: z
    .record(z.string(), z.string())
    .describe('What was sent, of the few parameters whose values are told.')
    .exactOptional(),
  present: texts('Names of the other parameters that were sent.').exactOptional(),
};

const error = text('The error code of the answer.');
const kind = text('Kind of the code or token.');

export const TOKEN_EVENTS = defineEvents({
  'authorization.granted': {
    about: 'clients',
    when: 'An application was given a code for a person, or a device of theirs was confirmed.',
    outcomes: SUCCESS,
    actors: ['person'],
    versions: [details({ scope: text('The scopes that were asked for.').exactOptional() })],
  },
  'authorization.refused': {
    about: 'clients',
    when: 'A request of an application that came through a browser, or a pushed one, was refused.',
    outcomes: FAILURE,
    actors: ['person', 'client', 'nobody'],
    versions: [details({ error, ...refusedRequest })],
  },
  'token.issued': {
    about: 'clients',
    when: 'Tokens were issued.',
    outcomes: SUCCESS,
    actors: ['person', 'client'],
    versions: [
      details({
        grantType: text('The grant type (RFC 6749).'),
        scope: text('The scopes of the access token.').exactOptional(),
        audience: texts('The resources that the access token is for.').exactOptional(),
      }),
    ],
  },
  'token.refused': {
    about: 'clients',
    when: 'A request at the token, introspection, revocation or userinfo endpoint was refused.',
    outcomes: FAILURE,
    actors: ['person', 'client', 'nobody'],
    versions: [
      details({
        grantType: text('The grant type (RFC 6749).').exactOptional(),
        error,
        ...refusedRequest,
      }),
    ],
  },
  'token.revoked': {
    about: 'clients',
    when: 'An application has revoked a token (RFC 7009).',
    outcomes: SUCCESS,
    actors: ['person', 'client', 'nobody'],
    versions: [details({ kind })],
  },
  'token.replayed': {
    about: 'clients',
    when: "A spent refresh token came again within its client's leeway, and was given another successor.",
    outcomes: SUCCESS,
    actors: ['person', 'client', 'nobody'],
    versions: [details({ kind })],
  },
  'token.reuse_detected': {
    about: 'clients',
    when: 'A spent code or refresh token came again: everything that was issued by it was revoked (RFC 9700).',
    outcomes: FAILURE,
    actors: ['person', 'client', 'nobody'],
    versions: [details({ kind })],
  },
});
