import { expect } from 'chai';
import type { Command } from 'commander';
import { registerAuditEvents } from '../../../src/commands/audit-events.ts';
import type { Terminal } from '../../../src/commands/environment.ts';
import { UsageError } from '../../../src/commands/usage.ts';
import { EVENT_TYPES } from '../../../src/domain/audit/events/index.ts';
import { runCommand } from './terminal.ts';

const register = (program: Command, terminal: Terminal) =>
  registerAuditEvents(program.command('audit'), terminal);
const run = (...words: string[]) => runCommand(register, 'audit', 'events', ...words);

describe('gatehouse audit events', () => {
  it('lists every type with what it tells of', async () => {
    const { printed } = await run();
    expect(printed.split('\n')).to.have.length(EVENT_TYPES.length);
    expect(printed).to.match(/^client\.updated +The metadata of a client have changed\.$/mu);
  });

  it('describes one: version, who, and each detail, what is personal as such', async () => {
    const { printed } = await run('account.created');
    expect(printed).to.include('Version 3; about people; success; by person, client, command, system.');
    expect(printed).to.match(/^ {2}after\.email +text; personal\. The e-mail address\.$/mu);
  });

  it('prints JSON Schemas of every version', async () => {
    const one = JSON.parse((await run('client.updated', '--json')).printed);
    expect(one).to.deep.include({ type: 'client.updated', version: 2, outcomes: ['success'] });
    expect(one.details['1'].required).to.deep.equal(['members']);
    expect(one.details['2'].properties.before.properties.contacts.items.personal).to.equal(true);
    const all = JSON.parse((await run('--json')).printed);
    expect(all.map(({ type }: { type: string }) => type)).to.deep.equal([...EVENT_TYPES].sort());
  });

  it('says what was probably meant, and prints nothing that a terminal would obey', async () => {
    const { error } = await run('client.update\u001b[2J');
    expect(error).to.be.instanceOf(UsageError);
    expect((error as UsageError).message)
      .to.include('client.updated')
      .and.not.include('\u001b');
    for (const type of ['', 'constructor', '__proto__'])
      expect((await run(type)).error, type).to.be.instanceOf(UsageError);
  });
});
