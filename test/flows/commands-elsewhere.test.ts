import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { exitCodeOf } from '../../src/commands/usage.ts';
import { machineOf, operatorAt } from '../support/commands-elsewhere.ts';
import { addApp } from '../support/factors.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** From `gatehouse login` to the end of the sign-in, at a real server. */
describe('commands at a server elsewhere', function commandsElsewhere() {
  this.timeout(60_000);
  let server: TestServer;
  let admin: Person;
  let machine: Awaited<ReturnType<typeof machineOf>>;

  before(async () => {
    server = await startTestServer();
    admin = await server.addAccount({ roles: ['administrator'] });
    machine = await machineOf(admin, await addApp(server, admin));
  });
  after(async () => {
    await machine.clear();
    await server.stop();
  });

  it('say that nobody is signed in before somebody is', async () => {
    const { error } = await machine.gatehouse('whoami');
    expect(error).to.include({ code: 'sign_in_needed' });
  });

  it('are signed in by a browser, and say as whom', async () => {
    const { printed, error } = await machine.gatehouse('login', server.issuer);
    expect(error?.safeMessage).to.equal(undefined);
    expect(printed).to.contain(`Signed in at ${server.issuer} as ${admin.id}`);
    const who = await machine.gatehouse('whoami', '--json');
    expect(JSON.parse(who.printed)).to.include({ issuer: server.issuer, sub: admin.id, email: admin.email });
  });

  it('work on where the same browser signs in once more', async () => {
    const { warned, error } = await machine.gatehouse('login', server.issuer);
    expect([warned, error?.safeMessage]).to.deep.equal(['', undefined]);
    expect((await machine.gatehouse('clients', 'list')).error?.safeMessage).to.equal(undefined);
  });

  it('give the same as on the server’s machine', async () => {
    const person = await server.addAccount({ name: 'Pat Red' });
    for (const words of [
      'users list',
      'users list --json',
      'users list --search red',
      `users show ${person.email}`,
      `users show ${person.id} --json`,
      'users show nobody@example.org',
      `sessions list ${admin.email}`,
      `sessions list ${admin.email} --json`,
      'clients list',
      'clients list --json',
      'clients check',
      'clients show none',
      'resources list --json',
      'resources show --identifier https://none.example.org',
      'keys list',
      'keys list --json',
      'mail list',
      'mail list --limit 0',
      'mail retry --all',
      'logouts list --json',
      'audit hold list',
      'audit key',
      'audit show 999999',
      'passwords hashes',
      'system settings',
      `users unlock ${person.email}`,
      `users disable ${person.email} --reason left`,
      `users enable ${person.email}`,
      `users set-address ${person.email} ${person.email}`,
      `users set-roles ${person.email} nurse`,
      `users set-roles ${person.email} nurse --json`,
    ]) {
      const here = await operatorAt(server, ...words.split(' '));
      if (/disable|enable|set-roles \S+ nurse$/.test(words)) await undo(words, person.email);
      const there = await machine.gatehouse(...words.split(' '));
      expect(there.printed, words).to.equal(here.printed);
      expect(there.warned.replace(/^At .*:\n?/, ''), words).to.equal(here.warned);
      expect([there.error?.safeMessage, exitCodeOf(there.error)], words).to.deep.equal([
        here.error?.safeMessage,
        exitCodeOf(here.error),
      ]);
    }
  });

  /** So that both find the same. */
  async function undo(words: string, email: string): Promise<void> {
    const [verb, more] = words.includes('disable')
      ? ['enable', []]
      : words.includes('enable')
        ? ['disable', []]
        : ['set-roles', ['--none']];
    await operatorAt(server, 'users', verb as string, email, ...(more as string[]));
  }

  it('are told in the trail as their person’s, with the reason', async () => {
    const told = (await auditTrail(server)).filter(
      ({ type, reason }) => type === 'account.disabled' && reason === 'left',
    );
    expect(told.map(({ actor_kind }) => actor_kind)).to.have.members(['command', 'person']);
    expect(told.map(({ actor }) => actor)).to.include(admin.id);
  });

  it('work on the server’s machine only where nobody may do it from elsewhere', async () => {
    for (const words of ['keys rotate-mfa', 'setup-link', `--server ${server.issuer} migrate status`]) {
      const { error } = await machine.gatehouse(...words.split(' '));
      expect(error, words).to.include({ code: 'operator_only' });
    }
  });

  it('prove more where an act needs it, and go on', async () => {
    const person = await server.addAccount();
    const other = await machineOf(person);
    try {
      expect((await other.gatehouse('login', server.issuer)).error).to.equal(undefined);
      await operatorAt(server, 'users', 'set-roles', person.email, 'administrator');
      other.gets(await addApp(server, person));
      const { printed, error } = await other.gatehouse('users', 'show', person.email);
      expect(error?.safeMessage).to.equal(undefined);
      expect(printed).to.contain(person.email);
      expect(other.signIns).to.equal(2);
    } finally {
      await other.clear();
    }
  });

  it('get another token when theirs is over, as long as the session lasts', async () => {
    const file = join(machine.folder, (await readdir(machine.folder))[0] ?? '');
    const kept = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...kept, expiresAt: new Date(0).toISOString() }));
    const before = machine.signIns;
    const { error } = await machine.gatehouse('users', 'list');
    expect(error?.safeMessage).to.equal(undefined);
    expect(machine.signIns).to.equal(before);
    expect(JSON.parse(await readFile(file, 'utf8')).accessToken).not.to.equal(kept.accessToken);
  });

  it('can do nothing with a token and another key', async () => {
    const file = join(machine.folder, (await readdir(machine.folder))[0] ?? '');
    const kept = await readFile(file, 'utf8');
    const { generateKey } = await import('../../src/commands/remote/proofs.ts');
    await writeFile(file, JSON.stringify({ ...JSON.parse(kept), key: await generateKey() }));
    const { error } = await machine.gatehouse('users', 'list');
    expect(error?.status).to.be.oneOf([400, 401]);
    await writeFile(file, kept);
  });

  it('may do nothing any more once their person is demoted', async () => {
    await operatorAt(server, 'users', 'set-roles', admin.email, 'nurse');
    const { error } = await machine.gatehouse('users', 'list');
    expect(error?.status).to.be.oneOf([401, 403]);
  });

  it('are signed out, here and there', async () => {
    const { error } = await machine.gatehouse('logout');
    expect(error?.safeMessage).to.equal(undefined);
    expect(await readdir(machine.folder)).to.deep.equal([]);
    expect((await machine.gatehouse('whoami')).error).to.include({ code: 'sign_in_needed' });
  });
});
