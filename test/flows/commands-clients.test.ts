import { expect } from 'chai';
import { IS_CLIENT_PROBLEM } from '../../src/domain/audit/problem-store.ts';
import { useCommandsBesideServer } from '../support/commands-beside-a-server.ts';
import { eventually } from '../support/processes.ts';
import { authorize, callbackOf, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

/** The commands, run beside a server that is running: what they change, it obeys at once. */
describe('the commands beside a running server', () => {
  const setup = useCommandsBesideServer();
  const { run, file, create } = setup;

  describe('clients', () => {
    it('create: prints the registration with the secret, which works at once', async () => {
      const { printed, events } = await run(
        'clients',
        'create',
        await file({ ...WEB_CLIENT, client_name: 'Ward board' }),
      );
      const registration = JSON.parse(printed.join('\n'));
      expect(registration).to.include({
        client_name: 'Ward board',
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret_expires_at: 0,
      });
      expect(registration.client_id).to.match(/^[0-9a-f]{32}$/u);
      expect(registration.client_secret).to.have.length.at.least(43);
      expect(registration.client_id_issued_at).to.be.a('number');
      expect(
        (await tokensFor(handClient(setup.server.issuer, registration), setup.person)).access_token,
      ).to.be.a('string');
      expect(events.map(({ type, client }) => [type, client])).to.deep.equal([
        ['client.created', registration.client_id],
      ]);
    });

    it('show and list: everything but the secret', async () => {
      const registration = await create({ ...WEB_CLIENT, client_name: 'Shown' });
      for (const args of [['show', String(registration.client_id)], ['list'], ['list', '--json']]) {
        const { printed } = await run('clients', ...args);
        expect(printed.join('\n')).to.include('Shown').and.include(registration.client_id);
        expect(printed.join('\n')).to.not.include(registration.client_secret);
        expect(printed.join('\n')).to.not.match(/secretDigest|"client_secret"/u);
      }
    });

    it('create: takes an id and a secret that are known already, once', async () => {
      const given = { ...WEB_CLIENT, client_id: 'ward-board', client_secret: 's'.repeat(40) };
      const registration = await create(given);
      expect(registration).to.include({ client_id: 'ward-board', client_secret: 's'.repeat(40) });
      expect(
        (await tokensFor(handClient(setup.server.issuer, registration), setup.person)).access_token,
      ).to.be.a('string');
      const { error } = await run('clients', 'create', await file(given));
      expect(error?.code).to.equal('client_exists');
    });

    it('problems: says why requests were refused and what to change, the newest first', async () => {
      const registration = await create({ ...WEB_CLIENT, client_name: 'Refused' });
      const id = String(registration.client_id);
      const client = handClient(setup.server.issuer, registration);
      expect((await run('clients', 'problems', id)).printed.join()).to.match(/Nothing .* was refused/u);
      const agent = new UserAgent();
      await agent.open(client.authorizeUrl({ code_challenge: undefined, code_challenge_method: undefined }));
      await agent.open(client.authorizeUrl({ prompt: 'none' }));
      const page = await authorize(agent, client.authorizeUrl(), setup.person);
      await client.redeem(String(page.location));
      await client.redeem(String(page.location));
      await agent.open(
        client.authorizeUrl({ redirect_uri: 'http://127.0.0.1:9/callback/', state: 'my-state' }),
      );
      const { printed } = await run('clients', 'problems', id);
      expect(printed).to.have.length(3);
      expect(printed[0]).to.match(/^\S+Z {2}\/authorize {2}invalid_redirect_uri {2}redirect_uri\n/u);
      expect(printed[0]).to.include('nearest is http://127.0.0.1:9/callback, which differs in the slash');
      expect(printed[0]).to.include('redirect_uri=http://127.0.0.1:9/callback/').and.not.include('my-state');
      expect(printed[0]).to.match(/log: {6}[0-9a-f-]{36}$/u);
      expect(printed[1]).to.include('/token  invalid_grant  code').and.include('redeem each code once');
      expect(printed[2]).to.include('require_pkce');
      const { printed: json } = await run('clients', 'problems', id, '--json', '--limit', '1');
      const [newest] = JSON.parse(json.join('\n'));
      expect(newest).to.include({ endpoint: '/authorize', parameter: 'redirect_uri' });
      expect(newest.present).to.include('state');
      expect((await run('clients', 'problems', 'nobody')).error?.code).to.equal('client_unknown');
      expect((await run('clients', 'problems', id, '--limit', '0')).error?.code).to.equal('limit_invalid');
    });

    it('problems: of one client only, found by an index', async () => {
      const plan = await setup.server.app.database.transaction(async (tx) => {
        await tx.query('set local enable_seqscan = off');
        return tx.query<Record<string, string>>(
          `explain select at from audit_events where client = 'x' and ${IS_CLIENT_PROBLEM} order by at desc, id desc limit 20`,
        );
      });
      expect(JSON.stringify(plan))
        .to.include('audit_events_before_client_problems_index')
        .and.not.include('Seq Scan');
      const registration = await create({ ...WEB_CLIENT, client_name: 'Untroubled' });
      const { printed } = await run('clients', 'problems', String(registration.client_id));
      expect(printed).to.have.length(1);
    });

    const wrong: [string, unknown, string][] = [
      ['no JSON', '{', 'file_invalid'],
      ['no object', [], 'file_invalid'],
      [
        'a redirect URI with a fragment',
        { ...WEB_CLIENT, redirect_uris: ['https://a.example/#x'] },
        'client_metadata_invalid',
      ],
      ['no redirect URI', { ...WEB_CLIENT, redirect_uris: [] }, 'client_metadata_invalid'],
      [
        'the implicit flow',
        { ...WEB_CLIENT, response_types: ['id_token'], grant_types: ['implicit'] },
        'client_metadata_invalid',
      ],
      ['the password grant', { ...WEB_CLIENT, grant_types: ['password'] }, 'client_metadata_invalid'],
      [
        'an unknown authentication',
        { ...WEB_CLIENT, token_endpoint_auth_method: 'client_secret_jwt' },
        'client_metadata_invalid',
      ],
      [
        'a key that is missing',
        { ...WEB_CLIENT, token_endpoint_auth_method: 'private_key_jwt' },
        'client_metadata_invalid',
      ],
      ['a short secret', { ...WEB_CLIENT, client_secret: 'short' }, 'file_invalid'],
      [
        'an id like that of a person',
        { ...WEB_CLIENT, client_id: '7a9c1f0e-5a30-4f65-9b0e-0d6d6f3a1c11' },
        'file_invalid',
      ],
      ['first_party that is no boolean', { ...WEB_CLIENT, first_party: 'yes' }, 'file_invalid'],
    ];
    for (const [what, value, code] of wrong) {
      it(`create: refuses ${what}, and writes nothing`, async () => {
        const before = (await setup.server.app.clients.store.list()).length;
        const { error, events, printed } = await run('clients', 'create', await file(value));
        expect(error?.code, error?.message).to.equal(code);
        expect([events.length, printed.length]).to.deep.equal([0, 0]);
        expect((await setup.server.app.clients.store.list()).length).to.equal(before);
      });
    }

    it('create: a preset fills in what is safe, and refuses what contradicts it', async () => {
      const particular = { client_name: 'Rooms', redirect_uris: ['https://rooms.example.org/'] };
      const made = await run('clients', 'create', await file(particular), '--preset', 'single-page');
      expect(JSON.parse(made.printed.join('\n'))).to.deep.include({
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        resource_scopes: [],
      });
      const conflict = await run('clients', 'create', await file(particular), '--preset', 'service');
      expect(conflict.error?.code).to.equal('client_preset_conflict');
      expect(conflict.error?.message).to.include('redirect_uris: has to be []');
      const unknown = await run('clients', 'create', await file(particular), '--preset', 'implicit');
      expect(unknown.error?.code).to.equal('commander.invalidArgument');
    });

    it('delete: everything that it holds stops working, at once', async () => {
      const client = handClient(setup.server.issuer, await create({ ...WEB_CLIENT, first_party: false }));
      const agent = new UserAgent();
      const tokens = await tokensFor(client, setup.person, {}, agent);
      const { events } = await run('clients', 'delete', client.id, '--yes');
      expect(events.map(({ type, client: id }) => [type, id])).to.deep.equal([['client.deleted', client.id]]);
      await eventually(
        'the client is unknown',
        async () => (await client.refresh(tokens.refresh_token)).status === 401,
      );
      expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
      expect((await agent.open(client.authorizeUrl())).status).to.equal(400);
      const { error } = await run('clients', 'delete', client.id, '--yes');
      expect(error?.code).to.equal('client_unknown');
    });

    it('delete: whoever gets its id later does not get what people allowed it', async () => {
      const metadata = { ...WEB_CLIENT, client_id: 'reused', first_party: false };
      const before = handClient(setup.server.issuer, await create(metadata));
      await tokensFor(before, setup.person);
      await run('clients', 'delete', 'reused', '--yes');
      const after = handClient(setup.server.issuer, await create(metadata));
      const agent = new UserAgent();
      const app = handClient(setup.server.issuer, await create(WEB_CLIENT));
      await authorize(agent, app.authorizeUrl(), setup.person);
      await eventually('the new one is known', async () => {
        const answer = await agent.open(after.authorizeUrl({ prompt: 'none' }));
        return answer.location !== undefined && callbackOf(answer).get('error') === 'consent_required';
      });
      const page = await agent.open(`${setup.server.issuer}/account`);
      expect(page.forms.some(({ fields }) => fields.client_id === 'reused')).to.equal(false);
    });
  });

  describe('resources', () => {
    const resource = { identifier: 'https://records.example.org', name: 'Records', scopes: ['records:read'] };

    it('create, list, delete: tokens for it are issued, and then not any more', async () => {
      const service = handClient(
        setup.server.issuer,
        await create({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }),
      );
      const ask = async () =>
        (await service.post('/token', { grant_type: 'client_credentials', resource: resource.identifier }))
          .body;
      expect((await ask()).error).to.equal('invalid_target');
      const made = await run('resources', 'create', await file(resource));
      expect(made.events.map(({ type }) => type)).to.deep.equal(['resource.created']);
      await eventually('it is known', async () => (await ask()).access_token !== undefined);
      expect((await run('resources', 'list')).printed.join()).to.include(resource.identifier);
      expect((await run('resources', 'create', await file(resource))).error?.code).to.equal(
        'resource_exists',
      );
      const gone = await run('resources', 'delete', resource.identifier, '--yes');
      expect(gone.events.map(({ type }) => type)).to.deep.equal(['resource.deleted']);
      await eventually('it is forgotten', async () => (await ask()).error === 'invalid_target');
      expect((await run('resources', 'delete', resource.identifier, '--yes')).error?.code).to.equal(
        'resource_unknown',
      );
    });

    for (const wrong of [
      { ...resource, identifier: 'records' },
      { ...resource, identifier: 'https://records.example.org/#part' },
      { ...resource, scopes: ['with space'] },
      { ...resource, token_algorithm: 'HS256' },
      { ...resource, token_seconds: 5 },
      { ...resource, surprise: true },
      {},
    ]) {
      it(`create: refuses ${JSON.stringify(wrong)}`, async () => {
        expect((await run('resources', 'create', await file(wrong))).error?.code).to.equal('file_invalid');
      });
    }
  });
});
