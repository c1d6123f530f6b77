import { lifetime, section } from './setting.ts';

/** The settings of what is issued: how long each thing stays valid. */

const HOUR = 3_600;
const DAY = 86_400;

export const tokens = section('Tokens', 'How long what Gatehouse issues stays valid.', {
  accessTokenSeconds: lifetime(
    'ACCESS_TOKEN_SECONDS',
    600,
    HOUR,
    'Access tokens issued to applications for a person.',
  ),
  idTokenSeconds: lifetime('ID_TOKEN_SECONDS', 600, HOUR, 'ID tokens.'),
  authorizationCodeSeconds: lifetime(
    'AUTHORIZATION_CODE_SECONDS',
    60,
    600,
    'Authorization codes. RFC 6749 (4.1.2) allows ten minutes, OWASP ASVS (10.4.3) one.',
    10,
  ),
  refreshTokenSeconds: lifetime(
    'REFRESH_TOKEN_SECONDS',
    12 * HOUR,
    30 * DAY,
    'Refresh tokens, counted from the sign-in: rotating them does not prolong it.',
  ),
  interactionSeconds: lifetime(
    'INTERACTION_SECONDS',
    30 * 60,
    2 * HOUR,
    'A sign-in or a consent that was begun.',
  ),
  clientCredentialsSeconds: lifetime(
    'CLIENT_CREDENTIALS_SECONDS',
    600,
    HOUR,
    'Access tokens issued to services for themselves.',
  ),
  statusListSeconds: lifetime(
    'STATUS_LIST_SECONDS',
    15,
    300,
    'How long a service goes by a copy of a status list before it asks again: so much later it learns that a token ' +
      'was taken back. Where it cannot ask, it may rely on its copy for twenty times as long.',
    1,
  ),
  clockToleranceSeconds: lifetime(
    'CLOCK_TOLERANCE_SECONDS',
    5,
    120,
    'How far the clock of an application may be off: an assertion that begins (`nbf`, `iat`) so many seconds ahead is accepted, ' +
      'and one that has expired (`exp`) so many seconds ago. Setting the clock is better.',
    0,
  ),
});
