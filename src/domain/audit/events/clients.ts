import { z } from 'zod';
import {
  auditedJson,
  count,
  defineEvents,
  details,
  flag,
  oneOf,
  personalText,
  SUCCESS,
  text,
  texts,
  time,
} from './define.ts';

/** Clients and resources: what is registered, and what was changed about it. */

const publicKey = details({
  kid: text('Id of the key.').exactOptional(),
  kty: text('Kind of the key.').exactOptional(),
  alg: text('Algorithm.').exactOptional(),
  use: text('What it is for.').exactOptional(),
  thumbprint: text('SHA-256 thumbprint of the public key (RFC 7638), base64url.').exactOptional(),
});

/** Client metadata (RFC 7591) as the trail keeps them. */
const metadata = (meaning: string) =>
  z
    .object({
      contacts: z
        .array(personalText('Address of somebody who is responsible for the client.'))
        .describe('Addresses of those who are responsible.')
        .exactOptional(),
      jwks: z
        .array(publicKey)
        .describe('The public keys of the client, each by its thumbprint.')
        .exactOptional(),
    })
    .catchall(auditedJson)
    .describe(meaning);

const scope = details({
  name: text('Name of the scope.'),
  description: text('What it allows, as people read it.').exactOptional(),
});

const resource = (meaning: string) =>
  details({
    name: text('Name of the resource.'),
    scopes: z.array(scope).describe('The scopes of the resource.'),
    tokenAlgorithm: text('The algorithm that signs its access tokens.'),
    tokenSeconds: count('Lifetime of its access tokens, in seconds.'),
  }).describe(meaning);

const operators = ['person', 'client', 'command', 'system'] as const;

const created = details({ name: text('The name of the client.').exactOptional() });
const updated = details({ members: texts('The names of the members of the metadata that have changed.') });
const ownersOf = (meaning: string) =>
  details({ owners: texts('Ids of the accounts of every owner.') }).describe(meaning);
const owners = details({ before: ownersOf('As they were.'), after: ownersOf('As they are now.') });
const onResource = details({ identifier: text('The identifier of the resource.') });

const status = (meaning: string) =>
  details({ status: oneOf(['active', 'disabled'], 'Whether the client may be used.') }).describe(meaning);
const statusChange = details({ before: status('What it was.'), after: status('What it is now.') });
const fullStatus = (meaning: string) =>
  status(meaning)
    .extend({
      ownersMayEnable: flag(
        'Of one that is disabled: a right that is limited to its owner may enable it, because such a right has disabled it.',
      ).exactOptional(),
    })
    .describe(meaning);
const fullStatusChange = details({
  before: fullStatus('What it was.'),
  after: fullStatus('What it is now.'),
});

export const CLIENT_EVENTS = defineEvents({
  'client.created': {
    about: 'clients',
    when: 'A client was registered.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      created,
      created.extend({ after: metadata('The metadata with which it was registered (RFC 7591).') }),
      created.extend({
        after: metadata('The metadata with which it was registered (RFC 7591).'),
        registrationToken: text('Id of the token with which it registered itself.').exactOptional(),
      }),
    ],
  },
  'client.updated': {
    about: 'clients',
    when: 'The metadata of a client have changed.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      updated,
      updated.extend({
        before: metadata('The members that have changed, as they were; without those that were not there.'),
        after: metadata('The same as they are now; without those that are not there any more.'),
      }),
    ],
  },
  'client.disabled': {
    about: 'clients',
    when: 'A client is refused wherever it comes, and everything that it held has ended.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [statusChange, fullStatusChange],
  },
  'client.enabled': {
    about: 'clients',
    when: 'A client that was disabled is let in again.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [statusChange, fullStatusChange],
  },
  'client.secret_rotated': {
    about: 'clients',
    when: 'A client has another secret.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        secret: text('Id of the new secret.'),
        former: texts('Ids of the secrets from before.'),
        until: time('Until when those work.'),
      }),
    ],
  },
  'client.secret_ended': {
    about: 'clients',
    when: 'A secret of a client works no more.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ secret: text('Id of the secret.') })],
  },
  'client.owner_added': {
    about: 'clients',
    when: 'Somebody became an owner of a client.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [owners],
  },
  'client.owner_removed': {
    about: 'clients',
    when: 'Somebody is an owner of a client no more.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [owners],
  },
  'client.deleted': {
    about: 'clients',
    when: 'A client was removed, and everything that it held has ended.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({}), details({ before: metadata('The metadata that it had.') })],
  },
  'client.test_sign_in_asked': {
    about: 'clients',
    when: 'A link was made with which a person can sign in to a client as a test.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ until: time('Until when the link works, once.') })],
  },
  'client.test_sign_in_begun': {
    about: 'clients',
    when: 'The link to a test sign-in was opened.',
    outcomes: SUCCESS,
    actors: ['person', 'nobody'],
    versions: [details({ scope: text('The scopes that the request asks for.') })],
  },
  'client.test_sign_in_done': {
    about: 'clients',
    when: 'A test sign-in is over; everything that was issued in it was revoked before anything was shown.',
    outcomes: ['success', 'failure'],
    actors: ['person', 'nobody'],
    versions: [
      details({
        result: oneOf(
          ['shown', 'refused', 'somebody_else', 'client_gone', 'over'],
          'What the page says: the claims, why the request was refused, or that there is nothing to show.',
        ),
        scope: text('The scopes that were given.').exactOptional(),
        error: text('The code of the error, of a request that was refused.').exactOptional(),
      }),
    ],
  },
  'client.registration_token_issued': {
    about: 'clients',
    when: 'A token was issued with which programs register clients; the account answers for those.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      details({
        token: text('Id of the token.'),
        name: text('What it is for.'),
        uses: count('How many clients may be registered with it.'),
        until: time('Until when.'),
      }),
    ],
  },
  'client.registration_token_revoked': {
    about: 'clients',
    when: 'A token with which programs register clients was ended.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [details({ token: text('Id of the token.') })],
  },
  'resource.created': {
    about: 'clients',
    when: 'A service was registered, for which access tokens are issued.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onResource, onResource.extend({ after: resource('What was registered.') })],
  },
  'resource.updated': {
    about: 'clients',
    when: 'A service has another name, other scopes or other tokens.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onResource.extend({ before: resource('As it was.'), after: resource('As it is now.') })],
  },
  'resource.deleted': {
    about: 'clients',
    when: 'A service was removed: no more access tokens are issued for it.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onResource, onResource.extend({ before: resource('What was registered.') })],
  },
});
