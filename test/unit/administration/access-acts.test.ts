import { expect } from 'chai';
import { factors } from '../../../src/administration/factors.ts';
import { invitations } from '../../../src/administration/invitations.ts';
import { passwords } from '../../../src/administration/passwords/index.ts';
import { people } from '../../../src/administration/people/index.ts';
import { sessions } from '../../../src/administration/sessions.ts';
import { type ActCase, type ActGround, attempt, itIsAnAct } from '../../support/act-cases.ts';
import { fixture, fixtures } from '../../support/evidence/fixture.ts';
import { PERSON_ACT_CASES } from '../../support/person-act-cases.ts';

const UNKNOWN = { person: 'nobody@example.org' };
const HASH =
  '$argon2id$v=19$m=1024,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$iqU34Exod/UHeBSuIQaIkB7kZKZ6EfpiK59Yqu5m+34';

let count = 0;
const unused = (prefix: string) => {
  count += 1;
  return `${prefix}-${count}`;
};

/** Somebody who is signed in; answers them and the id of the session. */
async function signedIn({ app, addPerson }: ActGround) {
  const person = await addPerson();
  const uid = unused('session');
  await fixture(
    app.database,
    `insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds, absolute_seconds,
       idle_expires_at, absolute_expires_at)
     values ($1, $2, now(), now(), now(), 1200, 43200, now() + interval '20 minutes', now() + interval '12 hours')`,
    [uid, person.id],
  );
  return { person, uid };
}

const KEY = Buffer.alloc(64, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(64, 2).toString('base64');

const cases: ActCase[] = [
  {
    name: 'invitations.send',
    prepare: async () => {
      const email = `${unused('invitee')}@example.org`;
      const input = { email, name: 'Nia', roles: ['administrator'], locale: 'es-mx', from: 'Bo' };
      return attempt(invitations.send, input, { again: false, unknownRoles: [] });
    },
    events: ['account.created', 'account.invited'],
    refuses: [
      [
        'account_exists',
        async ({ addPerson }) => {
          const { email } = await addPerson({ passwordHash: HASH });
          return attempt(invitations.send, { email, name: 'Nia' });
        },
      ],
      [
        'input_invalid',
        async () => attempt(invitations.send, { email: 'a@example.org', name: 'N', locale: '!' }),
      ],
    ],
  },
  {
    name: 'passwords.require_change',
    prepare: async ({ addPerson }) => {
      const { id, email } = await addPerson({ passwordHash: HASH });
      return attempt(passwords.requireChange, { person: id }, { person: { id, email }, changed: true });
    },
    events: ['password.change_required'],
    refuses: [
      ['account_unknown', async () => attempt(passwords.requireChange, UNKNOWN)],
      [
        'password_missing',
        async ({ addPerson }) => attempt(passwords.requireChange, { person: (await addPerson()).id }),
      ],
    ],
  },
  {
    name: 'passwords.send_reset_link',
    prepare: async ({ addPerson }) => {
      const { id, email } = await addPerson();
      return attempt(passwords.sendResetLink, { person: id }, { person: { id, email } });
    },
    events: ['password_reset.requested'],
    refuses: [
      ['account_unknown', async () => attempt(passwords.sendResetLink, UNKNOWN)],
      [
        'account_disabled',
        async ({ app, addPerson }) => {
          const { id } = await addPerson();
          await app.accounts.store.setStatus(fixtures(app.database), id, 'disabled');
          return attempt(passwords.sendResetLink, { person: id });
        },
      ],
    ],
  },
  {
    name: 'factors.reset',
    prepare: async ({ addPerson }) => {
      const { id, email } = await addPerson();
      const removed = { totp: 0, passkeys: 0, recoveryCodes: 0, trustedDevices: 0 };
      return attempt(factors.reset, { person: id }, { person: { id, email }, removed });
    },
    events: ['factor.reset', 'temporary_code.issued'],
    refuses: [['account_unknown', async () => attempt(factors.reset, UNKNOWN)]],
  },
  {
    name: 'factors.issue_temporary_code',
    prepare: async ({ app, addPerson }) => {
      const { id, email } = await addPerson();
      await attempt(factors.reset, { person: id }).perform(app);
      const result = { person: { id, email }, purpose: 'enrolment' };
      return attempt(factors.issueTemporaryCode, { person: id }, result);
    },
    events: ['temporary_code.issued'],
    refuses: [
      ['account_unknown', async () => attempt(factors.issueTemporaryCode, UNKNOWN)],
      [
        'factor_missing',
        async ({ addPerson }) => attempt(factors.issueTemporaryCode, { person: (await addPerson()).id }),
      ],
    ],
  },
  {
    name: 'passwords.add_signer_key',
    prepare: async () => attempt(passwords.addSignerKey, { key: KEY }, { name: 'default', added: true }),
    events: ['signer_key.added'],
    refuses: [
      [
        'signer_key_exists',
        async ({ app }) => {
          await attempt(passwords.addSignerKey, { key: KEY, name: 'known' }).perform(app);
          return attempt(passwords.addSignerKey, { key: OTHER_KEY, name: 'known' });
        },
      ],
    ],
  },
  {
    name: 'sessions.end',
    prepare: async (ground) => {
      const { uid, person } = await signedIn(ground);
      return attempt(sessions.end, { session: uid }, { session: uid, person: { id: person.id } });
    },
    events: ['session.ended'],
    refuses: [['session_unknown', async () => attempt(sessions.end, { session: 'none' })]],
  },
  {
    name: 'sessions.end_all',
    prepare: async (ground) => {
      const { id, email } = (await signedIn(ground)).person;
      return attempt(sessions.endAll, { person: id }, { person: { id, email } });
    },
    events: ['session.ended', 'account.signed_out'],
    refuses: [['account_unknown', async () => attempt(sessions.endAll, UNKNOWN)]],
  },
  {
    name: 'people.disable, of somebody who is signed in',
    prepare: async (ground) => attempt(people.disable, { person: (await signedIn(ground)).person.id }),
    events: ['account.disabled', 'session.ended'],
    refuses: [],
  },
];

describe('what is done about access', function acts() {
  this.timeout(60_000);
  itIsAnAct(cases);

  it('is all tried here, in person-acts.test.ts or in stepwise-acts.test.ts', () => {
    const changing = [invitations, passwords, factors, sessions]
      .flatMap((subject) => Object.values<{ name: string; readOnly: boolean; atomic: boolean }>(subject))
      .filter(({ readOnly, atomic }) => !readOnly && atomic);
    expect([...cases, ...PERSON_ACT_CASES].map(({ name }) => name)).to.include.members(
      changing.map(({ name }) => name),
    );
  });
});
