import { expect } from 'chai';
import { clients } from '../../../src/administration/clients/index.ts';
import { keys } from '../../../src/administration/keys/index.ts';
import { mail } from '../../../src/administration/mail.ts';
import { notices } from '../../../src/administration/notices.ts';
import { resources } from '../../../src/administration/resources.ts';
import { type ActCase, type ActGround, attempt, itIsAnAct } from '../../support/act-cases.ts';
import { fixture } from '../../support/evidence/fixture.ts';
import { PERSON_ACT_CASES } from '../../support/person-act-cases.ts';

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
const resource = (identifier: string) => ({ identifier, name: 'Records', scopes: ['records:read'] });

async function service({ app }: ActGround): Promise<string> {
  const identifier = `urn:${unused('records')}`;
  await attempt(resources.create, resource(identifier)).perform(app);
  return identifier;
}

/** A mail that was given up. */
async function deadMail({ app }: ActGround): Promise<string> {
  await app.database.transaction((tx) =>
    app.mail.outbox.enqueue(tx, {
      kind: 'new-device',
      to: { address: 'a@example.org' },
      model: { at: new Date() },
    }),
  );
  const [row] = await fixture<{ id: string }>(
    app.database,
    `update mail_outbox set state = 'dead', finished_at = now() where state = 'waiting' returning id`,
  );
  return row?.id ?? '';
}

/** A notice that was given up. */
async function failedNotice({ app }: ActGround): Promise<{ id: string; client: string }> {
  const of = unused('told');
  const [row] = await fixture<{ id: string }>(
    app.database,
    `insert into logout_deliveries (id, client_id, account_id, session_uid, sid, uri, state, attempts, refusals,
       next_attempt_at, created_at, finished_at)
     values (gen_random_uuid(), $1, $2, 'uid', 'sid', 'https://told.example/', 'given_up', 9, 9, now(), now(), now())
     returning id`,
    [of, NOBODY],
  );
  return { id: row?.id ?? '', client: of };
}

const cases: ActCase[] = [
  {
    name: 'resources.create',
    prepare: async () => {
      const identifier = `urn:${unused('records')}`;
      const result = {
        identifier,
        scopes: [{ name: 'records:read' }],
        tokenAlgorithm: 'RS256',
        tokenSeconds: 600,
      };
      return attempt(resources.create, resource(identifier), result);
    },
    events: ['resource.created'],
    refuses: [
      ['resource_exists', async (ground) => attempt(resources.create, resource(await service(ground)))],
      [
        'resource_scope_taken',
        async (ground) => {
          const scopes = [unused('scope')];
          const another = () => ({ ...resource(`urn:${unused('records')}`), scopes });
          const own = { ...metadata(unused('board')), resource_scopes: scopes };
          await attempt(clients.create, { metadata: own }).perform(ground.app);
          await attempt(resources.create, another()).perform(ground.app);
          return attempt(resources.create, another());
        },
      ],
      ['input_invalid', async () => attempt(resources.create, { ...resource('urn:none'), scopes: [] })],
    ],
  },
  {
    name: 'resources.update',
    prepare: async (ground) => {
      const changed = { ...resource(await service(ground)), name: 'Charts', tokenSeconds: 300 };
      return attempt(resources.update, changed, { name: 'Charts', tokenSeconds: 300 });
    },
    events: ['resource.updated'],
    refuses: [
      ['resource_unknown', async () => attempt(resources.update, resource('urn:nothing'))],
      [
        'resource_reserved',
        async (ground) =>
          attempt(resources.update, { ...resource(await service(ground)), scopes: ['people:read'] }),
      ],
      [
        'resource_scope_taken',
        async (ground) => {
          const scopes = [unused('scope')];
          const own = { ...metadata(unused('board')), resource_scopes: scopes };
          await attempt(clients.create, { metadata: own }).perform(ground.app);
          const first = { ...resource(`urn:${unused('records')}`), scopes };
          await attempt(resources.create, first).perform(ground.app);
          return attempt(resources.update, { ...resource(await service(ground)), scopes });
        },
      ],
    ],
  },
  {
    name: 'resources.delete',
    prepare: async (ground) => {
      const identifier = await service(ground);
      return attempt(resources.delete, { identifier }, { identifier });
    },
    events: ['resource.deleted'],
    refuses: [['resource_unknown', async () => attempt(resources.delete, { identifier: 'urn:nothing' })]],
  },
  {
    name: 'keys.rotate',
    prepare: async () => attempt(keys.rotate, {}, { removed: [] }),
    events: ['key.published', 'key.published', 'key.published'],
    refuses: [['input_invalid', async () => attempt(keys.rotate, { activationDelaySeconds: -1 })]],
  },
  {
    name: 'keys.rotate, of one algorithm, after one was retired',
    prepare: async ({ app }) => {
      await attempt(keys.rotate, { algorithm: 'ES256', activationDelaySeconds: 0 }).perform(app);
      await fixture(
        app.database,
        `update signing_keys set retires_at = now() - interval '1 hour' where algorithm = 'ES256' and retires_at is not null`,
      );
      return attempt(keys.rotate, { algorithm: 'ES256' });
    },
    events: ['key.retired', 'key.published'],
    refuses: [],
  },
  {
    name: 'mail.retry',
    prepare: async (ground) => {
      const id = await deadMail(ground);
      return attempt(mail.retry, { mail: id }, { mails: [{ id, kind: 'new-device' }] });
    },
    events: ['mail.retried'],
    refuses: [
      ['mail_not_retried', async () => attempt(mail.retry, { mail: NOBODY })],
      ['mail_not_retried', async () => attempt(mail.retry, { mail: 'nonsense' })],
    ],
  },
  {
    name: 'notices.retry',
    prepare: async (ground) => {
      const notice = await failedNotice(ground);
      return attempt(notices.retry, { notice: notice.id }, { notices: [notice] });
    },
    events: ['logout.retried'],
    refuses: [
      ['logout_not_retried', async () => attempt(notices.retry, { notice: NOBODY })],
      ['logout_not_retried', async () => attempt(notices.retry, { notice: 'nonsense' })],
    ],
  },
];

describe('what is done about services, keys, mail and notices', function acts() {
  this.timeout(60_000);
  itIsAnAct(cases);

  it('is all tried here, in person-acts.test.ts, or in stepwise-acts.test.ts', () => {
    const changing = [resources, keys, mail, notices]
      .flatMap((subject) => Object.values<{ name: string; readOnly: boolean; atomic: boolean }>(subject))
      .filter(({ readOnly, atomic }) => !readOnly && atomic);
    const tried = [...cases, ...PERSON_ACT_CASES].map(({ name }) => name);
    expect(tried).to.include.members(changing.map(({ name }) => name));
  });
});
