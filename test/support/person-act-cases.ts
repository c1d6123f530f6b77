import { consents } from '../../src/administration/consents.ts';
import { devices } from '../../src/administration/devices.ts';
import { factors } from '../../src/administration/factors.ts';
import { invitations } from '../../src/administration/invitations.ts';
import { people } from '../../src/administration/people/index.ts';
import { type ActCase, type ActGround, attempt } from './act-cases.ts';
import { BOUNCE_CASES } from './bounce-act-cases.ts';
import { fixture } from './evidence/fixture.ts';

/** Acts about one person that change one thing of what they have. */

const UNKNOWN = { person: 'nobody@example.org' };
const HASH =
  '$argon2id$v=19$m=1024,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$iqU34Exod/UHeBSuIQaIkB7kZKZ6EfpiK59Yqu5m+34';
const NOBODY = '00000000-0000-4000-8000-000000000000';

let count = 0;
const unused = (prefix: string) => {
  count += 1;
  return `${prefix}-${count}`;
};

/** Authenticator apps of somebody new; answers them and the ids of the apps. */
export async function withApps({ app, addPerson }: ActGround, howMany: number) {
  const person = await addPerson();
  const rows = await fixture<{ id: string }>(
    app.database,
    `insert into totp_authenticators (id, account_id, name, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
     select gen_random_uuid(), $1, 'phone ' || n, 'sealed', 'mfa', 0, now(), now() from generate_series(1, $2) n returning id`,
    [person.id, howMany],
  );
  return { person, apps: rows.map(({ id }) => id) };
}

/** Somebody new who trusts a device; answers its id as it is listed. */
async function withDevice({ app, addPerson }: ActGround) {
  const person = await addPerson();
  const hash = Buffer.alloc(32, 7);
  await fixture(
    app.database,
    `insert into trusted_devices (account_id, id_hash, created_at, expires_at)
     values ($1, $2, now(), now() + interval '30 days')`,
    [person.id, hash],
  );
  return { person, device: hash.toString('base64url') };
}

/** Somebody new who has allowed a client something. */
async function withConsent({ app, addPerson }: ActGround) {
  const person = await addPerson();
  const client = unused('client');
  await fixture(
    app.database,
    `insert into consents (account_id, client_id, granted, granted_at, updated_at)
     values ($1, $2, '{"scopes": ["openid"], "claims": [], "resources": {}}', now(), now())`,
    [person.id, client],
  );
  return { person, client };
}

