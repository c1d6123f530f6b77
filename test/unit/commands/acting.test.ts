import { userInfo } from 'node:os';
import { expect } from 'chai';
import type { Command } from 'commander';
import type { CommandActor } from '../../../src/administration/actor.ts';
import { ApprovalNeeded } from '../../../src/administration/four-eyes.ts';
import { changing, operatorOf } from '../../../src/commands/acting.ts';
import { failureText } from '../../../src/commands/failure.ts';
import { exitCodeOf } from '../../../src/commands/usage.ts';
import { runCommand } from './terminal.ts';

/** Who acts by a command line, as the command is told. */
async function actorBy(...words: string[]) {
  const actors: CommandActor[] = [];
  const { error } = await runCommand(
    (program) => {
      const users = program.command('users').configureOutput({ writeErr: () => undefined });
      const heard = (_user: string, _options: unknown, command: Command) =>
        void actors.push(operatorOf(command));
      const output = { writeErr: () => undefined };
      changing(users.command('disable'))
        .argument('<user>')
        .exitOverride()
        .configureOutput(output)
        .action(heard);
      users.command('show').argument('<user>').exitOverride().configureOutput(output).action(heard);
    },
    ...words,
  );
  return { actor: actors[0], error };
}

describe('who acts by a command', () => {
  it('is named by its words alone, and whom the operating system runs it as', async () => {
    expect((await actorBy('users', 'disable', 'pat@example.org')).actor).to.deep.equal({
      kind: 'command',
      command: 'gatehouse users disable',
      user: userInfo().username,
      reason: undefined,
    });
  });

  it('may say why, where something is changed', async () => {
    const { actor } = await actorBy('users', 'disable', 'pat@example.org', '--reason', 'ticket 7: left');
    expect(actor?.reason).to.equal('ticket 7: left');
    const { error } = await actorBy('users', 'show', 'pat@example.org', '--reason', 'ticket 7');
    expect(exitCodeOf(error)).to.equal(2);
  });

  it('may do alone in an emergency what needs two people, and says why', async () => {
    const words = ['users', 'disable', 'pat@example.org', '--emergency'];
    expect((await actorBy(...words, '--reason', 'fire')).actor).to.include({
      emergency: true,
      reason: 'fire',
    });
    const { actor, error } = await actorBy(...words);
    expect([actor, exitCodeOf(error)]).to.deep.equal([undefined, 2]);
  });

  for (const reason of ['', ' ', 'two\nlines', 'x'.repeat(501)]) {
    it(`cannot give ${JSON.stringify(reason.slice(0, 12))} as a reason`, async () => {
      const { actor, error } = await actorBy('users', 'disable', 'pat@example.org', '--reason', reason);
      expect([actor, exitCodeOf(error)]).to.deep.equal([undefined, 2]);
    });
  }
});

describe('what waits for a second person', () => {
  it('is no failure: a line says so, and where to look', () => {
    const error = new ApprovalNeeded({ id: 'a-1', expiresAt: new Date(0) });
    expect(exitCodeOf(error)).to.equal(0);
    expect(failureText(error, true)).to.equal(
      'gatehouse: Nothing was done yet: a second person has to approve the request a-1 until 1970-01-01T00:00:00.000Z. ' +
        'How it is: gatehouse approvals show a-1',
    );
  });
});
