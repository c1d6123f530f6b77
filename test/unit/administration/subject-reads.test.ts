import { expect } from 'chai';
import type { Actor } from '../../../src/administration/actor.ts';
import { clients } from '../../../src/administration/clients/index.ts';
import { keys } from '../../../src/administration/keys/index.ts';
import { mail } from '../../../src/administration/mail.ts';
import { notices } from '../../../src/administration/notices.ts';
import { people } from '../../../src/administration/people/index.ts';
import { resources } from '../../../src/administration/resources.ts';
import { setup } from '../../../src/administration/setup.ts';
import { createAttributes } from '../../../src/domain/attributes/policy.ts';
import { versionOf } from '../../../src/domain/clients/version.ts';
import { OPERATOR } from '../../support/administration.ts';
import { fakeGround, NOBODY } from './fakes.ts';

const code = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => 'nothing was refused',
    (error) => error.code,
  );

const at = (seconds: number) => new Date(seconds * 1000);

describe('what is told of clients', () => {
  const secret = { id: '1a2b3c4d', digest: 'k.DIGEST', createdAt: at(0), endsAt: undefined };
  const board = {
    id: 'board',
    metadata: { client_id: 'board' },
    secrets: [secret],
    createdAt: at(0),
    disabledAt: undefined,
    enabledAt: undefined,
  };
  const deps = {
    ...NOBODY,
    rights: { ...NOBODY.rights, reachesClient: async () => true },
    database: { query: async () => [] },
    clients: {
      find: async (id: string) => (id === 'board' ? board : undefined),
      hold: async () => undefined,
    },
    clientList: {
      page: async () => ({ listed: [{ client: board, lastUsedAt: at(8), owners: ['o'] }], next: undefined }),
    },
    clientOwners: { of: async () => [{ id: 'o', email: 'o@example.org', name: 'O', addedAt: at(0) }] },
    cursors: { issue: () => '', read: () => undefined as never },
    clientSecrets: { live: async () => [{ ...secret, lastUsedAt: at(9), expiresAt: undefined }] },
    clientUses: { lastUse: async () => at(8) },
    clientRules: { whyRefused: () => ['redirect_uris: is missing'] },
  };
  const told = {
    id: 'board',
    metadata: { client_id: 'board' },
    problems: ['redirect_uris: is missing'],
    name: null,
    kind: 'web',
    status: 'active',
    createdAt: at(0),
    lastUsedAt: at(8),
    owners: ['o'],
  };

  it('is what is registered and why it is refused, and nothing of the secret', async () => {
    expect(await clients.list.perform(deps, OPERATOR, {})).to.deep.equal({ items: [told], next: null });
    expect(await clients.show.perform(deps, OPERATOR, { client: 'board' })).to.deep.equal({
      ...told,
      version: versionOf(board.metadata),
      secrets: [{ id: '1a2b3c4d', createdAt: at(0), endsAt: null, lastUsedAt: at(9) }],
    });
    expect(await code(clients.show.perform(deps, OPERATOR, { client: 'ward' }))).to.equal('client_unknown');
  });
});

/** These lists are of one page. */
const cursors = {
  issue: () => 'next',
  read: () => {
    throw new Error('there is no further page');
  },
} as never;

describe('what is told of resources', () => {
  const records = {
    ...{ identifier: 'urn:records', name: 'Records', scopes: [{ name: 'read' }] },
    ...({ tokenAlgorithm: 'RS256', tokenSeconds: 600 } as const),
  };
  const deps = {
    ...NOBODY,
    resources: {
      find: async (id: string) => (id === 'urn:records' ? { ...records, createdAt: at(0) } : undefined),
      list: async () => [records],
    },
  };

  it('is all that is registered', async () => {
    expect(await resources.list.perform(deps, OPERATOR, {})).to.deep.equal({ resources: [records] });
    const one = { identifier: 'urn:records' };
    expect(await resources.show.perform(deps, OPERATOR, one)).to.deep.equal(records);
    const other = resources.show.perform(deps, OPERATOR, { identifier: 'urn:other' });
    expect(await code(other)).to.equal('resource_unknown');
  });
});

describe('what is told of signing keys', () => {
  it('is their life, and nothing of the keys themselves', async () => {
    const key = (kid: string, more: object) => ({
      ...({ kid, algorithm: 'ES256', publicJwk: {}, publishedAt: at(0), retiresAt: undefined } as const),
      activatesAt: at(1),
      ...more,
    });
    const stored = [key('old', { retiresAt: at(90) }), key('now', {}), key('next', { activatesAt: at(20) })];
    const deps = { ...NOBODY, keys: { list: async () => stored }, clock: { now: () => at(10) } };
    const { keys: told } = await keys.list.perform(deps, OPERATOR, {});
    expect(told.map(({ kid, phase }) => [kid, phase])).to.deep.equal([
      ['old', 'active'],
      ['now', 'retiring'],
      ['next', 'published'],
    ]);
    expect(told[0]).to.deep.equal({
      ...{ kid: 'old', algorithm: 'ES256', phase: 'active', activatesAt: at(1), retiresAt: at(90) },
    });
  });
});