export const PERSON_ACT_CASES: readonly ActCase[] = [
  {
    name: 'people.update',
    prepare: async ({ addPerson }) => {
      const { id, email, version } = await addPerson({ familyName: 'Old' });
      const username = unused('pat');
      const change = { name: ' Pat Reyes ', givenName: 'Pat', familyName: null, username, locale: 'es-mx' };
      const input = { person: id, ...change, expects: version };
      const changed = ['name', 'givenName', 'familyName', 'username', 'locale'];
      return attempt(people.update, input, { person: { id, email }, changed, version: version + 1 });
    },
    events: ['account.profile_changed'],
    refuses: [
      ['account_unknown', async () => attempt(people.update, { ...UNKNOWN, name: 'Pat' })],
      [
        'precondition_failed',
        async ({ addPerson }) => {
          const { id, version } = await addPerson();
          return attempt(people.update, { person: id, name: 'Pat', expects: version + 1 });
        },
      ],
      [
        'username_taken',
        async ({ addPerson }) => {
          const username = unused('Taken');
          await addPerson({ username });
          const { id } = await addPerson();
          return attempt(people.update, { person: id, username: username.toUpperCase() });
        },
      ],
      ...(
        [
          { username: 'pat@example.org' },
          { username: NOBODY },
          { name: null },
          { name: '' },
          { name: 'two\nlines' },
          { givenName: 7 },
          { locale: '!' },
          { zoneinfo: 'Mars/Olympus' },
          { email: 'other@example.org' },
          { roles: ['administrator'] },
          { status: 'active' },
          { expects: '1' },
        ] as const
      ).map(
        (wrong) =>
          [
            'input_invalid',
            async ({ addPerson }: ActGround) =>
              attempt(people.update, { person: (await addPerson()).id, ...wrong } as never),
          ] as const,
      ),
    ],
  },
  {
    name: 'people.merge',
    prepare: async ({ addPerson }) => {
      const duplicate = await addPerson({ roles: ['nurse', 'doctor'], sub: unused('sub') });
      const into = await addPerson({ roles: ['nurse'] });
      return attempt(
        people.merge,
        { person: duplicate.id, into: into.email },
        {
          merged: { id: duplicate.id, email: duplicate.email },
          into: { id: into.id, email: into.email },
          rolesAdded: ['doctor'],
          rolesLeft: [],
        },
      );
    },
    events: ['account.roles_changed', 'account.merged', 'account.merged', 'account.deleted'],
    refuses: [
      [
        'account_unknown',
        async ({ addPerson }) => attempt(people.merge, { ...UNKNOWN, into: (await addPerson()).id }),
      ],
      [
        'account_unknown',
        async ({ addPerson }) =>
          attempt(people.merge, { person: (await addPerson()).id, into: UNKNOWN.person }),
      ],
      [
        'merge_into_itself',
        async ({ addPerson }) => {
          const { id, email } = await addPerson();
          return attempt(people.merge, { person: id, into: email });
        },
      ],
      [
        'account_disabled',
        async ({ addPerson }) => {
          const into = await addPerson({ status: 'disabled' });
          return attempt(people.merge, { person: (await addPerson()).id, into: into.id });
        },
      ],
    ],
  },
  {
    name: 'people.merge, of roles that the other one has',
    prepare: async ({ addPerson }) => {
      const [duplicate, into] = [
        await addPerson({ roles: ['nurse'] }),
        await addPerson({ roles: ['nurse'] }),
      ];
      return attempt(
        people.merge,
        { person: duplicate.id, into: into.id },
        { rolesAdded: [], rolesLeft: [] },
      );
    },
    events: ['account.merged', 'account.merged', 'account.deleted'],
    refuses: [],
  },
  {
    name: 'invitations.resend',
    prepare: async ({ addPerson }) => {
      const { id, email } = await addPerson();
      return attempt(invitations.resend, { person: id, from: 'Bo' }, { person: { id, email } });
    },
    events: ['account.invited'],
    refuses: [
      ['account_unknown', async () => attempt(invitations.resend, UNKNOWN)],
      [
        'invitation_accepted',
        async ({ addPerson }) =>
          attempt(invitations.resend, { person: (await addPerson({ passwordHash: HASH })).id }),
      ],
      [
        'account_disabled',
        async ({ addPerson }) =>
          attempt(invitations.resend, { person: (await addPerson({ status: 'disabled' })).id }),
      ],
    ],
  },
  {
    name: 'factors.remove',
    prepare: async (ground) => {
      const { person, apps } = await withApps(ground, 2);
      const { id, email } = person;
      const input = { person: id, factor: apps[0] ?? '' };
      return attempt(factors.remove, input, { person: { id, email }, kind: 'totp' });
    },
    events: ['factor.removed'],
    refuses: [
      ['account_unknown', async () => attempt(factors.remove, { ...UNKNOWN, factor: NOBODY })],
      [
        'factor_must_stay',
        async (ground) => {
          const { person, apps } = await withApps(ground, 1);
          return attempt(factors.remove, { person: person.id, factor: apps[0] ?? '' });
        },
      ],
      [
        'factor_unknown',
        async (ground) => {
          const others = await withApps(ground, 2);
          const { person } = await withApps(ground, 2);
          return attempt(factors.remove, { person: person.id, factor: others.apps[0] ?? '' });
        },
      ],
      ...['recovery_codes', 'constructor', NOBODY].map(
        (factor) =>
          [
            'factor_unknown',
            async (ground: ActGround) => {
              const { person } = await withApps(ground, 2);
              return attempt(factors.remove, { person: person.id, factor });
            },
          ] as const,
      ),
    ],
  },
  {
    name: 'factors.remove, of all recovery codes',
    prepare: async (ground) => {
      const { person } = await withApps(ground, 1);
      await fixture(
        ground.app.database,
        `insert into recovery_codes (account_id, position, code_hash, created_at) values ($1, 1, '\\x00', now())`,
        [person.id],
      );
      return attempt(
        factors.remove,
        { person: person.id, factor: 'recovery_codes' },
        { kind: 'recovery_code' },
      );
    },
    events: ['factor.removed'],
    refuses: [],
  },
  {
    name: 'devices.remove',
    prepare: async (ground) => {
      const { person, device } = await withDevice(ground);
      const { id, email } = person;
      return attempt(devices.remove, { person: id, device }, { person: { id, email }, device });
    },
    events: ['device.trust_ended'],
    refuses: [
      ['account_unknown', async () => attempt(devices.remove, { ...UNKNOWN, device: 'x' })],
      [
        'device_unknown',
        async (ground) => {
          const { device } = await withDevice(ground);
          return attempt(devices.remove, { person: (await ground.addPerson()).id, device });
        },
      ],
    ],
  },
  {
    name: 'consents.withdraw',
    prepare: async (ground) => {
      const { person, client } = await withConsent(ground);
      const { id, email } = person;
      return attempt(consents.withdraw, { person: id, client }, { person: { id, email }, client });
    },
    events: ['consent.withdrawn'],
    refuses: [
      ['account_unknown', async () => attempt(consents.withdraw, { ...UNKNOWN, client: 'x' })],
      [
        'consent_unknown',
        async (ground) => {
          const { client } = await withConsent(ground);
          return attempt(consents.withdraw, { person: (await ground.addPerson()).id, client });
        },
      ],
    ],
  },
  ...BOUNCE_CASES,
];
