import { expect } from 'chai';
import type { Account } from '../../src/domain/accounts/store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLogger } from '../../src/log.ts';
import { addApp, addRecoveryCodes, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { UserAgent } from '../support/user-agent.ts';
import { audited } from './support.ts';

type Someone = Account & { password: string };

describe('one-time codes, by the checklist', function oneTimeCodes() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;
  const written: string[] = [];
  const clock = { offset: 0, now: () => new Date(systemClock.now().getTime() + clock.offset * 1000) };

  before(async () => {
    const log = createLogger({ server: { logLevel: 'trace' } }, { write: (line) => void written.push(line) });
    server = await startTestServer({
      settings: { LOG_LEVEL: 'trace' },
      replace: { log, clock },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(() => {
    clock.offset = 0;
  });

  /** As far as the page that asks for the second factor. */
  async function asked(person: Someone) {
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
    expect(asksFor(page)).to.equal('totp');
    return { agent, page };
  }

  /** Whether a code in a sign-in of its own leads to the application. */
  async function letsIn(person: Someone, code: string, factor: 'totp' | 'recovery_code' = 'totp') {
    const { agent, page } = await asked(person);
    const answer = await agent.follow(await typeCode(agent, page, code, { factor }));
    return String(answer.location).includes('code=');
  }

  it('line 21: a code counts for its 30 seconds and one step more on each side', async () => {
    for (const [drift, works] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const person = await server.addAccount();
      const authenticator = await addApp(server, person);
      expect(await letsIn(person, authenticator.code(drift)), `${drift} steps`).to.equal(works);
    }
  });

  it('line 22: whatever a request says of the time, the server’s counts', async () => {
    const person = await server.addAccount();
    const authenticator = await addApp(server, person);
    const { agent, page } = await asked(person);
    const tomorrow = new Date(clock.now().getTime() + 86_400_000);
    const form = page.forms.find(({ fields }) => 'factor' in fields);
    const answer = await agent.post(
      form?.action ?? '',
      {
        ...form?.fields,
        code: totpCode(authenticator.secret, tomorrow),
        time: String(tomorrow.getTime() / 1000),
      },
      { date: tomorrow.toUTCString(), 'x-time': tomorrow.toISOString() },
    );
    expect(answer.status).to.equal(401);
    clock.offset = 86_400;
    expect(await letsIn(person, totpCode(authenticator.secret, tomorrow))).to.equal(true);
  });

  it('line 23: seeds are 160 random bits, sealed, and neither shown again nor told', async () => {
    const { app } = server;
    const person = await server.addAccount();
    const setups = Array.from({ length: 20 }, () => app.factors.totp.begin(person));
    expect(new Set(setups.map(({ secret }) => secret)).size).to.equal(20);
    // 32 characters of base32 are 160 bits.
    for (const { secret } of setups) expect(secret).to.match(/^[A-Z2-7]{32}$/);

    const authenticator = await addApp(server, person);
    await letsIn(person, '000000');
    expect(await letsIn(person, authenticator.code())).to.equal(true);
    const rows = await app.database.query('select * from totp_authenticators where account_id = $1', [
      person.id,
    ]);
    const told = [
      JSON.stringify(rows),
      JSON.stringify(await audited(server)),
      JSON.stringify(await app.factors.totp.list(person.id)),
      written.join(''),
    ];
    for (const text of told) expect(text.includes(authenticator.secret)).to.equal(false);
  });

  it('line 25: recovery codes are random, kept as hashes, and never told', async () => {
    const person = await server.addAccount();
    await addApp(server, person);
    const codes = await addRecoveryCodes(server, person);
    expect(new Set(codes).size).to.equal(10);
    // 16 characters of 32 kinds: 80 bits, below the 112 from which OWASP ASVS 6.5.2 takes a plain hash.
    for (const code of codes) expect(code.replaceAll('-', '')).to.match(/^[0-9A-HJKMNP-TV-Z]{16}$/);
    const [code = ''] = codes;
    expect(await letsIn(person, code.toLowerCase().replaceAll('-', ' '), 'recovery_code')).to.equal(true);
    expect(await letsIn(person, code, 'recovery_code')).to.equal(false);
    const rows = await server.app.database.query<{ code_hash: Buffer }>('select * from recovery_codes');
    for (const row of rows) expect(row.code_hash.toString()).to.match(/^\$argon2id\$/);
    const kept = rows.map((row) => JSON.stringify(row) + row.code_hash.toString('latin1')).join();
    for (const text of [kept, written.join(''), JSON.stringify(await audited(server))]) {
      for (const each of codes) {
        expect(text.includes(each) || text.includes(each.replaceAll('-', ''))).to.equal(false);
      }
    }
  });
});
