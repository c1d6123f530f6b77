import { expect } from 'chai';
import { Command } from 'commander';
import { clients } from '../../src/administration/clients/index.ts';
import { registerClients } from '../../src/commands/registry.ts';
import { act } from '../support/administration.ts';
import { useCommandsBesideServer } from '../support/commands-beside-a-server.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { basic, handClient, postForm, tokensFor } from '../support/protocol.ts';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import type { TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { UserAgent } from '../support/user-agent.ts';

const DAY = 86_400;
const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** What is changed of a client that is registered, beside two running nodes. */
describe('changes of a client', function changes() {
  this.timeout(60_000);
  const travel = useTravel();
  const setup = useCommandsBesideServer({ replace: { clock: travel.clock } });
  let second: TestServer;
  let nodes: string[];
  before(async () => {
    second = await setup.server.secondNode();
    nodes = [setup.server.issuer, `http://localhost:${second.app.config.server.port}`];
  });
  after(() => second.stop());

  const status = async (id: string, secret: string, node = 0) =>
    (await postForm(`${nodes[node]}/token`, { grant_type: 'client_credentials' }, basic(id, secret))).status;
  const everywhere = async (id: string, secret: string) => [
    await status(id, secret, 0),
    await status(id, secret, 1),
  ];
  const soon = (id: string, secret: string, wanted: number) =>
    eventually(`${wanted} on both nodes`, async () =>
      (await everywhere(id, secret)).every((found) => found === wanted),
    );
  const rotate = async (id: string, ...args: string[]) => {
    const outcome = await setup.run('clients', 'rotate-secret', id, ...args);
    if (outcome.error !== undefined) throw outcome.error;
    return { ...outcome, secret: String(JSON.parse(outcome.printed.join('\n')).client_secret) };
  };

  describe('rotate-secret', () => {
    it('has two secrets work on every node, until the old one ends', async () => {
      const { client_id: id = '', client_secret: old = '' } = await setup.create(SERVICE);
      expect(await everywhere(id, old)).to.deep.equal([200, 200]);
      const made = await rotate(id, '--overlap', '7d');
      expect(made.secret).to.have.length.at.least(43);
      expect(made.warned.join()).to.include('works until');
      expect(made.events.map(({ type, client }) => [type, client])).to.deep.equal([
        ['client.secret_rotated', id],
      ]);
      expect(JSON.stringify(made.events)).to.not.include(made.secret);
      await soon(id, made.secret, 200);
      expect(await everywhere(id, old)).to.deep.equal([200, 200]);
      travel.pass(7 * DAY - 60);
      expect(await everywhere(id, old)).to.deep.equal([200, 200]);
      travel.pass(61);
      expect(await everywhere(id, old)).to.deep.equal([401, 401]);
      expect(await everywhere(id, made.secret)).to.deep.equal([200, 200]);
    });

    it('refuses a third while two work, and says what to do; with 0 both end at once', async () => {
      const { client_id: id = '', client_secret: first = '' } = await setup.create(SERVICE);
      const { secret: next } = await rotate(id);
      const refused = await setup.run('clients', 'rotate-secret', id);
      expect(refused.error?.code).to.equal('client_secrets_full');
      expect(refused.error?.message).to.include('end-secret').and.include('--overlap 0');
      expect(refused.printed).to.deep.equal([]);
      const { secret: last } = await rotate(id, '--overlap', '0', '--yes');
      await soon(id, last, 200);
      for (const ended of [first, next]) await soon(id, ended, 401);
    });

    it(`makes one new secret of ten at the same time`, async () => {
      const { client_id: id = '' } = await setup.create(SERVICE);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => rotate(id).catch(({ code }) => code)),
      );
      const made = answers.filter((answer) => typeof answer === 'object');
      expect(made).to.have.length(1);
      expect(new Set(answers.filter((answer) => answer !== made[0]))).to.deep.equal(
        new Set(['client_secrets_full']),
      );
      expect(await setup.server.app.clients.secrets.live(id)).to.have.length(2);
    });

    it('lets the old one work no longer than its metadata said, and the new one without an end', async () => {
      const expires = Math.floor(travel.now().getTime() / 1000) + DAY;
      const { client_id: id = '', client_secret: old = '' } = await setup.create({
        ...SERVICE,
        client_secret_expires_at: expires,
      });
      const { secret } = await rotate(id, '--overlap', '90d');
      await soon(id, secret, 200);
      travel.pass(DAY + 1);
      expect(await status(id, old)).to.equal(401);
      expect(await status(id, secret)).to.equal(200);
    });

    for (const wrong of ['7', '91d', '-1d', '1w', 'd', '', '1.5d', '0d ']) {
      it(`refuses --overlap ${JSON.stringify(wrong)}`, async () => {
        const { error } = await setup.run('clients', 'rotate-secret', 'anybody', `--overlap=${wrong}`);
        expect(error?.code).to.equal('overlap_invalid');
      });
    }
  });

  it('show: tells both secrets, when they end and when they were last used', async () => {
    const { client_id: id = '', client_secret: old = '' } = await setup.create(SERVICE);
    const { secret } = await rotate(id);
    const lines = async () => (await setup.run('clients', 'show', id)).warned;
    expect(await lines()).to.have.length(2);
    expect((await lines()).every((line) => line.endsWith('last used never'))).to.equal(true);
    expect(await status(id, old)).to.equal(200);
    await setup.server.app.clients.uses.write();
    const [recent = '', former = ''] = await lines();
    expect(recent).to.match(/^secret [0-9a-f]{8}: since .*, no end, last used never$/);
    expect(former).to.match(/^secret [0-9a-f]{8}: since .*, until .*, last used \d{4}-/);
    for (const known of [secret, old]) expect(recent + former).to.not.include(known);
    const used = await setup.server.app.clients.secrets.live(id);
    travel.pass(60);
    expect(await status(id, old)).to.equal(200);
    await setup.server.app.clients.uses.write();
    const [, now] = await setup.server.app.clients.secrets.live(id);
    expect(Number(now?.lastUsedAt) - Number(used[1]?.lastUsedAt)).to.be.at.least(60_000);
  });

  it('end-secret: ends either of two, never the last, and the one that is left lasts', async () => {
    const { client_id: id = '', client_secret: old = '' } = await setup.create(SERVICE);
    const { secret } = await rotate(id);
    await soon(id, secret, 200);
    const [recent, former] = await setup.server.app.clients.secrets.live(id);
    expect((await setup.run('clients', 'end-secret', id, String(recent?.id), '--yes')).error).to.equal(
      undefined,
    );
    await soon(id, secret, 401);
    travel.pass(30 * DAY);
    expect(await everywhere(id, old)).to.deep.equal([200, 200]);
    const last = await setup.run('clients', 'end-secret', id, String(former?.id), '--yes');
    expect(last.error?.code).to.equal('client_secret_last');
  });

  it('servers of the version before write to their column, and it counts', async () => {
    const { client_id: id = '', client_secret: old = '' } = await setup.create(SERVICE);
    const { database, clients } = setup.server.app;
    const column = async () =>
      (
        await database.query<{ digest: string }>(
          'select secret_digest as digest from clients where id = $1',
          [id],
        )
      )[0]?.digest ?? '';
    const first = await column();
    // As the version before renews a digest, and as it registers a client.
    await fixture(database, 'update clients set secret_digest = $2 where id = $1', [
      id,
      `other.${first.split('.')[1]}`,
    ]);
    expect((await clients.secrets.live(id)).map(({ digest }) => digest)).to.deep.equal([await column()]);
    await fixture(database, 'update clients set secret_digest = $2 where id = $1', [id, first]);
    await fixture(
      database,
      `insert into clients select $2, metadata || jsonb_build_object('client_id', $2::text), secret_digest, now(), now()
       from clients where id = $1`,
      [id, `${id}-2`],
    );
    await soon(`${id}-2`, old, 200);
    // And what this version changes, that one reads: the newest.
    const { secret } = await rotate(id);
    await soon(id, secret, 200);
    expect(await column())
      .to.equal((await clients.secrets.live(id))[0]?.digest)
      .and.not.equal(first);
  });

  describe('update', () => {
    const update = async (metadata: object, ...args: string[]) =>
      setup.run('clients', 'update', await setup.file(metadata), ...args);

    it('changes the metadata on every node, says what, and leaves the secret and the tokens', async () => {
      const made = await setup.create({ ...WEB_CLIENT, client_name: 'Before' });
      const client = handClient(setup.server.issuer, made);
      const tokens = await tokensFor(client, setup.person);
      const { client_secret: _secret, client_secret_expires_at: _end, ...known } = made;
      const more = [REDIRECT_URI, 'http://127.0.0.1:9/other'];
      const { printed, events } = await update({ ...known, client_name: 'After', redirect_uris: more });
      expect(printed.join('\n')).to.include('client_name: "Before" -> "After"').and.include('/other');
      expect(events.map(({ type, details }) => [type, details.members])).to.deep.equal([
        ['client.updated', ['client_name', 'redirect_uris']],
      ]);
      for (const node of nodes)
        await eventually('the new address is taken', async () => {
          const url = new URL(client.authorizeUrl({ redirect_uri: String(more[1]), prompt: 'none' }));
          const answer = await new UserAgent().get(`${node}${url.pathname}${url.search}`);
          return answer.status === 303;
        });
      expect((await client.refresh(tokens.refresh_token)).status).to.equal(200);
      const shown = JSON.parse((await setup.run('clients', 'show', client.id)).printed.join('\n'));
      expect(shown).to.include({ client_name: 'After', client_id_issued_at: made.client_id_issued_at });
      const again = await update(shown);
      expect([again.printed.join().startsWith('Nothing changes'), again.events]).to.deep.equal([true, []]);
    });

    it('says what ends, asks first, and ends it', async () => {
      const made = await setup.create({ ...WEB_CLIENT, client_name: 'Narrowed' });
      const client = handClient(setup.server.issuer, made);
      const tokens = await tokensFor(client, setup.person);
      const { client_secret: _secret, ...known } = made;
      const fewer = { ...known, grant_types: ['authorization_code'] };
      const refused = await update(fewer);
      expect(refused.error?.code).to.equal('confirmation_missing');
      expect(refused.error?.message).to.include('the grant refresh_token');
      expect((await client.userinfo(tokens.access_token)).status).to.equal(200);
      const { printed } = await update(fewer, '--yes');
      expect(printed.join()).to.include('everything that it holds ends at once');
      expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
      expect((await tokensFor(client, setup.person)).access_token).to.be.a('string');
    });

    it('is refused where somebody has changed the client while it asked', async () => {
      const made = await setup.create({ ...WEB_CLIENT, client_name: 'Contested' });
      const { client_secret: _secret, ...known } = made;
      const { app } = setup.server;
      const program = new Command('gatehouse').exitOverride();
      const said: string[] = [];
      registerClients(program, (work) => work(app), {
        print: (text) => void said.push(text),
        warn: () => undefined,
        fail: () => undefined,
        async ask() {
          const metadata = { ...known, redirect_uris: [REDIRECT_URI, 'http://127.0.0.1:9/theirs'] };
          await act(app, clients.update, { metadata });
          return 'yes';
        },
      });
      const fewer = await setup.file({ ...known, grant_types: ['authorization_code'] });
      const code = await program
        .parseAsync(['clients', 'update', fewer], { from: 'user' })
        .catch((error) => error.code);
      expect(code).to.equal('precondition_failed');
      expect(said).to.deep.equal([]);
      const { metadata } = await act(app, clients.show, { client: String(made.client_id) });
      expect(metadata).to.deep.include({ grant_types: known.grant_types });
      expect(metadata.redirect_uris).to.have.length(2);
    });

    it('gives a secret to a client that had none, and takes it from one that has none any more', async () => {
      const { client_id: id = '' } = await setup.create({
        ...WEB_CLIENT,
        token_endpoint_auth_method: 'none',
      });
      const file = { ...WEB_CLIENT, client_id: id };
      const { printed } = await update(file, '--yes');
      const secret = /shown this once: (\S+)/.exec(printed.join('\n'))?.[1] ?? '';
      const client = handClient(setup.server.issuer, { client_id: id, client_secret: secret });
      await eventually(
        'it works',
        async () => (await tokensFor(client, setup.person)).access_token !== undefined,
      );
      await update({ ...file, token_endpoint_auth_method: 'none' }, '--yes');
      expect(await setup.server.app.clients.secrets.live(id)).to.deep.equal([]);
      const open = handClient(setup.server.issuer, { client_id: id, token_endpoint_auth_method: 'none' });
      await eventually(
        'it needs none',
        async () => (await tokensFor(open, setup.person)).access_token !== undefined,
      );
    });

    const wrong: [what: string, file: unknown, code: string][] = [
      ['no id', WEB_CLIENT, 'file_invalid'],
      ['a secret', { ...WEB_CLIENT, client_id: 'board', client_secret: 's'.repeat(40) }, 'file_invalid'],
      ['nobody', { ...WEB_CLIENT, client_id: 'nobody' }, 'client_unknown'],
      ['a list', [], 'file_invalid'],
      ['nothing', '', 'file_invalid'],
      [
        'the implicit flow',
        { ...WEB_CLIENT, client_id: 'x', grant_types: ['implicit'] },
        'client_metadata_invalid',
      ],
      ['an unknown member', { ...WEB_CLIENT, client_id: 'x', redirect_urls: [] }, 'client_metadata_invalid'],
      ['our own pages', { ...WEB_CLIENT, client_id: 'gatehouse' }, 'client_metadata_invalid'],
    ];
    for (const [what, file, code] of wrong) {
      it(`refuses ${what}, and changes nothing`, async () => {
        const { error, events, printed } = await update(file as object, '--yes');
        expect(error?.code, error?.message).to.equal(code);
        expect([events.length, printed.length]).to.deep.equal([0, 0]);
      });
    }
  });
});
