import type { Command } from 'commander';
import type { z } from 'zod';
import { clients as acts } from '../administration/clients/index.ts';
import { operatorOf, type WithAdministration } from './acting.ts';
import type { Terminal } from './environment.ts';
import { limitOf } from './limit.ts';

type Problem = z.output<typeof acts.problems.result>['problems'][number];

/** `gatehouse clients problems`: why an application was refused, in words. */
export function registerClientProblems(
  clients: Command,
  withApp: WithAdministration,
  terminal: Terminal,
): void {
  clients
    .command('problems')
    .description(
      'say why requests of an application were refused lately, and what to change; the newest first',
    )
    .argument('<id>')
    .option('--limit <count>', 'at most so many', '20')
    .option('--json', 'print as JSON')
    .action((client: string, options: { limit: string; json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const input = { client, limit: limitOf(options.limit) };
        const { problems } = await administration.perform(acts.problems, operatorOf(command), input);
        if (options.json) return terminal.print(JSON.stringify(problems, null, 2));
        for (const problem of problems) terminal.print(inWords(problem));
        if (problems.length === 0) terminal.print(`Nothing that "${client}" has to change was refused.`);
      }),
    );
}

function inWords({
  at,
  endpoint,
  error,
  parameter,
  expected,
  change,
  values,
  present,
  requestId,
}: Problem): string {
  const sent = Object.entries(values ?? {}).map(([name, value]) => `${name}=${value}`);
  const beside = present === undefined ? [] : [`present: ${present.join(', ')}`];
  return [
    [at.toISOString(), endpoint, error, parameter].filter((part) => part !== undefined).join('  '),
    `  expected: ${expected}`,
    `  change:   ${change}`,
    ...(sent.length + beside.length === 0 ? [] : [`  sent:     ${[...sent, ...beside].join('  ')}`]),
    ...(requestId === undefined ? [] : [`  log:      ${requestId}`]),
  ].join('\n');
}
