import { expect } from 'chai';
import { people } from '../../../src/administration/people/index.ts';
import { type ActCase, attempt, itIsAnAct } from '../../support/act-cases.ts';
import { fixtures } from '../../support/evidence/fixture.ts';
import { PERSON_ACT_CASES } from '../../support/person-act-cases.ts';

const PASSWORD = 'seven quiet lanterns';
const UNKNOWN = { person: 'nobody@example.org' };

let count = 0;
const address = () => {
  count += 1;
  return `new-${count}@example.org`;
};

const cases: ActCase[] = [
  {
    name: 'people.create',
    prepare: async () =>
      attempt(
        people.create,
        { email: address(), name: 'Ada', roles: ['nurze'], password: PASSWORD },
        {
          unknownRoles: [{ role: 'nurze', nearest: undefined }],
        },
      ),
    events: ['account.created'],
    refuses: [
      [
        'account_exists',
        async ({ addPerson }) => attempt(people.create, { email: (await addPerson()).email, name: 'Ada' }),
      ],
      [
        'username_taken',
        async ({ addPerson }) => {
          const { username } = await addPerson({ username: 'Taken.One' });
          const given = { email: address(), name: 'A', username: username?.toUpperCase() };
          return attempt(people.create, given);
        },
      ],
      ['input_invalid', async () => attempt(people.create, { email: address(), name: 'A', username: 'a@b' })],
      [
        'password_refused',
        async () => {
          const given = { email: address(), name: 'A', username: 'lanterns-91' };
          return attempt(people.create, { ...given, password: 'seven quiet lanterns-91' });
        },
      ],
      [
        'password_refused',
        async () => attempt(people.create, { email: address(), name: 'A', password: 'x' }),
      ],
      ['input_invalid', async () => attempt(people.create, { email: 'nobody', name: 'Ada' })],
      ['input_invalid', async () => attempt(people.create, { email: address(), name: 'A', roles: ['No'] })],
    ],
  },
  {
    name: 'people.disable',
    prepare: async ({ addPerson }) => {
      const { id, email } = await addPerson();
      return attempt(people.disable, { person: email }, { person: { id, email }, changed: true });
    },
    events: ['account.disabled'],
    refuses: [['account_unknown', async () => attempt(people.disable, UNKNOWN)]],
  },
  {
    name: 'people.enable',
    prepare: async ({ app, addPerson }) => {
      const { id } = await addPerson();
      await app.accounts.store.setStatus(fixtures(app.database), id, 'disabled');
      return attempt(people.enable, { person: id }, { changed: true });
    },
    events: ['account.enabled'],
    refuses: [['account_unknown', async () => attempt(people.enable, UNKNOWN)]],
  },
  {
    name: 'people.unlock',
    prepare: async ({
      app: {
        protection: { lockout },
      },
      addPerson,
    }) => {
      const { id, email } = await addPerson();
      const guess = { identifier: email, accountId: id, knownDevice: undefined };
      while ((await lockout.reserve(lockout.request(guess))).kind !== 'locked');
      return attempt(people.unlock, { person: id }, { wasLocked: true, passwordDisabled: false });
    },
    events: ['account.unlocked'],
    refuses: [['account_unknown', async () => attempt(people.unlock, UNKNOWN)]],
  },
  {
    name: 'people.set_address',
    prepare: async ({ addPerson }) => {
      const { id, email: before } = await addPerson();
      const email = address();
      const person = { id, email: before, status: 'active' };
      return attempt(people.setAddress, { person: id, email }, { person, email, changed: true });
    },
    events: ['address.changed'],
    refuses: [
      ['account_unknown', async () => attempt(people.setAddress, { ...UNKNOWN, email: address() })],
      [
        'account_exists',
        async ({ addPerson }) => {
          const { email } = await addPerson();
          return attempt(people.setAddress, { person: (await addPerson()).id, email });
        },
      ],
      [
        'input_invalid',
        async ({ addPerson }) => attempt(people.setAddress, { person: (await addPerson()).id, email: 'x' }),
      ],
    ],
  },
  {
    name: 'people.set_roles',
    prepare: async ({ addPerson }) => {
      const { id, email } = await addPerson({ roles: ['nurse', 'ward-3'] });
      return attempt(
        people.setRoles,
        { person: email, roles: ['ward-3', 'zebra'] },
        {
          person: { id, email },
          added: ['zebra'],
          removed: ['nurse'],
          unknownRoles: [{ role: 'zebra', nearest: undefined }],
        },
      );
    },
    events: ['account.roles_changed'],
    refuses: [
      ['account_unknown', async () => attempt(people.setRoles, { ...UNKNOWN, roles: [] })],
      [
        'input_invalid',
        async ({ addPerson }) => attempt(people.setRoles, { person: (await addPerson()).id, roles: ['No'] }),
      ],
      [
        'role_invalid',
        async ({ addPerson }) => {
          const roles = Array.from({ length: 101 }, (_, at) => `r-${at}`);
          return attempt(people.setRoles, { person: (await addPerson()).id, roles });
        },
      ],
    ],
  },
  {
    name: 'people.delete',
    prepare: async ({ addPerson }) => {
      const { id, email } = await addPerson();
      return attempt(people.delete, { person: email }, { person: { id, email } });
    },
    events: ['account.deleted'],
    refuses: [['account_unknown', async () => attempt(people.delete, UNKNOWN)]],
  },
];

describe('what is done about people', function acts() {
  this.timeout(60_000);
  itIsAnAct(cases);

  it('is all tried here, in person-acts, unit-acts, bulk or users-import-again.test.ts', () => {
    const changing = Object.values(people).filter(({ readOnly, atomic }) => !readOnly && atomic);
    const tried = [
      ...[...cases, ...PERSON_ACT_CASES].map(({ name }) => name),
      ...['people.set_unit', 'people.bulk_start', 'people.bulk_cancel'],
    ];
    expect(tried).to.include.members(changing.map(({ name }) => name));
  });
});
