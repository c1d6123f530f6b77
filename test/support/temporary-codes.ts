import { command } from './access.ts';
import type { Person } from './protocol.ts';
import { secretOn } from './security-pages.ts';
import type { TestServer } from './server.ts';
import { totpCode } from './totp.ts';
import type { Page, UserAgent } from './user-agent.ts';

/** Temporary access codes as an operator gets them, and somebody at the pages that ask for them. */

/** The code that the command prints. */
export async function codeBy(
  server: TestServer,
  verb: 'reset-factors' | 'temporary-code',
  { email }: Pick<Person, 'email'>,
): Promise<string> {
  const printed = await command(server, 'users', verb, email);
  const [, code] = /^Temporary access code: ([0-9A-Z]{5}-[0-9A-Z]{5})$/mu.exec(printed) ?? [];
  if (code === undefined) throw new Error(`no code: ${printed}`);
  return code;
}

/** Whether the page offers to set up a factor. */
export const offersSetup = (page: Page): boolean =>
  page.forms.some(({ action }) => action.endsWith('/enrol/totp'));

/** From the page that offers it to where the sign-in goes on, with an app; answers its secret. */
export async function setUpApp(agent: UserAgent, page: Page, now: () => Date) {
  const wizard = await agent.follow(await agent.submit(page, {}, '/enrol/totp'));
  const secret = secretOn(wizard);
  const code = totpCode(secret, now());
  const codes = await agent.follow(await agent.submit(wizard, { code, name: 'Phone' }, '/confirm'));
  const end = await agent.follow(await agent.submit(codes, {}, '/codes/stored'));
  return { secret, end };
}
