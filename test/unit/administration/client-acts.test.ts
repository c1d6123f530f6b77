import { expect } from 'chai';
import { clients } from '../../../src/administration/clients/index.ts';
import { type ActCase, type ActGround, attempt, itIsAnAct } from '../../support/act-cases.ts';

const NOBODY = '0190a6c2-5f4e-7000-8000-000000000001';

let count = 0;
const unused = (prefix: string) => {
  count += 1;
  return `${prefix}-${count}`;
};

const metadata = (id: string) => ({
  client_id: id,
  client_name: 'Ward board',
  redirect_uris: ['https://board.example/callback'],
});

async function client({ app }: ActGround): Promise<string> {
  const id = unused('board');
  await attempt(clients.create, { metadata: metadata(id) }).perform(app);
  return id;
}

async function withTwoSecrets(ground: ActGround): Promise<string> {
  const id = await client(ground);
  await attempt(clients.rotateSecret, { client: id }).perform(ground.app);
  return id;
}

async function disabled(ground: ActGround): Promise<string> {
  const id = await client(ground);
  await attempt(clients.disable, { client: id }).perform(ground.app);
  return id;
}

const tester = async ({ addPerson }: ActGround): Promise<string> =>
  (await addPerson({ roles: ['application-manager'] })).id;

const OTHER_SECRET = 'made-elsewhere-and-long-enough-for-a-secret';

