import { expect } from 'chai';
import { APPLICATION_REFUSED, MORE_REFUSED } from '../../src/wire/protocol.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { handClient } from '../support/protocol.ts';
import { useRefusalLog } from '../support/refusal-log.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('what is told of refused applications', function told() {
  this.timeout(60_000);
  const setup = useRefusalLog();
  const { code, during, lines } = setup;
  const open = (parameters: Record<string, string | undefined>) =>
    new UserAgent().open(setup.client.authorizeUrl(parameters));

  it('tells of two faults in one request the one that is answered', async () => {
    const { told, events } = await during(() =>
      open({ code_challenge: undefined, redirect_uri: 'https://elsewhere.example/' }),
    );
    expect(told.map(({ parameter }) => parameter)).to.deep.equal(['redirect_uri']);
    expect(events.map(({ details }) => details.error)).to.deep.equal(['invalid_redirect_uri']);
  });

  it('is told of a code that comes twice, also at the same moment', async () => {
    const spent = await code();
    await setup.client.redeem(spent);
    const { told } = await during(() => setup.client.redeem(spent));
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ level: 'warn', client: setup.client.id, parameter: 'code' });
    const fresh = await code();
    const raced = await during(() => Promise.all([1, 2, 3].map(() => setup.client.redeem(fresh))));
    const failed = raced.events.filter(({ outcome }) => outcome === 'failure');
    expect(failed.map(({ type }) => type)).to.include('token.reuse_detected');
    expect(raced.told.length).to.equal(failed.length);
    expect(JSON.stringify(lines)).to.not.include(fresh);
  });

  it('is no warning where nothing has to be changed', async () => {
    const { told } = await during(() => open({ prompt: 'none' }));
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ level: 'info', error: 'login_required', client: setup.client.id });
    expect(told[0]).to.not.have.property('change');
  });

  it('is told of a client that is stored and broken as that, and under its name', async () => {
    const broken = await setup.server.addClient({ ...WEB_CLIENT, client_id: 'broken' });
    await fixture(
      setup.server.app.database,
      `update clients set metadata = metadata || '{"second_factor": "maybe"}' where id = 'broken'`,
    );
    setup.server = await setup.server.restart();
    const { told, events } = await during(() =>
      new UserAgent().open(handClient(setup.server.issuer, broken).authorizeUrl()),
    );
    expect(told[0]).to.include({ client: 'broken', parameter: 'client_id' });
    expect(told[0]?.change).to.include('clients check');
    expect(events[0]?.client).to.equal('broken');
  });

  it('is one line whatever a stranger writes, and nothing that changes a terminal', async () => {
    const hostile = 'a\r\n{"level":"error","msg":"forged"}\u001b[31m\u202e';
    const { told, events } = await during(() => open({ client_id: hostile, scope: `openid ${hostile}` }));
    expect(told).to.have.length(1);
    const { present, values } = told[0] as unknown as { present: string[]; values: Record<string, string> };
    expect(present).to.include('client_id');
    expect(values.scope).to.match(/^openid a\uFFFD\uFFFD\{/u);
    expect(JSON.stringify([told, events])).to.not.match(/[\p{Cc}\p{Cf}]|\\u001b|\\n/u);
    expect(events[0]?.client).to.equal(null);
  });

  it('says at most so often that somebody was refused, and then once that there are more', async () => {
    const from = lines.length;
    for (let n = 0; n < 12; n += 1) {
      await Promise.all(
        Array.from({ length: 20 }, () => fetch(`${setup.server.issuer}/userinfo?access_token=x`)),
      );
    }
    const told = lines.slice(from);
    expect(told.filter(({ msg }) => msg === APPLICATION_REFUSED).length).to.be.at.most(120);
    expect(told.filter(({ msg }) => msg === MORE_REFUSED)).to.have.length(1);
    await fetch(`${setup.server.issuer}/token`);
    expect(lines.slice(from).filter(({ endpoint }) => endpoint === '/token')).to.have.length(0);
  });
});

describe('refused applications of a development start', function development() {
  this.timeout(60_000);
  const setup = useRefusalLog({ NODE_ENV: 'development', RATE_LIMIT_TOKEN_PER_CLIENT: '2' });

  it('are told on the error page what to change, and nobody else’s words', async () => {
    const url = setup.client.authorizeUrl({
      redirect_uri: 'http://127.0.0.1:9/callback/?<b>',
      state: 'my-state',
    });
    const { body, status } = await new UserAgent().open(url);
    expect(status).to.equal(400);
    expect(body).to.include('differs in the slash at the end of its path').and.include('What to change');
    expect(body).to.not.match(/<b>|my-state/u);
  });

  it('are told of a limit once, with the setting', async () => {
    const ask = () => setup.service.post('/token', { grant_type: 'client_credentials' });
    const { told, result } = await setup.during(async () => [
      await ask(),
      await ask(),
      await ask(),
      await ask(),
    ]);
    expect(result.map(({ status }) => status)).to.deep.equal([200, 200, 429, 429]);
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ level: 'warn', client: setup.service.id });
    expect(told[0]?.expected).to.include('RATE_LIMIT_TOKEN_PER_CLIENT');
  });
});

describe('refused applications elsewhere', () => {
  const setup = useRefusalLog();

  it('get a page with the reference alone, which finds the line of the log', async () => {
    const { told, result } = await setup.during(() =>
      new UserAgent().open(setup.client.authorizeUrl({ redirect_uri: 'http://127.0.0.1:9/callback/' })),
    );
    expect(result.body).to.not.include('What to change');
    expect(result.body).to.include(`<code>${told[0]?.requestId}`);
  });
});
