import type { z } from 'zod';
import type { Actor } from '../../src/administration/actor.ts';
import { config } from '../../src/administration/configuration/index.ts';
import { OPERATOR } from './administration.ts';
import type { TestServer } from './server.ts';

/** Documents of tests, planned and applied at a server. */

export const SECRET = 'a-secret-of-a-test-with-more-than-32-characters';

type PlanInput = z.input<typeof config.plan.input>;
export type Document = PlanInput['document'];

export const documentOf = (more: object): Document => ({ gatehouse: 1, ...more });

export const planAt = (
  { app }: Pick<TestServer, 'app'>,
  document: Document,
  { undeclared, actor = OPERATOR }: { undeclared?: PlanInput['undeclared']; actor?: Actor } = {},
) => app.administration.perform(config.plan, actor, { document, undeclared });

/** Plans and applies, each client with the same secret. */
export async function applyAt(
  server: Pick<TestServer, 'app'>,
  document: Document,
  more: { undeclared?: PlanInput['undeclared']; actor?: Actor; plan?: string; secret?: string } = {},
) {
  const { undeclared, actor = OPERATOR, secret = SECRET } = more;
  const plan = await planAt(server, document, more);
  const secrets = Object.fromEntries(plan.secrets.map((client) => [client, secret]));
  const input = { document, undeclared, plan: more.plan ?? plan.hash, secrets };
  return server.app.administration.perform(config.apply, actor, input);
}

export const exportedFrom = async (
  { app }: Pick<TestServer, 'app'>,
  input: z.input<typeof config.export.input> = {},
): Promise<Document> => (await app.administration.perform(config.export, OPERATOR, input)).document;
