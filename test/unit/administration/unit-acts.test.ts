import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { clients } from '../../../src/administration/clients/index.ts';
import { people } from '../../../src/administration/people/index.ts';
import { units } from '../../../src/administration/units/index.ts';
import { type ActCase, type ActGround, attempt, itIsAnAct } from '../../support/act-cases.ts';
import { placed } from '../../support/acting-people.ts';

const UNKNOWN = { unit: randomUUID() };

let count = 0;
const unused = (prefix: string) => {
  count += 1;
  return `${prefix} ${count}`;
};

async function unit({ app }: ActGround, parent?: string): Promise<string> {
  const given = { name: unused('Ward'), parent: parent ?? null };
  return ((await attempt(units.create, given).perform(app)) as { id: string }).id;
}

async function chain(ground: ActGround, length: number): Promise<string[]> {
  const made: string[] = [];
  while (made.length < length) made.push(await unit(ground, made.at(-1)));
  return made;
}

async function client({ app }: ActGround): Promise<string> {
  const id = unused('board').replace(' ', '-');
  const redirects = { client_name: 'Board', redirect_uris: ['https://board.example/callback'] };
  await attempt(clients.create, { metadata: { client_id: id, ...redirects } }).perform(app);
  return id;
}

const UNIT_CASES: ActCase[] = [
  {
    name: 'units.create',
    prepare: async (ground) => {
      const parent = await unit(ground);
      return attempt(units.create, { name: ' Room  1 ', parent }, { name: 'Room  1', parent });
    },
    events: ['unit.created'],
    refuses: [
      ['unit_unknown', async () => attempt(units.create, { name: 'Room', parent: randomUUID() })],
      ['unit_unknown', async () => attempt(units.create, { name: 'Room', parent: "'; --" })],
      ['input_invalid', async () => attempt(units.create, { name: ' ' })],
      ['input_invalid', async () => attempt(units.create, { name: ['a'] as never })],
      [
        'unit_exists',
        async (ground) => {
          const name = unused('Site');
          await attempt(units.create, { name }).perform(ground.app);
          return attempt(units.create, { name: name.toUpperCase() });
        },
      ],
      [
        'unit_too_deep',
        async (ground) => {
          const all = await chain(ground, 8);
          return attempt(units.create, { name: 'Too deep', parent: all.at(-1) });
        },
      ],
    ],
  },
  {
    name: 'units.rename',
    prepare: async (ground) => {
      const id = await unit(ground);
      return attempt(units.rename, { unit: id, name: 'Ward of old' }, { id, name: 'Ward of old' });
    },
    events: ['unit.changed'],
    refuses: [
      ['unit_unknown', async () => attempt(units.rename, { ...UNKNOWN, name: 'Ward' })],
      ['input_invalid', async (ground) => attempt(units.rename, { unit: await unit(ground), name: '' })],
    ],
  },
  {
    name: 'units.move',
    prepare: async (ground) => {
      const [, below = ''] = await chain(ground, 2);
      const parent = await unit(ground);
      return attempt(units.move, { unit: below, parent }, { id: below, parent });
    },
    events: ['unit.changed'],
    refuses: [
      ['unit_unknown', async () => attempt(units.move, { ...UNKNOWN, parent: null })],
      [
        'unit_unknown',
        async (ground) => attempt(units.move, { unit: await unit(ground), parent: randomUUID() }),
      ],
      [
        'unit_in_itself',
        async (ground) => {
          const [top = '', , bottom = ''] = await chain(ground, 3);
          return attempt(units.move, { unit: top, parent: bottom });
        },
      ],
      [
        'unit_in_itself',
        async (ground) => {
          const id = await unit(ground);
          return attempt(units.move, { unit: id, parent: id });
        },
      ],
      [
        'unit_too_deep',
        async (ground) => {
          const [top = ''] = await chain(ground, 4);
          return attempt(units.move, { unit: top, parent: (await chain(ground, 5)).at(-1) ?? null });
        },
      ],
    ],
  },
  {
    name: 'units.delete',
    prepare: async (ground) => {
      const id = await unit(ground);
      return attempt(units.delete, { unit: id }, { id });
    },
    events: ['unit.deleted'],
    refuses: [
      ['unit_unknown', async () => attempt(units.delete, UNKNOWN)],
      ['unit_in_use', async (ground) => attempt(units.delete, { unit: (await chain(ground, 2))[0] ?? '' })],
      [
        'unit_in_use',
        async (ground) => {
          const id = await unit(ground);
          await placed(ground.app, (await ground.addPerson()).id, { unit: id });
          return attempt(units.delete, { unit: id });
        },
      ],
      [
        'unit_in_use',
        async (ground) => {
          const id = await unit(ground);
          const person = await ground.addPerson({ roles: ['helpdesk'] });
          await placed(ground.app, person.id, { terms: [{ role: 'helpdesk', owned: false, unit: id }] });
          return attempt(units.delete, { unit: id });
        },
      ],
    ],
  },
];

const OTHER_CASES: ActCase[] = [
  {
    name: 'people.set_unit',
    prepare: async (ground) => {
      const [{ id }, into] = [await ground.addPerson(), await unit(ground)];
      return attempt(people.setUnit, { person: id, unit: into }, { changed: true });
    },
    events: ['account.unit_changed'],
    refuses: [
      ['account_unknown', async () => attempt(people.setUnit, { person: randomUUID(), unit: null })],
      [
        'unit_unknown',
        async ({ addPerson }) =>
          attempt(people.setUnit, { person: (await addPerson()).id, unit: randomUUID() }),
      ],
      [
        'input_invalid',
        async ({ addPerson }) => attempt(people.setUnit, { person: (await addPerson()).id } as never),
      ],
    ],
  },
  {
    name: 'clients.add_owner',
    prepare: async (ground) => {
      const [of, { email }] = [await client(ground), await ground.addPerson()];
      return attempt(clients.addOwner, { client: of, person: email }, { changed: true });
    },
    events: ['client.owner_added'],
    refuses: [
      [
        'client_unknown',
        async ({ addPerson }) =>
          attempt(clients.addOwner, { client: 'nobody', person: (await addPerson()).id }),
      ],
      [
        'account_unknown',
        async (ground) => attempt(clients.addOwner, { client: await client(ground), person: randomUUID() }),
      ],
    ],
  },
  {
    name: 'clients.remove_owner',
    prepare: async (ground) => {
      const [of, { id }] = [await client(ground), await ground.addPerson()];
      await attempt(clients.addOwner, { client: of, person: id }).perform(ground.app);
      return attempt(clients.removeOwner, { client: of, person: id }, { owners: [], changed: true });
    },
    events: ['client.owner_removed'],
    refuses: [
      [
        'client_unknown',
        async ({ addPerson }) =>
          attempt(clients.removeOwner, { client: 'nobody', person: (await addPerson()).id }),
      ],
    ],
  },
];

describe('what is done about units and owners', function acts() {
  this.timeout(60_000);
  itIsAnAct([...UNIT_CASES, ...OTHER_CASES]);

  it('is all tried here', () => {
    const changing = Object.values(units).filter(({ readOnly }) => !readOnly);
    expect(UNIT_CASES.map(({ name }) => name)).to.have.members(changing.map(({ name }) => name));
  });
});
