import { expect } from 'chai';
import { useCommandsBesideServer } from '../support/commands-beside-a-server.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { authorize, callbackOf, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

/** The commands, run beside a server that is running: what they change, it obeys at once. */
describe('the commands beside a running server', () => {
  const setup = useCommandsBesideServer();
  const { run, create } = setup;

  describe('keys', () => {
    const list = async () =>
      JSON.parse((await run('keys', 'list', '--json')).printed.join()) as Record<string, string>[];

    it('rotate: publishes at once, signs after the delay, tells the trail', async () => {
      const before = await list();
      expect(before.map(({ phase }) => phase)).to.deep.equal(['active', 'active', 'active']);
      const { printed, events } = await run('keys', 'rotate', '--algorithm', 'ES256');
      expect(printed).to.have.length(1);
      expect(printed[0]).to.match(/^published \S+ \(ES256\), signs from /u);
      expect(events.map(({ type, details }) => [type, details.algorithm])).to.deep.equal([
        ['key.published', 'ES256'],
      ]);
      const after = await list();
      expect(after.map(({ phase }) => phase).toSorted()).to.deep.equal([
        'active',
        'active',
        'active',
        'published',
      ]);
      const kid = after.find(({ phase }) => phase === 'published')?.kid;
      await eventually('it is published', async () =>
        (await (await fetch(`${setup.server.issuer}/jwks`)).text()).includes(String(kid)),
      );
    });

    it('rotate: all algorithms, at once where it is asked for', async () => {
      const { events } = await run('keys', 'rotate', '--after', '0');
      expect(events.filter(({ type }) => type === 'key.published')).to.have.length(3);
      expect((await list()).filter(({ phase }) => phase === 'active')).to.have.length(3);
    });

    it('rotate: refuses a delay that is none', async () => {
      for (const delay of ['-1', '1.5', 'soon', '99999999']) {
        const { error, events } = await run('keys', 'rotate', `--after=${delay}`);
        expect([error?.code, events.length]).to.deep.equal(['delay_invalid', 0]);
      }
    });

    it('rotate: removes what is retired', async () => {
      await fixture(
        setup.server.app.database,
        `update signing_keys set retires_at = now() - interval '1 hour' where retires_at is not null`,
      );
      const { events } = await run('keys', 'rotate', '--algorithm', 'EdDSA');
      expect(events.filter(({ type }) => type === 'key.retired')).to.not.have.length(0);
      expect((await list()).some(({ phase }) => phase === 'retired')).to.equal(false);
    });
  });

  it('users disable: sessions, grants and tokens end at once; enable brings back none of them', async () => {
    const leaver = await setup.server.addAccount();
    const client = handClient(setup.server.issuer, await create(WEB_CLIENT));
    const agent = new UserAgent();
    const tokens = await tokensFor(client, leaver, {}, agent);
    const { events } = await run('users', 'disable', leaver.email);
    // Of one transaction, and so perhaps of one millisecond.
    expect(events.map(({ type, account }) => [type, account])).to.have.deep.members([
      ['account.disabled', leaver.id],
      ['session.ended', leaver.id],
    ]);
    const all = async () => [
      (await client.userinfo(tokens.access_token)).status,
      (await client.refresh(tokens.refresh_token)).body.error,
      callbackOf(await agent.open(client.authorizeUrl({ prompt: 'none' }))).get('error'),
    ];
    expect(await all()).to.deep.equal([401, 'invalid_grant', 'login_required']);
    await run('users', 'enable', leaver.email);
    expect(await all()).to.deep.equal([401, 'invalid_grant', 'login_required']);
    expect(callbackOf(await authorize(agent, client.authorizeUrl(), leaver)).has('code')).to.equal(true);
  });

  it('sessions end --user: is told also of somebody who is signed in nowhere', async () => {
    const person = await setup.server.addAccount();
    const { events } = await run('sessions', 'end', '--user', person.email);
    expect(events.map(({ type, account }) => [type, account])).to.deep.equal([
      ['account.signed_out', person.id],
    ]);
  });

  it('setup-link: prints a link while there is no administrator', async () => {
    const { printed, events } = await run('setup-link');
    expect(printed.join()).to.match(/\/setup\?token=[\w-]{43}$/u);
    expect(events.map(({ type, actor_kind: kind, command }) => [type, kind, command])).to.deep.equal([
      ['setup.link_issued', 'command', 'gatehouse setup-link'],
    ]);
    await setup.server.addAccount({ roles: ['administrator'] });
    expect((await run('setup-link')).error?.code).to.equal('setup_done');
  });
});
