import { flag, listMatching, wholeNumber } from './kinds.ts';
import { type ByRole, byRole, ROLE } from './role-map.ts';
import { section, setting } from './setting.ts';

/** The settings of administration: who may do what, beside what is shipped. */

const acts = listMatching(
  /^!?(?:\*|[a-z*]+(?:_[a-z*]+)*\.[a-z_*]+)$/u,
  'acts such as people.disable, people.*, *.list or !people.delete',
);
const grants = listMatching(new RegExp(`^(?:\\*|${ROLE})$`, 'u'), 'roles, or *');

/** As RFC 5321 has it, without the quoted forms. */
const addresses = listMatching(
  /^[^\s\p{C}@<>()[\]\\,;:"]+@[\p{L}\p{N}][\p{L}\p{M}\p{N}.-]*$/u,
  'e-mail addresses, separated by commas',
);

const ADMINISTRATIVE_ROLE = { acts, grants };

export const administration = section(
  'Administration',
  'Who may do which act of administration. `administrator` may do everything; `helpdesk`, `application-manager` and `auditor` are ' +
    'there from the beginning, and can be set otherwise. A role that is named here needs a second factor. Whether a role reaches ' +
    'everybody, the people of a unit, or the clients that its person owns, is said where somebody is given it.',
  {
    roles: setting<ByRole<typeof ADMINISTRATIVE_ROLE>>(
      'ADMINISTRATION_ROLES',
      byRole(ADMINISTRATIVE_ROLE),
      {},
      {
        description:
          'The acts of a role, by its name, and the roles of applications that its people may give. In the configuration file: ' +
          '`"administration": { "roles": { "ward-desk": { "acts": ["people.list", "people.unlock"], "grants": ["nurse"] } } }`. ' +
          'Of several patterns the last one that fits an act decides; `!` before it forbids the act.',
        fallbackText: 'none',
      },
    ),
    alarmEmails: setting<string[]>('ALARM_EMAILS', addresses, [], {
      description:
        'Who is mailed when something happens that is rare and has to be looked at: a break-glass account was made, has signed in, or ' +
        'has to be drilled; a second person was bypassed. It is also in the audit trail, and counted as `gatehouse_alarms_total`.',
      fallbackText: 'nobody',
      example: 'security@example.org',
    }),
    drillDays: setting('BREAK_GLASS_DRILL_DAYS', wholeNumber({ min: 1, max: 3_650, unit: 'days' }), 90, {
      description:
        'After how many days without a drill an alarm reminds of a break-glass account that is still sealed; each week, until it is drilled.',
    }),
    fourEyes: setting('FOUR_EYES', acts, [], {
      description:
        'Dangerous acts for which a second person is needed, by name or pattern as above, such as `factors.*,people.delete`; ' +
        '`*` is all of them. Roles are given by `people.set_roles`, and to new people by `people.create`, `invitations.send` and ' +
        '`people.import`. The request waits for a day. What a program asks for always waits; ending sessions and disabling somebody ' +
        'never does. The operator at the server may ask, and do it alone with `--emergency`. It takes two people who could approve: with fewer, `config check --database` fails, ' +
        'and the server says so (log, metrics, `/health/ready`) but starts: nobody could give the second one the role otherwise.',
      fallbackText: 'none',
    }),
    cli: setting('ADMINISTRATION_CLI', flag, true, {
      description:
        'Whether people may use the `gatehouse` command on their own machines, over the administration API: the client ' +
        '`gatehouse-cli` is there. What each may do is said by their roles. On the machine of the server the command works ' +
        'either way.',
    }),
  },
);
