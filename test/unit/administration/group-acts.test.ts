import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { groups } from '../../../src/administration/groups/index.ts';
import { type ActCase, type ActGround, attempt, itIsAnAct } from '../../support/act-cases.ts';

const UNKNOWN = { group: randomUUID() };

let count = 0;
const unused = (prefix: string) => {
  count += 1;
  return `${prefix} ${count}`;
};

/** A new group's id. */
async function group({ app }: ActGround, ...roles: string[]): Promise<string> {
  return ((await attempt(groups.create, { name: unused('Ward'), roles }).perform(app)) as { id: string }).id;
}

async function member(ground: ActGround, of: string): Promise<string> {
  const { id } = await ground.addPerson();
  await attempt(groups.addMember, { group: of, person: id }).perform(ground.app);
  return id;
}

const CASES: ActCase[] = [
  {
    name: 'groups.create',
    prepare: async () => {
      const name = unused('Night  shift');
      const roles = ['nurse', 'nurse'];
      return attempt(
        groups.create,
        { name: ` ${name} `, description: 'Who works at night.', roles },
        { name, description: 'Who works at night.', roles: ['nurse'] },
      );
    },
    events: ['group.created'],
    refuses: [
      ['input_invalid', async () => attempt(groups.create, { name: ' ' })],
      ['input_invalid', async () => attempt(groups.create, { name: randomUUID() })],
      ['input_invalid', async () => attempt(groups.create, { name: ['a'] as never })],
      ['input_invalid', async () => attempt(groups.create, { name: 'Ward', description: 'a\u0000b' })],
      ['input_invalid', async () => attempt(groups.create, { name: 'Ward', roles: ['Nurse'] })],
      [
        'group_role_administrative',
        async () => attempt(groups.create, { name: unused('Chiefs'), roles: ['nurse', 'administrator'] }),
      ],
      [
        'role_invalid',
        async () => {
          const roles = Array.from({ length: 51 }, (_, index) => `role-${index}`);
          return attempt(groups.create, { name: unused('All'), roles });
        },
      ],
      [
        'group_exists',
        async (ground) => {
          const name = unused('Site');
          await attempt(groups.create, { name }).perform(ground.app);
          return attempt(groups.create, { name: name.toUpperCase() });
        },
      ],
    ],
  },
  {
    name: 'groups.update',
    prepare: async (ground) => {
      const [id, name] = [await group(ground, 'nurse'), unused('Ward of old')];
      const given = { group: id, name, description: 'Closed.', expects: 1 };
      return attempt(groups.update, given, {
        id,
        name,
        description: 'Closed.',
        roles: ['nurse'],
        version: 2,
      });
    },
    events: ['group.changed'],
    refuses: [
      ['group_unknown', async () => attempt(groups.update, { ...UNKNOWN, name: 'Ward' })],
      ['input_invalid', async (ground) => attempt(groups.update, { group: await group(ground), name: '' })],
      [
        'precondition_failed',
        async (ground) => attempt(groups.update, { group: await group(ground), name: 'Ward', expects: 7 }),
      ],
      [
        'group_exists',
        async (ground) => {
          const name = unused('Taken');
          await attempt(groups.create, { name }).perform(ground.app);
          return attempt(groups.update, { group: await group(ground), name: ` ${name.toLowerCase()}` });
        },
      ],
    ],
  },
  {
    name: 'groups.set_roles',
    prepare: async (ground) => {
      const id = await group(ground, 'nurse', 'guest');
      const given = { group: id, roles: ['doctor', 'nurse'] };
      return attempt(groups.setRoles, given, {
        roles: ['doctor', 'nurse'],
        added: ['doctor'],
        removed: ['guest'],
        version: 2,
      });
    },
    events: ['group.roles_changed'],
    refuses: [
      ['group_unknown', async () => attempt(groups.setRoles, { ...UNKNOWN, roles: [] })],
      [
        'group_role_administrative',
        async (ground) => attempt(groups.setRoles, { group: await group(ground), roles: ['helpdesk'] }),
      ],
      [
        'precondition_failed',
        async (ground) => attempt(groups.setRoles, { group: await group(ground), roles: [], expects: 2 }),
      ],
      [
        'input_invalid',
        async (ground) => attempt(groups.setRoles, { group: await group(ground), roles: 'nurse' as never }),
      ],
    ],
  },
  {
    name: 'groups.delete',
    prepare: async (ground) => {
      const id = await group(ground);
      return attempt(groups.delete, { group: id }, { id, members: 0 });
    },
    events: ['group.deleted'],
    refuses: [
      ['group_unknown', async () => attempt(groups.delete, UNKNOWN)],
      [
        'precondition_failed',
        async (ground) => attempt(groups.delete, { group: await group(ground), expects: 4 }),
      ],
    ],
  },
  {
    name: 'groups.add_member',
    prepare: async (ground) => {
      const [of, { email }] = [await group(ground, 'nurse'), await ground.addPerson()];
      return attempt(groups.addMember, { group: of, person: email }, { changed: true, roles: ['nurse'] });
    },
    events: ['group.member_added'],
    refuses: [
      [
        'group_unknown',
        async ({ addPerson }) => attempt(groups.addMember, { ...UNKNOWN, person: (await addPerson()).id }),
      ],
      [
        'account_unknown',
        async (ground) => attempt(groups.addMember, { group: await group(ground), person: randomUUID() }),
      ],
      ['input_invalid', async (ground) => attempt(groups.addMember, { group: await group(ground) } as never)],
    ],
  },
  {
    name: 'groups.remove_member',
    prepare: async (ground) => {
      const of = await group(ground);
      const person = await member(ground, of);
      return attempt(groups.removeMember, { group: of, person }, { changed: true, roles: [] });
    },
    events: ['group.member_removed'],
    refuses: [
      [
        'group_unknown',
        async ({ addPerson }) => attempt(groups.removeMember, { ...UNKNOWN, person: (await addPerson()).id }),
      ],
      [
        'account_unknown',
        async (ground) => attempt(groups.removeMember, { group: await group(ground), person: randomUUID() }),
      ],
    ],
  },
];

describe('what is done about groups', function acts() {
  this.timeout(60_000);
  itIsAnAct(CASES);

  it('is all tried here', () => {
    const changing = Object.values(groups).filter(({ readOnly }) => !readOnly);
    expect(CASES.map(({ name }) => name)).to.have.members(changing.map(({ name }) => name));
  });
});
