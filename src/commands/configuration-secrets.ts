import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { secretSchema } from '../domain/clients/policy.ts';
import { badRequest } from '../kernel/errors.ts';
import type { DeclaredFile } from './configuration-file.ts';

type Reference = { readonly file?: unknown; readonly env?: unknown };

/**
 * The secrets of these clients, from where the document says that they are: on this machine, and never on the server's. Throws
 * `secret_unresolved` (400) with a line for each that is not there or cannot be one; no value is repeated.
 */
export async function resolveSecrets(
  clients: readonly string[],
  { document, folder }: DeclaredFile,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  const problems: string[] = [];
  for (const client of clients) {
    const { secret = {} } = ((document.clients as Record<string, unknown> | undefined)?.[client] ?? {}) as {
      readonly secret?: Reference;
    };
    const found = await resolved(secret, folder, env);
    const checked = found.value === undefined ? undefined : secretSchema.safeParse(found.value);
    if (checked?.success) secrets[client] = checked.data;
    else
      problems.push(
        `clients.${client}.secret: ${found.from} ${checked?.error.issues[0]?.message ?? found.problem}`,
      );
  }
  if (problems.length > 0) throw badRequest('secret_unresolved', problems.join('\n'));
  return secrets;
}

interface Resolved {
  readonly from: string;
  readonly value?: string | undefined;
  readonly problem: string;
}

async function resolved(
  { file, env: variable }: Reference,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Resolved> {
  if (typeof variable === 'string')
    return { from: `the environment variable ${variable}`, value: env[variable], problem: 'is not set' };
  if (typeof file !== 'string') return { from: 'the reference', problem: 'names nothing' };
  const from = `the file ${file}`;
  try {
    // The end of the last line is no part of it.
    return {
      from,
      value: (await readFile(resolve(folder, file), 'utf8')).replace(/\r?\n$/u, ''),
      problem: '',
    };
  } catch (error) {
    return { from, problem: `cannot be read (${(error as { code?: string }).code ?? 'unknown'})` };
  }
}