const ENTRY = { attempts: 2, sending: false, createdAt: at(1), nextAttemptAt: at(9), id: 'e1' };
const PROGRESS = { id: 'e1', attempts: 2, createdAt: at(1), nextAttemptAt: null, finishedAt: null };

describe('what is told of mail', () => {
  it('is to whom it goes, as far as that can still be read, and how it went', async () => {
    const entries = [
      { ...ENTRY, kind: 'new-device', state: 'waiting', to: 'pat@example.org' },
      {
        ...ENTRY,
        id: 'e2',
        kind: 'new-device',
        state: 'dead',
        finishedAt: at(5),
        problem: '550',
        accountId: 'a',
      },
    ] as const;
    const list = async (options: object) => {
      expect(options).to.deep.include({ limit: 6, state: 'dead', ascending: false, only: undefined });
      return [...entries];
    };
    const input = { limit: 5, state: 'dead' } as const;
    const deps = { ...NOBODY, cursors, mail: { list } };
    const { items, next } = await mail.list.perform(deps, OPERATOR, input);
    expect(next).to.equal(null);
    const common = { ...PROGRESS, kind: 'new-device' };
    expect(items).to.deep.equal([
      {
        ...common,
        state: 'waiting',
        to: 'pat@example.org',
        account: null,
        nextAttemptAt: at(9),
        problem: null,
      },
      { ...common, id: 'e2', state: 'dead', to: null, account: 'a', finishedAt: at(5), problem: '550' },
    ]);
    const most = mail.list.perform(deps, OPERATOR, { limit: 201 });
    expect(await code(most)).to.equal('input_invalid');
  });
});

describe('what is told of notices', () => {
  it('is which client could not be told of which session, and why', async () => {
    const entry = {
      ...({
        ...ENTRY,
        clientId: 'board',
        accountId: 'a',
        subject: 'a',
        sid: 's',
        uri: 'https://board.example/',
      } as const),
      ...({ state: 'given_up', refusals: 1, finishedAt: at(5), problem: 'refused' } as const),
    };
    const list = async (options: object) => {
      expect(options).to.deep.include({ limit: 6, clientId: 'board', only: undefined });
      return [entry];
    };
    const input = { limit: 5, client: 'board' };
    const deps = { ...NOBODY, cursors, logouts: { list } };
    expect(await notices.list.perform(deps, OPERATOR, input)).to.deep.equal({
      next: null,
      items: [
        {
          ...{ ...PROGRESS, client: 'board', account: 'a', session: null, uri: 'https://board.example/' },
          ...{ state: 'given_up', finishedAt: at(5), problem: 'refused' },
        },
      ],
    });
  });
});

describe('setup.issue_link', () => {
  it('answers the link, made in its transaction for whoever asks', async () => {
    const ground = fakeGround();
    const asked: unknown[] = [];
    const issueLink = async (tx: unknown, by: object) => {
      asked.push(tx === ground.tx, by);
      return 'https://id.example/setup?token=t';
    };
    const answered = await setup.issueLink.perform({ ...ground, setup: { issueLink } }, OPERATOR, {});
    expect(answered).to.deep.equal({ link: 'https://id.example/setup?token=t' });
    expect(asked).to.deep.equal([
      true,
      { actor: { kind: 'command', command: 'gatehouse test', user: 'tester' }, origin: {} },
    ]);
    expect(ground.steps).to.deep.equal(['begin', 'commit']);
  });

  it('is refused, and undone, where there is an administrator', async () => {
    const ground = fakeGround();
    const deps = { ...ground, setup: { issueLink: async () => undefined } };
    expect(await code(setup.issueLink.perform(deps, OPERATOR, {}))).to.equal('setup_done');
    expect(ground.steps).to.deep.equal(['begin', 'rollback']);
  });
});

describe('people by parts of words', () => {
  const accounts = { list: async () => [] };
  const attributes = createAttributes({});
  const program = { kind: 'client', clientId: 'sync', scopes: ['people:read'], origin: {} } as const;
  const list = (actor: Actor, input: { search?: string }) =>
    code(people.listByAddress.perform({ ...NOBODY, accounts, attributes }, actor, { ...input, limit: 5 }));

  it('are not looked for by programs, of which each would look at every account', async () => {
    expect(await list(program, { search: 'red' })).to.equal('search_for_people_only');
    expect(await list(program, {})).to.equal('nothing was refused');
    expect(await list(OPERATOR, { search: 'red' })).to.equal('nothing was refused');
  });
});
