import { Command } from 'commander';
import type { Terminal } from '../../src/commands/environment.ts';
import { type InviteOptions, inviteUser } from '../../src/commands/invite.ts';
import { registerLifecycle } from '../../src/commands/lifecycle.ts';
import type { Message } from '../../src/domain/mail/transport.ts';
import type { App } from '../../src/wire.ts';
import type { TestServer } from './server.ts';

const recording = () => {
  const lines: string[] = [];
  const terminal: Terminal = {
    print: (text) => lines.push(text),
    warn: (text) => lines.push(text),
    fail: () => {},
  };
  return { lines, terminal };
};

/** Invites as the command does; answers what it printed. */
export async function inviteFor(app: App, options: InviteOptions): Promise<string> {
  const { lines, terminal } = recording();
  await inviteUser(app, terminal, options);
  return lines.join('\n');
}

/** Deletes as the command does; answers what it printed. */
export async function deleteUserFor(app: App, user: string): Promise<string> {
  const { lines, terminal } = recording();
  const program = new Command();
  registerLifecycle(program, (work) => work(app), terminal);
  await program.parseAsync(['users', 'delete', user, '--yes'], { from: 'user' });
  return lines.join('\n');
}

/** The next message to the address with this subject; others, such as notices of sign-ins, are passed over. */
export async function mailAbout(
  { mailbox }: Pick<TestServer, 'mailbox'>,
  address: string,
  subject: string,
): Promise<Message> {
  for (;;) {
    const message = await mailbox.next(address);
    if (message.subject === subject) return message;
  }
}
