import { expect } from 'chai';
import { createLogger } from '../../src/log.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { codeBy, offersSetup } from '../support/temporary-codes.ts';
import { UserAgent } from '../support/user-agent.ts';

const WRONG = '00000-00000';

describe('temporary access codes under attack', function attacks() {
  this.timeout(120_000);
  let nodes: TestServer[];
  let logged: string[];

  async function open(settings: Record<string, string> = {}) {
    logged = [];
    const write = (line: string) => void logged.push(line);
    const log = createLogger({ server: { logLevel: 'trace' } }, { write });
    const server = await startTestServer({ settings, replace: { log } });
    nodes = [server, await server.secondNode()];
  }
  afterEach(async () => {
    for (const node of nodes.toReversed()) await node.stop();
  });

  const first = () => nodes[0] as TestServer;
  const isIn = async (agent: UserAgent) => (await agent.get(`${first().issuer}/account`)).status === 200;
  const atCode = async (person: Person) => {
    const agent = new UserAgent();
    return { agent, page: await typePassword(agent, await agent.open(`${first().issuer}/account`), person) };
  };

  it('line 24: five tries are compared, from however many browsers at once, and failures lock', async () => {
    await open({ MAX_FAILED_LOGIN_ATTEMPTS: '8' });
    const person = await first().addAccount();
    const code = await codeBy(first(), 'reset-factors', person);
    const browsers = await Promise.all(Array.from({ length: 7 }, () => atCode(person)));
    const answers = await Promise.all(browsers.map(({ agent, page }) => typeCode(agent, page, WRONG)));
    for (const { status } of answers) expect(status).to.equal(401);
    const [row] = await first().app.database.query<{ tries: number }>(
      'select tries from temporary_codes where account_id = $1',
      [person.id],
    );
    expect(row?.tries).to.equal(5);
    const [{ agent, page }] = browsers as [(typeof browsers)[number]];
    const late = await typeCode(agent, page, code);
    expect(late.status, 'the right one, too late').to.equal(401);
    // The eighth failure of the account, whatever it was of.
    expect(late.body).to.include('locked');
    expect((await atCode(person)).page.body).to.include('locked');
  });

  it('line 24: the answer to a wrong code is the same whether there is one, or it is used up or over', async () => {
    await open({ MAX_FAILED_LOGIN_ATTEMPTS: '50' });
    const texts = new Set<string>();
    const statuses = new Set<number>();
    for (const state of ['there is one', 'used up', 'over', 'none']) {
      const person = await first().addAccount({ name: 'Pat Person' });
      await codeBy(first(), 'reset-factors', person);
      const change = {
        'there is one': 'select $1::uuid',
        'used up': 'update temporary_codes set tries = 5 where account_id = $1',
        over: `update temporary_codes set expires_at = now() - interval '1 minute' where account_id = $1`,
        none: 'delete from temporary_codes where account_id = $1',
      }[state];
      await fixture(first().app.database, String(change), [person.id]);
      const { agent, page } = await atCode(person);
      const answer = await typeCode(agent, page, WRONG);
      statuses.add(answer.status);
      const text = answer.body.replaceAll(/person-\w+|value="[^"]*"|\/sign-in\/[\w-]+|nonce="[^"]*"/gu, '');
      texts.add(text);
    }
    expect([...statuses]).to.deep.equal([401]);
    expect(texts.size).to.equal(1);
  });

  it('line 24: of two who show the right one at the same moment, one gets on', async () => {
    await open({ MAX_FAILED_LOGIN_ATTEMPTS: '50' });
    const person = await first().addAccount();
    const code = await codeBy(first(), 'reset-factors', person);
    const browsers = await Promise.all([1, 2, 3].map(() => atCode(person)));
    const pages = await Promise.all(
      browsers.map(async ({ agent, page }) => agent.follow(await typeCode(agent, page, code))),
    );
    expect(pages.filter(offersSetup)).to.have.length(1);
    expect(pages.filter(({ status }) => status === 401)).to.have.length(2);

    const away = await first().addAccount();
    await addApp(first(), away);
    const once = await codeBy(first(), 'temporary-code', away);
    const agents = await Promise.all(
      [1, 2, 3].map(async () => {
        const { agent, page } = await atCode(away);
        return { agent, page: await agent.open(`${page.url}?factor=temporary_code`) };
      }),
    );
    await Promise.all(agents.map(async ({ agent, page }) => agent.follow(await typeCode(agent, page, once))));
    const inside = await Promise.all(agents.map(({ agent }) => isIn(agent)));
    expect(inside.filter(Boolean)).to.have.length(1);
  });

  it('line 30: after a reset the password alone sets up no factor, and the reset ends what was begun before it', async () => {
    await open();
    const person = await first().addAccount();
    const app = await addApp(first(), person);
    const { agent, page } = await atCode(person);
    const code = await codeBy(first(), 'reset-factors', person);
    const answer = await agent.follow(await typeCode(agent, page, await app.fresh()));
    expect(
      answer.forms.some(({ fields }) => 'identifier' in fields),
      'from its beginning',
    ).to.equal(true);
    const asked = await typePassword(agent, answer, person);
    expect(asksFor(asked)).to.equal('temporary_code');
    // Of somebody else, it is as wrong as any other.
    const other = await first().addAccount();
    await codeBy(first(), 'reset-factors', other);
    const elsewhere = await atCode(other);
    expect((await typeCode(elsewhere.agent, elsewhere.page, code)).status).to.equal(401);
    expect(await isIn(agent)).to.equal(false);
  });

  it('line 74: the code is in no log, no audit row and no mail', async () => {
    await open();
    const person = await first().addAccount();
    await addApp(first(), person);
    const codes = [
      await codeBy(first(), 'temporary-code', person),
      await codeBy(first(), 'reset-factors', person),
    ];
    const { agent, page } = await atCode(person);
    for (const code of codes) await agent.follow(await typeCode(agent, page, code));
    const rows = await first().app.database.query('select * from audit_events');
    const mails = JSON.stringify(await first().app.database.query('select * from mail_outbox'));
    const kept = [JSON.stringify(rows), mails, logged.join('')].join('\n');
    expect(logged.join('')).to.include('/factor');
    for (const code of codes) {
      for (const form of [code, code.replace('-', ''), code.toLowerCase()]) expect(kept).to.not.include(form);
    }
  });
});
