import { expect } from 'chai';
import { createPasswordAges } from '../../src/domain/accounts/password-age-store.ts';
import { createPasswordExpiryNotices } from '../../src/jobs/password-expiry-notices.ts';
import { asFixture, fixtures } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const NURSE = { roles: ['nurse'] };

describe('notices before a password expires', function expiry() {
  this.timeout(60_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let other: TestServer;

  before(async () => {
    const settings = { PASSWORD_EXPIRY_DAYS: '90', PASSWORD_EXPIRY_ROLES: 'nurse' };
    server = await startTestServer({ replace: { clock }, settings });
    other = await server.secondNode();
  });
  after(async () => {
    await other.stop();
    await server.stop();
  });
  beforeEach(() => {
    clock.offset = 0;
  });

  const jobOf = ({ issuer, app }: TestServer) => {
    const {
      database,
      log,
      mail: { outbox },
      passwords: { rules: passwordRules },
    } = app;
    const passwordAges = createPasswordAges(database, clock);
    return createPasswordExpiryNotices({ issuer, database, passwordAges, passwordRules, outbox, clock, log });
  };
  /** A round at so many days after now, on both nodes at once, and again. */
  async function roundAt(days: number): Promise<void> {
    clock.offset = days * DAY_MS;
    await Promise.all([server, other, server, other].map((node) => jobOf(node).round()));
    await jobOf(server).round();
    // By a clock that leaps while a mail is on its way, its sender has died.
    await eventually('every mail is sent', async () => (await unsent()).length === 0);
  }
  const unsent = async () =>
    (await server.app.mail.outbox.list({ limit: 1_000 })).filter(({ state }) => state === 'waiting');
  const noticesOf = async (account: string) =>
    (await server.app.mail.outbox.list({ limit: 1_000 })).filter(
      ({ accountId, kind }) => accountId === account && kind === 'password-expires',
    ).length;

  it('are mailed 14, 7 and 1 days before, once each, by any number of nodes', async () => {
    const { id, email } = await server.addAccount(NURSE);
    const told: number[] = [];
    for (const days of [0, 75.9, 76.1, 77, 80, 82.9, 83.1, 86, 88.9, 89.1, 89.9, 90.1, 95]) {
      await roundAt(days);
      told.push(await noticesOf(id));
    }
    expect(told).to.deep.equal([0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]);
    clock.offset = 0;
    const subjects: string[] = [];
    for (let count = 0; count < 3; count += 1) subjects.push((await server.mailbox.next(email)).subject);
    expect(subjects).to.have.members(
      [14, 7].map((days) => `Your password expires in ${days} days`).concat('Your password expires in 1 day'),
    );
  });

  it('are in the language of the person and lead to their own page', async () => {
    const { email } = await server.addAccount({ ...NURSE, locale: 'es' });
    await roundAt(76.5);
    const told = await server.mailbox.next(email);
    expect(told.subject).to.include('contraseña').and.include('14');
    expect(server.mailbox.linkIn(told)).to.equal(`${server.issuer}/account`);
  });

  it('come late, and say how late it is, where nobody could send them in time', async () => {
    const { id, email } = await server.addAccount(NURSE);
    await roundAt(85.5);
    expect(await noticesOf(id)).to.equal(1);
    expect((await server.mailbox.next(email)).subject).to.equal('Your password expires in 5 days');
  });

  it('go to nobody who is disabled, has no password, or whose password does not expire or must be changed at once', async () => {
    const {
      database,
      accounts: { store: accounts, passwords: accountPasswords },
    } = server.app;
    const disabled = await server.addAccount(NURSE);
    await accounts.setStatus(fixtures(database), disabled.id, 'disabled');
    const invited = await accounts.create(fixtures(database), {
      email: 'invited@example.org',
      name: 'I',
      ...NURSE,
    });
    const flagged = await server.addAccount(NURSE);
    await accountPasswords.flag(fixtures(database), flagged.id, 'must_change');
    const patient = await server.addAccount({ roles: ['patient'] });
    await roundAt(84);
    for (const { id } of [disabled, invited, flagged, patient]) expect(await noticesOf(id)).to.equal(0);
  });

  it('begin anew with another password', async () => {
    const {
      database,
      passwords: { setting: newPasswords, hasher },
    } = server.app;
    const account = await server.addAccount(NURSE);
    await roundAt(84);
    expect(await noticesOf(account.id)).to.equal(1);
    const hash = await hasher.hash('marble otters juggle quietly');
    await asFixture(database, (tx) => newPasswords.store(tx, account, hash));
    await roundAt(85);
    expect(await noticesOf(account.id)).to.equal(1);
    await roundAt(84 + 83.5);
    expect(await noticesOf(account.id)).to.equal(2);
  });

  it('reach everybody of more than one batch', async () => {
    const passwordHash = await server.app.passwords.hasher.hash('x'.repeat(12));
    const many = Array.from({ length: 1_001 }, (_, index) => ({
      email: `batch-${index}@example.org`,
      name: 'B',
      passwordHash,
      ...NURSE,
    }));
    await server.app.accounts.store.createMany(fixtures(server.app.database), many);
    const count = async () => {
      const [row] = await server.app.database.query<{ count: string }>(
        `select count(*) from mail_outbox where kind = 'password-expires'`,
      );
      return Number(row?.count);
    };
    const before = await count();
    clock.offset = 76.5 * DAY_MS;
    await Promise.all([server, other].map((node) => jobOf(node).round()));
    expect((await count()) - before).to.be.at.least(1_001);
  });

  describe('on the account page', () => {
    const pageAt = async (person: Person, days: number): Promise<string> => {
      clock.offset = days * DAY_MS - HOUR_MS;
      const agent = new UserAgent();
      const given = { identifier: person.email, password: person.password };
      return (await agent.follow(await agent.submit(await agent.open(`${server.issuer}/account`), given)))
        .body;
    };

    it('say how many days are left, from 14 days before', async () => {
      const person = await server.addAccount({ ...NURSE, name: 'Robin Reyes' });
      expect(await pageAt(person, 75))
        .to.include('Robin Reyes')
        .and.not.include('password expires');
      expect(await pageAt(person, 83)).to.include('Your password expires in 8 days');
      expect(await pageAt(person, 90)).to.include('Your password expires in 1 day.');
    });

    it('are in Spanish, too, and not there for whom no password expires', async () => {
      const ana = await server.addAccount({ ...NURSE, locale: 'es' });
      expect(await pageAt(ana, 84)).to.include('Su contraseña caduca en 7 días');
      const patient = await server.addAccount({ name: 'Pat Patient', roles: ['patient'] });
      expect(await pageAt(patient, 84))
        .to.include('Pat Patient')
        .and.not.include('password expires');
    });
  });
});
