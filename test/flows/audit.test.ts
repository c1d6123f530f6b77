import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SYSTEM } from '../../src/administration/actor.ts';
import { people } from '../../src/administration/people/index.ts';
import { OPERATOR } from '../support/administration.ts';
import { RECORDS, useAuditedServer } from '../support/audited-server.ts';
import { command } from '../support/commands.ts';
import { type AuditRow, authorize, basic, handClient, postForm, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';

describe('the audit trail', () => {
  const setup = useAuditedServer();
  const { types, browser, during } = setup;

  it('tells a whole sign-in: who, what, when, where, for which client, in which session, by which factor', async () => {
    const began = Date.now();
    const { events } = await during(() =>
      tokensFor(setup.client, setup.person, { scope: 'openid email' }, browser()),
    );
    // Each test begins in a browser that is new to the person, which is an event of its own.
    expect(types(events)).to.deep.equal([
      'sign_in.succeeded',
      'device.added',
      'session.started',
      'authorization.granted',
      'token.issued',
    ]);
    const [proof, , session, authorization, token] = events as [
      AuditRow,
      AuditRow,
      AuditRow,
      AuditRow,
      AuditRow,
    ];
    for (const event of events) {
      expect(event).to.include({
        outcome: 'success',
        actor: setup.person.id,
        account: setup.person.id,
      });
      expect(event.at.getTime()).to.be.within(began - 1, Date.now() + 1);
      expect(event.ip).to.equal('127.0.0.1');
      expect(event.request_id).to.match(/^[0-9a-f-]{36}$/u);
      expect(event.command).to.equal(null);
      if (event.type !== 'device.added') expect(event.client).to.equal(setup.client.id);
    }
    for (const event of [proof, session, authorization])
      expect(event.user_agent).to.equal('Test browser/1.0');
    expect(proof.factor).to.equal('pwd');
    expect(proof.details).to.deep.equal({ acr: 'aal1', amr: ['pwd'] });
    expect(session.session).to.be.a('string');
    expect(authorization.session).to.equal(session.session);
    expect(token.session).to.equal(session.session);
    expect(session.details).to.deep.equal({ acr: 'aal1', amr: ['pwd'] });
    expect(authorization.details).to.deep.equal({ scope: 'openid email' });
    expect(token.details).to.deep.equal({ grantType: 'authorization_code', scope: 'openid email' });
  });

  it('keeps the time in UTC, to the microsecond at most, whatever the zone of the reader', async () => {
    const [row] = await setup.server.app.database.query<{ type: string }>(
      `select data_type as type from information_schema.columns where table_name = 'audit_events' and column_name = 'at'`,
    );
    expect(row?.type).to.equal('timestamp with time zone');
  });

  it('tells of a consent between the sign-in and the grant, and of one session', async () => {
    const partner = handClient(
      setup.server.issuer,
      await setup.server.addClient({ ...WEB_CLIENT, first_party: false }),
    );
    const { events } = await during(() => authorize(browser(), partner.authorizeUrl(), setup.person));
    expect(types(events)).to.deep.equal([
      'sign_in.succeeded',
      'device.added',
      'session.started',
      'consent.granted',
      'authorization.granted',
    ]);
    expect(events[3]).to.include({ actor: setup.person.id, account: setup.person.id, client: partner.id });
  });

  it('tells of every refusal once', async () => {
    const page = await browser().open(setup.client.authorizeUrl());
    const refusals: [string, string, () => Promise<unknown>][] = [
      [
        'authorization.refused',
        'login_required',
        () => browser().open(setup.client.authorizeUrl({ prompt: 'none' })),
      ],
      [
        'authorization.refused',
        'invalid_request',
        () => browser().open(setup.client.authorizeUrl({ code_challenge_method: 'plain' })),
      ],
      [
        'authorization.refused',
        'invalid_client',
        () => browser().open(setup.client.authorizeUrl({ client_id: 'nobody' })),
      ],
      [
        'authorization.refused',
        'invalid_redirect_uri',
        () => browser().open(setup.client.authorizeUrl({ redirect_uri: 'https://evil.example' })),
      ],
      ['token.refused', 'invalid_grant', () => setup.client.redeem('no-such-code')],
      [
        'token.refused',
        'invalid_client',
        () =>
          postForm(
            `${setup.server.issuer}/token`,
            { grant_type: 'client_credentials' },
            basic(setup.client.id, 'wrong'),
          ),
      ],
      ['token.refused', 'invalid_token', () => setup.client.userinfo('nonsense')],
      [
        'token.refused',
        'invalid_client',
        () =>
          postForm(
            `${setup.server.issuer}/token/introspect`,
            { token: 'x' },
            basic(setup.client.id, 'wrong'),
          ),
      ],
      [
        'token.refused',
        'invalid_client',
        () =>
          postForm(`${setup.server.issuer}/token/revoke`, { token: 'x' }, basic(setup.client.id, 'wrong')),
      ],
      [
        'authorization.refused',
        'invalid_client',
        () =>
          postForm(`${setup.server.issuer}/par`, setup.client.parameters(), basic(setup.client.id, 'wrong')),
      ],
      [
        'authorization.refused',
        'invalid_request',
        () => browser().open(`${setup.server.issuer}/logout?id_token_hint=x`),
      ],
    ];
    expect(page.status).to.equal(200);
    for (const [type, error, work] of refusals) {
      const { events } = await during(work);
      const told = events.map((event) => [event.type, event.outcome, event.details.error]);
      expect(told).to.deep.equal([[type, 'failure', error]]);
    }
  });

  it('names the client whose authentication failed, as far as it is known', async () => {
    const { events } = await during(() =>
      postForm(
        `${setup.server.issuer}/token`,
        { grant_type: 'client_credentials' },
        basic(setup.client.id, 'wrong'),
      ),
    );
    // Whoever it was has only named it.
    expect(events[0]).to.include({ client: setup.client.id, actor_kind: null, actor: null });
  });

  it('says of a refused request who has acted where they have proven who they are', async () => {
    const { events } = await during(async () => {
      await setup.client.redeem('no-such-code');
      await authorize(browser(), setup.client.authorizeUrl(), { ...setup.person, password: 'not their own' });
      await browser().open(setup.client.authorizeUrl({ code_challenge_method: 'plain' }));
      await setup.client.userinfo('nonsense');
    });
    const told = events.map(({ type, actor_kind: kind, actor }) => `${type}: ${kind} ${actor}`);
    expect([...new Set(told)]).to.deep.equal([
      `token.refused: client ${setup.client.id}`,
      'sign_in.failed: null null',
      'authorization.refused: null null',
      'token.refused: null null',
    ]);
  });

  it('tells how an account came to be by who made it', async () => {
    const { administration } = setup.server.app;
    const { events } = await during(async () => {
      await administration.perform(people.create, SYSTEM, {
        email: 'by-itself@example.org',
        name: 'By Itself',
      });
      await administration.perform(people.create, OPERATOR, {
        email: 'by-hand@example.org',
        name: 'By Hand',
      });
    });
    expect(events.map(({ actor_kind: kind, details }) => [kind, details.source])).to.deep.equal([
      ['system', 'system'],
      ['command', 'command'],
    ]);
  });

  it('tells of tokens of services, with their audience', async () => {
    const service = handClient(
      setup.server.issuer,
      await setup.server.addClient({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      }),
    );
    const { events } = await during(() =>
      service.post('/token', { grant_type: 'client_credentials', resource: RECORDS, scope: 'records:read' }),
    );
    expect(types(events)).to.deep.equal(['token.issued']);
    expect(events[0]).to.include({ actor: service.id, client: service.id, account: null });
    expect(events[0]?.details).to.deep.equal({
      grantType: 'client_credentials',
      scope: 'records:read',
      audience: [RECORDS],
    });
  });

  it('tells of 50 tokens that are issued at once, each before its answer', async () => {
    const service = handClient(
      setup.server.issuer,
      await setup.server.addClient({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      }),
    );
    const { events } = await during(() =>
      Promise.all(
        Array.from({ length: 50 }, () => service.post('/token', { grant_type: 'client_credentials' })),
      ),
    );
    expect(events).to.have.length(50);
    expect(new Set(events.map(({ request_id: id }) => id)).size).to.equal(50);
  });

  it('tells of a refresh and of a revocation, each once', async () => {
    const tokens = await tokensFor(setup.client, setup.person);
    const refreshed = await during(() => setup.client.refresh(tokens.refresh_token));
    expect(types(refreshed.events)).to.deep.equal(['token.issued']);
    expect(refreshed.events[0]).to.include({ account: setup.person.id, client: setup.client.id });
    const { refresh_token: token } = refreshed.result.body;
    const revoked = await during(() => setup.client.post('/token/revoke', { token }));
    expect(types(revoked.events)).to.deep.equal(['token.revoked']);
    expect(revoked.events[0]).to.include({
      actor: setup.client.id,
      account: setup.person.id,
      client: setup.client.id,
    });
    expect(revoked.events[0]?.details).to.deep.equal({ kind: 'refresh_token' });
    expect(
      (await during(() => setup.client.post('/token/revoke', { token: 'unknown' }))).events,
    ).to.have.length(0);
  });

  it('tells of changes of clients and resources with the command that made them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-audit-'));
    const fileOf = async (name: string, content: object) => {
      await writeFile(join(folder, name), JSON.stringify(content));
      return join(folder, name);
    };
    const registered = await fileOf('client.json', { ...WEB_CLIENT, client_name: 'Short-lived' });
    const service = await fileOf('resource.json', {
      identifier: 'https://short.example',
      name: 'Short',
      scopes: ['read'],
    });
    const { events } = await during(async () => {
      await command(setup.server, 'clients', 'create', registered);
      await command(setup.server, 'resources', 'create', service, '--reason', 'a test');
    }).finally(() => rm(folder, { recursive: true }));
    expect(types(events)).to.deep.equal(['client.created', 'resource.created']);
    for (const event of events) expect(event).to.include({ actor_kind: 'command', actor: null, ip: null });
    const commands = events.map((event) => event.command);
    expect(commands).to.deep.equal(['gatehouse clients create', 'gatehouse resources create']);
    expect(events.map(({ reason }) => reason)).to.deep.equal([null, 'a test']);
    for (const { operator, details } of events) {
      expect(operator).to.equal(userInfo().username);
      expect(details).to.not.have.property('operator');
    }
  });
});
