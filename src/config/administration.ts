import { flag } from './kinds.ts';
import { section, setting } from './setting.ts';

/** The settings of administration. */
export const administration = section('Administration', 'Who may do which act of administration.', {
  cli: setting('ADMINISTRATION_CLI', flag, true, {
    description:
      'Whether people may use the `gatehouse` command on their own machines, over the administration API: the client ' +
      '`gatehouse-cli` is there. What each may do is said by their roles. On the machine of the server the command works ' +
      'either way.',
  }),
});
