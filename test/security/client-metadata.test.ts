import { expect } from 'chai';
import { Command } from 'commander';
import { registerClients } from '../../src/commands/registry.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { createLogger } from '../../src/log.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { authorizePath, type Client, get, introspect, post, token, tokensFor } from './support.ts';

/** Metadata by which somebody would get more than they should, whoever has written them into the database. */
describe('lines 53 and 57: a stored client whose metadata contradict the rules', () => {
  let server: TestServer;
  let good: Client;
  let lines: string[];

  before(async () => {
    lines = [];
    const log = createLogger({ server: { logLevel: 'error' } }, { write: (line) => void lines.push(line) });
    server = await startTestServer({ replace: { log } });
    good = await server.addClient(WEB_CLIENT);
  });
  after(() => server.stop());

  let count = 0;
  /** A client as an earlier version, or another program, has stored it. */
  async function store(metadata: Record<string, unknown>, digest: string | null = null): Promise<string> {
    count += 1;
    const id = String(metadata.client_id ?? `stored-${count}`);
    await fixture(
      server.app.database,
      `insert into clients (id, metadata, secret_digest, created_at, updated_at) values ($1, $2, $3, now(), now())`,
      [id, JSON.stringify({ client_id: id, ...metadata }), digest],
    );
    return id;
  }
  const logged = (id: string) => lines.filter((line) => line.includes(`"${id}"`));

  const REDIRECT = 'http://127.0.0.1:9/callback';
  const rows: [string, Record<string, unknown>][] = [
    [
      'a public client with client_credentials',
      {
        token_endpoint_auth_method: 'none',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    [
      'a public client that may introspect',
      { token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], introspect_any_token: true },
    ],
    [
      'a public client without PKCE',
      { token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], require_pkce: false },
    ],
    [
      'a redirect in the clear',
      { token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT, 'http://app.example.org/'] },
    ],
    [
      'a member that nobody knows',
      { token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], second_facter: 'required' },
    ],
    [
      'a member of the wrong type',
      { token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT], first_party: 'yes' },
    ],
    ['a secret that is nowhere', { redirect_uris: [REDIRECT] }],
    ['a secret in the clear', { redirect_uris: [REDIRECT], client_secret: 's'.repeat(40) }],
    [
      'an id that is not its own',
      { client_id: 'borrowed', token_endpoint_auth_method: 'none', redirect_uris: [REDIRECT] },
    ],
  ];
  for (const [what, metadata] of rows) {
    it(`${what}: is as good as none, and told once to the log`, async () => {
      const { client_id: borrowed, ...rest } = metadata;
      const id = await store(rest);
      if (borrowed !== undefined) {
        await fixture(
          server.app.database,
          `update clients set metadata = jsonb_set(metadata, '{client_id}', $2) where id = $1`,
          [id, JSON.stringify(good.client_id)],
        );
      }
      for (const _again of [1, 2]) {
        const answer = await post(server, '/token', { grant_type: 'client_credentials', client_id: id });
        expect([answer.status, answer.body.error]).to.deep.equal([401, 'invalid_client']);
        const page = await get(server, authorizePath({ client_id: id }, { redirect_uri: REDIRECT }));
        expect(page.status).to.equal(400);
        expect(page.headers.get('location')).to.equal(null);
        const asked = await post(server, '/token/introspect', { token: 'x', client_id: id });
        expect(asked.body).not.to.have.property('active');
      }
      await eventually('the log tells it', async () => logged(id).length > 0);
      expect(logged(id)).to.have.length(1);
      expect(logged(id)[0]).to.contain('a stored client is refused').and.not.contain('s'.repeat(40));
    });
  }

  it('takes nobody else down: others sign in, and are told of their tokens', async () => {
    const person = await server.addAccount();
    const tokens = await tokensFor(server, good, person);
    expect((await introspect(server, good, String(tokens.access_token))).body.active).to.equal(true);
  });

  it('loses what it holds: its tokens are not active any more, until it is put right', async () => {
    const api = await server.addClient({ ...WEB_CLIENT, introspect_any_token: true });
    const turned = await server.addClient(WEB_CLIENT);
    const person = await server.addAccount();
    const tokens = await tokensFor(server, turned, person);
    const active = async () => (await introspect(server, api, String(tokens.access_token))).body.active;
    expect(await active()).to.equal(true);
    const change = (to: string) =>
      fixture(
        server.app.database,
        `update clients set metadata = jsonb_set(metadata, '{token_endpoint_auth_method}', $2) where id = $1`,
        [String(turned.client_id), JSON.stringify(to)],
      );
    // With the secret still beside it: registered as confidential, and made public by hand.
    await change('none');
    await eventually('it is refused', async () => (await active()) === false);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) };
    expect((await token(server, turned, refresh)).status).to.equal(401);
    await change('client_secret_basic');
    await eventually('it is read again', async () => (await active()) === true);
  });

  it('what an earlier version stored without a fault goes on working', async () => {
    const id = await store({
      application_type: 'web',
      client_id_issued_at: 1_700_000_000,
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: 'RS256',
      logo_uri: 'https://app.example.org/logo.png',
      sector_identifier_uri: 'https://sector.invalid/uris.json',
      subject_type: 'public',
      post_logout_redirect_uris: [],
      require_auth_time: false,
      require_pushed_authorization_requests: false,
      backchannel_logout_session_required: false,
      response_types: ['code'],
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
      first_party: true,
      require_pkce: true,
      introspect_any_token: false,
      shared_workstation: false,
      offline_access: false,
    });
    const { headers } = await get(
      server,
      authorizePath({ client_id: id }, { redirect_uri: REDIRECT, prompt: 'none' }),
    );
    expect(String(headers.get('location'))).to.contain('error=login_required');
  });

  it('the commands name it with the reasons', async () => {
    const id = await store({ ...rows[0]?.[1] });
    const run = async (...words: string[]) => {
      const printed: string[] = [];
      const warned: string[] = [];
      const program = new Command('gatehouse').exitOverride();
      const terminal = {
        print: (text: string) => void printed.push(text),
        warn: (text: string) => void warned.push(text),
        fail: () => {},
      };
      registerClients(program, (work) => work(server.app), terminal);
      const error = await program.parseAsync(['clients', ...words], { from: 'user' }).then(
        () => undefined,
        (thrown: GatehouseError) => thrown,
      );
      return { printed: printed.join('\n'), warned: warned.join('\n'), error };
    };
    const reason = 'grant_types: client_credentials is for clients that authenticate';
    expect((await run('show', id)).warned).to.contain(`refused: ${reason}`);
    expect((await run('list')).printed).to.match(new RegExp(`^${id} .*refused: see clients check`, 'm'));
    const check = await run('check');
    expect(check.printed).to.contain(`${id}\n  ${reason}`);
    expect(check.error?.code).to.equal('clients_refused');
    await fixture(server.app.database, 'delete from clients where id <> $1', [String(good.client_id)]);
    expect((await run('check')).printed).to.equal('All 1 clients keep the rules.');
  });
});