const cases: ActCase[] = [
  {
    name: 'clients.create',
    prepare: async () => attempt(clients.create, { metadata: metadata(unused('board')) }),
    events: ['client.created'],
    refuses: [
      [
        'client_exists',
        async (ground) => attempt(clients.create, { metadata: metadata(await client(ground)) }),
      ],
      [
        'client_metadata_invalid',
        async () => attempt(clients.create, { metadata: { ...metadata('x'), grant_types: ['password'] } }),
      ],
      [
        'client_preset_conflict',
        async () => attempt(clients.create, { preset: 'service', metadata: metadata('x') }),
      ],
      ['input_invalid', async () => attempt(clients.create, { metadata: metadata(NOBODY) })],
    ],
  },
  {
    name: 'clients.update',
    prepare: async (ground) => {
      const id = await client(ground);
      return attempt(
        clients.update,
        { metadata: { ...metadata(id), client_name: 'Other board' } },
        {
          id,
          changes: [{ member: 'client_name', before: 'Ward board', after: 'Other board' }],
          ends: [],
          secret: null,
        },
      );
    },
    events: ['client.updated'],
    refuses: [
      ['client_unknown', async () => attempt(clients.update, { metadata: metadata('nobody') })],
      [
        'precondition_failed',
        async (ground) => {
          const id = await client(ground);
          const { version } = (await attempt(clients.show, { client: id }).perform(ground.app)) as {
            version: string;
          };
          await attempt(clients.update, {
            metadata: { ...metadata(id), client_name: 'By somebody else' },
          }).perform(ground.app);
          return attempt(clients.update, { metadata: metadata(id), expects: version });
        },
      ],
      ['input_invalid', async () => attempt(clients.update, { metadata: { client_name: 'Nameless' } })],
      [
        'input_invalid',
        async (ground) =>
          attempt(clients.update, {
            metadata: { ...metadata(await client(ground)), client_secret: 's'.repeat(40) },
          }),
      ],
      [
        'client_metadata_invalid',
        async (ground) =>
          attempt(clients.update, {
            metadata: { ...metadata(await client(ground)), grant_types: ['password'] },
          }),
      ],
    ],
  },
  {
    name: 'clients.disable',
    prepare: async (ground) => {
      const id = await client(ground);
      return attempt(clients.disable, { client: id }, { id, status: 'disabled', changed: true });
    },
    events: ['client.disabled'],
    refuses: [
      ['client_unknown', async () => attempt(clients.disable, { client: 'nobody' })],
      ['client_unknown', async () => attempt(clients.disable, { client: 'gatehouse' })],
    ],
  },
  {
    name: 'clients.enable',
    prepare: async (ground) => {
      const id = await disabled(ground);
      return attempt(clients.enable, { client: id }, { id, status: 'active', changed: true });
    },
    events: ['client.enabled'],
    refuses: [['client_unknown', async () => attempt(clients.enable, { client: 'nobody' })]],
  },
  {
    name: 'clients.rotate_secret',
    prepare: async (ground) => attempt(clients.rotateSecret, { client: await client(ground) }),
    events: ['client.secret_rotated'],
    refuses: [
      ['client_unknown', async () => attempt(clients.rotateSecret, { client: 'nobody' })],
      [
        'client_secrets_full',
        async (ground) => attempt(clients.rotateSecret, { client: await withTwoSecrets(ground) }),
      ],
      [
        'client_without_secret',
        async (ground) => {
          const id = unused('public');
          const file = { ...metadata(id), token_endpoint_auth_method: 'none' };
          await attempt(clients.create, { metadata: file }).perform(ground.app);
          return attempt(clients.rotateSecret, { client: id });
        },
      ],
      [
        'input_invalid',
        async (ground) =>
          attempt(clients.rotateSecret, { client: await client(ground), overlapSeconds: 90 * 86_400 + 1 }),
      ],
    ],
  },
  {
    name: 'clients.test_sign_in',
    prepare: async (ground) =>
      attempt(clients.testSignIn, { client: await client(ground), person: await tester(ground) }),
    events: ['client.test_sign_in_asked'],
    refuses: [
      ['client_unknown', async () => attempt(clients.testSignIn, { client: 'nobody', person: NOBODY })],
      [
        'account_unknown',
        async (ground) => attempt(clients.testSignIn, { client: await client(ground), person: NOBODY }),
      ],
      [
        'test_person_missing',
        async (ground) => attempt(clients.testSignIn, { client: await client(ground) }),
      ],
      [
        'test_person_not_permitted',
        async (ground) =>
          attempt(clients.testSignIn, {
            client: await client(ground),
            person: (await ground.addPerson()).id,
          }),
      ],
      [
        'client_disabled',
        async (ground) =>
          attempt(clients.testSignIn, { client: await disabled(ground), person: await tester(ground) }),
      ],
    ],
  },
  {
    name: 'clients.set_secret',
    prepare: async (ground) => {
      const id = await client(ground);
      return attempt(clients.setSecret, { client: id, secret: OTHER_SECRET }, { client: id, changed: true });
    },
    events: ['client.secret_rotated'],
    refuses: [
      ['client_unknown', async () => attempt(clients.setSecret, { client: 'none', secret: OTHER_SECRET })],
      [
        'client_secrets_full',
        async (ground) =>
          attempt(clients.setSecret, { client: await withTwoSecrets(ground), secret: OTHER_SECRET }),
      ],
      [
        'client_secret_ending',
        async (ground) => {
          const id = await client(ground);
          const first = { client: id, secret: OTHER_SECRET, overlapSeconds: 0 };
          await attempt(clients.setSecret, first).perform(ground.app);
          await attempt(clients.rotateSecret, { client: id }).perform(ground.app);
          return attempt(clients.setSecret, { client: id, secret: OTHER_SECRET });
        },
      ],
      [
        'input_invalid',
        async (ground) => attempt(clients.setSecret, { client: await client(ground), secret: 'short' }),
      ],
    ],
  },
  {
    name: 'clients.end_secret',
    prepare: async (ground) => {
      const id = await withTwoSecrets(ground);
      const [newest] = await ground.app.clients.secrets.live(id);
      return attempt(clients.endSecret, { client: id, secret: String(newest?.id) });
    },
    events: ['client.secret_ended'],
    refuses: [
      ['client_unknown', async () => attempt(clients.endSecret, { client: 'nobody', secret: '1' })],
      [
        'client_secret_unknown',
        async (ground) => attempt(clients.endSecret, { client: await withTwoSecrets(ground), secret: '1' }),
      ],
      [
        'client_secret_last',
        async (ground) => {
          const id = await client(ground);
          const [only] = await ground.app.clients.secrets.live(id);
          return attempt(clients.endSecret, { client: id, secret: String(only?.id) });
        },
      ],
    ],
  },
  {
    name: 'clients.delete',
    prepare: async (ground) => {
      const id = await client(ground);
      return attempt(clients.delete, { client: id }, { id });
    },
    events: ['client.deleted'],
    refuses: [['client_unknown', async () => attempt(clients.delete, { client: 'nobody' })]],
  },
  {
    name: 'clients.issue_registration_token',
    prepare: async (ground) => {
      const { id: owner } = await ground.addPerson();
      return attempt(
        clients.issueRegistrationToken,
        { name: 'Ward', owner, uses: 3 },
        { owner, usesLeft: 3 },
      );
    },
    events: ['client.registration_token_issued'],
    refuses: [
      [
        'account_unknown',
        async () => attempt(clients.issueRegistrationToken, { name: 'Ward', owner: NOBODY }),
      ],
      ['input_invalid', async () => attempt(clients.issueRegistrationToken, { name: 'Ward', uses: 0 })],
      ['input_invalid', async () => attempt(clients.issueRegistrationToken, { name: 'a\nb' })],
      [
        'input_invalid',
        async () => attempt(clients.issueRegistrationToken, { name: 'W', lastsSeconds: 1e9 }),
      ],
    ],
  },
  {
    name: 'clients.revoke_registration_token',
    prepare: async ({ app }) => {
      const made = await attempt(clients.issueRegistrationToken, { name: 'Ward' }).perform(app);
      const { id } = made as { id: string };
      return attempt(clients.revokeRegistrationToken, { token: id }, { id });
    },
    events: ['client.registration_token_revoked'],
    refuses: [
      ['registration_token_unknown', async () => attempt(clients.revokeRegistrationToken, { token: NOBODY })],
      ['input_invalid', async () => attempt(clients.revokeRegistrationToken, { token: 'x' })],
    ],
  },
];

describe('what is done about applications', function acts() {
  this.timeout(60_000);
  itIsAnAct(cases);

  it('is all tried here, or in unit-acts.test.ts', () => {
    const all = Object.values<{ name: string; readOnly: boolean; atomic: boolean }>(clients);
    const changing = all.filter(({ readOnly, atomic }) => !readOnly && atomic);
    const tried = [...cases.map(({ name }) => name), 'clients.add_owner', 'clients.remove_owner'];
    expect(tried).to.include.members(changing.map(({ name }) => name));
  });
});
