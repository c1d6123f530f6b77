import { audit } from '../../../src/administration/audit/index.ts';
import { type ActCase, type ActGround, attempt, itIsAnAct } from '../../support/act-cases.ts';
import { act } from '../../support/administration.ts';

const UNKNOWN = { person: 'nobody@example.org', reason: 'court order 7' };
const GONE = '01935b3c-0000-7000-8000-00000000abcd';

const held = ({ app }: ActGround) => act(app, audit.placeHold, { reason: 'court order 7' });

const cases: ActCase[] = [
  {
    name: 'audit.place_hold',
    prepare: async ({ addPerson }) => {
      const { email, id } = await addPerson();
      return attempt(
        audit.placeHold,
        { person: email, reason: 'court order 7' },
        { account: id, reason: 'court order 7' },
      );
    },
    events: ['audit.hold_placed'],
    refuses: [
      ['account_unknown', async () => attempt(audit.placeHold, UNKNOWN)],
      ['input_invalid', async () => attempt(audit.placeHold, { reason: ' ' })],
      ['input_invalid', async () => attempt(audit.placeHold, { reason: 'two\nlines' })],
    ],
  },
  {
    name: 'audit.place_hold, of somebody who was deleted',
    prepare: async () => attempt(audit.placeHold, { person: GONE, reason: 'ticket' }, { account: GONE }),
    events: ['audit.hold_placed'],
    refuses: [],
  },
  {
    name: 'audit.lift_hold',
    prepare: async (ground) => {
      const { hold } = await held(ground);
      return attempt(audit.liftHold, { hold }, { hold, account: null });
    },
    events: ['audit.hold_lifted'],
    refuses: [
      ['hold_unknown', async () => attempt(audit.liftHold, { hold: 4_711 })],
      [
        'hold_unknown',
        async (ground) => {
          const { hold } = await held(ground);
          await act(ground.app, audit.liftHold, { hold });
          return attempt(audit.liftHold, { hold });
        },
      ],
      ['input_invalid', async () => attempt(audit.liftHold, { hold: 0 })],
    ],
  },
];

describe('acts about what is kept of the audit trail', () => itIsAnAct(cases));
