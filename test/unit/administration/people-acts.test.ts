import { Readable } from 'node:stream';
import { expect } from 'chai';
import { people } from '../../../src/administration/people/index.ts';
import { type ActCase, attempt, itIsAnAct } from '../../support/act-cases.ts';

const PASSWORD = 'seven quiet lanterns';
const UNKNOWN = { person: 'nobody@example.org' };

const file =
  (...lines: object[]) =>
  () =>
    Readable.from([Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))]);

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
        'password_refused',
        async () => attempt(people.create, { email: address(), name: 'A', password: 'x' }),
      ],
      ['input_invalid', async () => attempt(people.create, { email: 'nobody', name: 'Ada' })],
      ['input_invalid', async () => attempt(people.create, { email: address(), name: 'A', roles: ['No'] })],
    ],
  },
  {
    name: 'people.import',
    prepare: async () =>
      attempt(
        people.import,
        {
          open: file(
            { email: address(), name: 'Ada', roles: [] },
            { email: address(), name: 'Bo', roles: [] },
          ),
        },
        { lines: 2, imported: 2, problems: [] },
      ),
    events: ['account.created', 'account.created'],
    refuses: [
      ['input_invalid', async () => attempt(people.import, { open: 'people.jsonl' as never })],
      [
        'import_overtaken',
        async ({ addPerson }) => {
          const email = address();
          const open = file({ email, name: 'Ada', roles: [] });
          // The second reading meets somebody who was not there at the first.
          let readings = 0;
          const overtaken = async function* () {
            readings += 1;
            if (readings > 1) yield* file({ email: person.email, name: 'Ada', roles: [] })();
            else yield* open();
          };
          const person = await addPerson();
          return attempt(people.import, { open: overtaken });
        },
      ],
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
      await app.accounts.store.setStatus(app.database, id, 'disabled');
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

  it('is all tried here', () => {
    const changing = Object.values(people).filter(({ readOnly }) => !readOnly);
    expect(cases.map(({ name }) => name)).to.have.members(changing.map(({ name }) => name));
  });
});
