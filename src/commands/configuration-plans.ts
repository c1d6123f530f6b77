import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { UNDECLARED, type Undeclared } from '../administration/configuration/plan.ts';
import { badRequest } from '../kernel/errors.ts';

/** A plan in a file: by which `config apply` knows what was agreed to. It holds no secret. */

const HASH = /^[0-9a-f]{64}$/u;

const planFile = z.object({
  gatehousePlan: z.literal(1),
  hash: z.string().regex(HASH),
  undeclared: z.enum(UNDECLARED),
});

export async function writePlan(
  file: string,
  plan: { readonly hash: string },
  undeclared: Undeclared,
): Promise<void> {
  const content = { gatehousePlan: 1, hash: plan.hash, undeclared, plan };
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`).catch((cause: { code?: string }) => {
    throw badRequest('file_unwritable', `${file} cannot be written (${cause.code ?? 'unknown'}).`, cause);
  });
}

/** What `--plan` names: a hash, or a file of {@link writePlan}. Throws `plan_invalid` (400). */
export async function readPlan(
  plan: string,
): Promise<{ readonly hash: string; readonly undeclared?: Undeclared }> {
  if (HASH.test(plan)) return { hash: plan };
  try {
    return planFile.parse(JSON.parse(await readFile(plan, 'utf8')));
  } catch (cause) {
    throw badRequest(
      'plan_invalid',
      '--plan: expected the hash that config plan tells (64 hexadecimal digits), or the file that it has written with --out.',
      cause,
    );
  }
}
