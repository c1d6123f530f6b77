import { expect } from 'chai';
import { withoutMac } from '../support/audit-macs.ts';
import { command } from '../support/commands.ts';
import { authorize, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RECORDS = 'https://records.example.org';

interface Written {
  readonly kind: string;
  readonly written: number;
}

describe('the MAC of audit events', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({
      settings: { MAX_CONCURRENT_SESSIONS: '1', SESSION_CAP_POLICY: 'evict-oldest' },
    });
  });
  after(() => server.stop());

  it('is there and right in every row, whichever way it was written', async () => {
    const person = await server.addAccount();
    await server.addResource({ identifier: RECORDS, name: 'Records', scopes: ['records:read'] });
    const client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, refresh_token_leeway_seconds: 20 }),
    );
    const agent = new UserAgent();
    // Units with changes; the second sign-in evicts the session of the first.
    const first = await tokensFor(client, person);
    const tokens = await tokensFor(
      client,
      person,
      { scope: 'openid records:read', resource: RECORDS },
      agent,
    );
    // What a statement finds: a refusal that is counted, a revocation that may be somebody else's, a token that comes again.
    await client.redeem('no-such-code');
    await client.post('/token/revoke', { token: tokens.access_token });
    const again = await tokensFor(client, person, {}, agent);
    await client.refresh(again.refresh_token);
    await client.refresh(again.refresh_token);
    // Group commit, a command, a sign-out.
    await authorize(new UserAgent(), client.authorizeUrl(), { ...person, password: 'wrong and long enough' });
    await command(server, 'users', 'disable', person.email, '--reason', 'Ça suffit 😀');
    expect(first.access_token).to.be.a('string');

    const rows = await server.app.database.query<Written>(
      `select type || coalesce(' ' || coalesce(details ->> 'kind', details ->> 'reason', details ->> 'adopted'), '') as kind,
         count(*)::int as written
       from audit_events group by 1`,
    );
    expect(rows.map(({ kind }) => kind)).to.include.members([
      'identifier_key.created false',
      'wrapping_key.created',
      'key.published',
      'session.ended evicted',
      'token.refused',
      'token.revoked access_token',
      'token.replayed RefreshToken',
      'sign_in.failed password_wrong',
      'session.ended disabled',
      'account.disabled',
    ]);
    const [old] = await server.app.database.query<{ rows: number }>(
      'select count(*)::int as rows from audit_events where version is null or mac is null or cluster is null or xid is null',
    );
    expect(old?.rows).to.equal(0);
    expect(await withoutMac(server.app.database, server.app.auditStamp.mac)).to.deep.equal([]);
  });

  it('is made with one key, on every node and after a restart', async () => {
    const second = await server.secondNode();
    try {
      await second.addClient(WEB_CLIENT);
      expect(await withoutMac(server.app.database, second.app.auditStamp.mac)).to.deep.equal([]);
    } finally {
      await second.stop();
    }
  });

  it('comes with a clock that may be five minutes off, unless it was replaced', async () => {
    expect(server.app.auditStamp.toleranceSeconds).to.equal(300);
    const { clock } = server.app;
    const app = await startTestServer({ replace: { clock: { now: () => clock.now() } } });
    try {
      expect(app.app.auditStamp.toleranceSeconds).to.equal(undefined);
    } finally {
      await app.stop();
    }
  });
});
