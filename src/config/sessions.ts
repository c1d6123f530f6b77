import { networks, oneOf, wholeNumber } from './kinds.ts';
import { type ByRole, byRole } from './role-map.ts';
import { lifetime, section, setting } from './setting.ts';

/** The settings of sessions: how long one lasts. */

const HOUR = 3_600;
const DAY = 86_400;

const timeout = wholeNumber({ min: 1, max: 1_440, unit: 'minutes' });
const most = wholeNumber({ min: 1, max: 1_000, unit: 'sessions' });
const absolute = wholeNumber({ min: 300, max: DAY, unit: 'seconds' });

export const sessions = section(
  'Sessions',
  'How long a person stays signed in. A client may ask for less in its metadata (`session_idle_minutes`, ' +
    '`session_absolute_seconds`).',
  {
    timeoutMinutes: setting('SESSION_TIMEOUT_MINUTES', timeout, 20, {
      description:
        'A session ends after so long without its person: a page of Gatehouse, or an application that sends the ' +
        'browser for a sign-in. What applications do by themselves (`prompt=none`, refreshing tokens) is no use of it, but for a client with ' +
        '`refresh_counts_as_activity` (docs/sessions.md).',
    }),
    warningMinutes: setting('SESSION_WARNING_MINUTES', timeout, 18, {
      description:
        'After so long without its person they are warned that the session is about to end: by the pages of Gatehouse, and by ' +
        'applications that ask (docs/sessions.md). ' +
        'Must be below `SESSION_TIMEOUT_MINUTES`; where a role or a client has a shorter time, it is due as long before the end.',
    }),
    absoluteSeconds: lifetime(
      'SESSION_ABSOLUTE_SECONDS',
      12 * HOUR,
      DAY,
      'A session ends this long after the sign-in, whatever happens in between (NIST SP 800-63B-4 allows 24 hours at AAL2).',
      300,
    ),
    maxConcurrent: setting('MAX_CONCURRENT_SESSIONS', most, 2, {
      description:
        'In how many browsers a person can be signed in at a time, whichever way they sign in. What happens at one more ' +
        'says `SESSION_CAP_POLICY`.',
    }),
    sharedWorkstation: {
      networks: setting('SHARED_WORKSTATION_NETWORKS', networks, [], {
        description:
          'The networks of workstations that people share, as their addresses arrive here. There the browser keeps nothing ' +
          'of a person: sessions are short, no device is remembered or trusted, and every page offers to switch person. ' +
          'A client can ask for the same wherever it is used (`shared_workstation`).',
        fallbackText: 'none',
      }),
      timeoutMinutes: setting('SHARED_WORKSTATION_TIMEOUT_MINUTES', timeout, 5, {
        description:
          'A session there ends after so long without its person, where its own time is not shorter. Once a session is one of ' +
          'a shared workstation, it stays one.',
      }),
    },
    capPolicy: setting('SESSION_CAP_POLICY', oneOf('ask', 'evict-oldest', 'refuse'), 'ask', {
      description:
        '`ask` shows the person, after the whole sign-in, where they are signed in, and lets them choose what ends; ' +
        '`evict-oldest` signs them out where they have not been for longest; `refuse` lets nobody in who is signed in too ' +
        'often already.',
    }),
  },
);

/** What a role's policy may say otherwise than the settings of {@link sessions} with the same names. */
const ROLE_POLICY = { timeoutMinutes: timeout, absoluteSeconds: absolute, maxConcurrent: most };

export const sessionPolicies = section(
  'Sessions of roles',
  'Where the people of a role stay signed in for another time than everybody. Of several roles of a person the shortest ' +
    'time and the smallest number hold, and a role that is not named here has the settings above. In the configuration ' +
    'file: `"sessionPolicies": { "administrator": { "timeoutMinutes": 10, "absoluteSeconds": 14400, "maxConcurrent": 1 } }`, ' +
    'with any of them.',
  {
    sessionPolicies: setting<ByRole<typeof ROLE_POLICY>>(
      'SESSION_POLICIES',
      byRole(ROLE_POLICY),
      {},
      {
        description: 'How long the people of a role stay signed in, by its name.',
        fallbackText: 'none',
      },
    ),
  },
);
