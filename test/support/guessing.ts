import type { PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import { unavailable } from '../../src/kernel/errors.ts';
import type { AuditRow } from './protocol.ts';
import { cheapHasher, type TestServer } from './server.ts';
import type { Page, UserAgent } from './user-agent.ts';

/** What tests about guesses need: who counts them, and how to make many. */

export interface CountingHasher extends PasswordHasher {
  /** Passwords that were verified since the last call, of unknown accounts too. */
  verified(): number;
  /** Whether its queue is full: then it refuses to verify. */
  full: boolean;
}

/** One hasher for several nodes, which outlives them. */
export async function countingHasher(): Promise<CountingHasher> {
  const hasher = await cheapHasher();
  let count = 0;
  const counting: CountingHasher = {
    full: false,
    implementation: hasher.implementation,
    get waiting() {
      return hasher.waiting;
    },
    hash: (password) => hasher.hash(password),
    async verify(stored, password) {
      if (counting.full) throw unavailable('hashing_busy', 'Too many people are signing in.', 7);
      count += 1;
      return hasher.verify(stored, password);
    },
    verified() {
      const verified = count;
      count = 0;
      return verified;
    },
    close: async () => undefined,
  };
  return counting;
}

/** The same page at the process that listens there, whatever the issuer's port. */
export const at = (node: TestServer, url: string): string => {
  const there = new URL(url);
  there.port = String(node.app.config.server.port);
  return there.href;
};

/** Posts the sign-in form of a page to a node. */
export function guess(
  agent: UserAgent,
  page: Page,
  given: { email: string; password: string },
  node?: TestServer,
  headers: Record<string, string> = {},
): Promise<Page> {
  const form = page.forms.find(({ fields }) => 'password' in fields);
  if (form === undefined) throw new Error(`no sign-in form on ${page.url} (${page.status})`);
  const fields = { ...form.fields, identifier: given.email, password: given.password };
  return agent.post(node === undefined ? form.action : at(node, form.action), fields, headers);
}

/** The page without what differs between two sign-ins of the same kind. */
export const withoutVariables = (page: Page): string =>
  page.body
    .replaceAll(/value="[^"]*"/gu, 'value')
    .replaceAll(/(action|data-options)="[^"]*"/gu, '$1')
    .replaceAll(/(?<=[?&;]sign_in=)[\w-]+/gu, 'uid')
    .replaceAll(/<dd><code>[^<]*<\/code>/gu, '');

/** What `work` adds to the trail; told by ids, for tests whose clock goes back as well. */
export async function newEvents<T>(
  server: TestServer,
  work: () => Promise<T>,
): Promise<{ events: AuditRow[]; result: T }> {
  const trail = () =>
    server.app.database.query<AuditRow & { id: string }>('select * from audit_events order by id');
  const before = new Set((await trail()).map(({ id }) => id));
  const result = await work();
  return { events: (await trail()).filter(({ id }) => !before.has(id)), result };
}
