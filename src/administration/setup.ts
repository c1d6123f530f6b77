import { z } from 'zod';
import { conflict } from '../kernel/errors.ts';
import type { Setup } from '../setup/first-administrator.ts';
import { defineAct } from './act.ts';

/** Makes a link that creates the first administrator; those before it stop working. Throws `setup_done` (409). */
const issueLink = defineAct({
  name: 'setup.issue_link',
  summary: 'Makes the link that creates the first administrator.',
  scope: 'system:write',
  operatorOnly: true,
  irreversible: false,
  input: z.strictObject({}),
  result: z.object({ link: z.string() }),
  async run({ setup }: { readonly setup: Pick<Setup, 'issueLink'> }, { tx, by }) {
    const link = await setup.issueLink(tx, by);
    if (link === undefined) throw conflict('setup_done', 'There is an administrator already.');
    return { link };
  },
});

/** What can be done before there is anybody who could do more. */
export const setup = { issueLink };
