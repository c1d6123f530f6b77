/**
 * `npm run bench`: what Gatehouse costs, beside a bare oidc-provider on the same machine in the same minutes. Prints a table
 * and writes it to bench/results/ as JSON. `--quick` takes a short look; `--only NAME` measures the rows whose name
 * contains it. See README.md beside this file for what each row says.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, divideCores, moveTo, projectRoot } from './machine.ts';
import { ROWS } from './rows/index.ts';
import type { Figure } from './rows/row.ts';
import { openStack } from './stack.ts';
import { printFigure, printHeader } from './table.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});

const cores = divideCores();
await moveTo(cores);
const machine = describeMachine(cores);
const began = new Date();
console.log(`${machine.processor}, ${machine.cores} cores, Node.js ${machine.node}`);
console.log(`server under test on ${machine.server}; load on ${machine.load}\n`);
printHeader();

const figures: Figure[] = [];
const stack = await openStack(cores);
try {
  for (const row of ROWS) {
    if (!row.name.includes(options.only)) continue;
    for (const figure of await row.measure({ stack, cores, quick: options.quick })) {
      figures.push(figure);
      printFigure(figure);
    }
  }
} finally {
  await stack.close();
}

const folder = join(projectRoot, 'bench/results');
await mkdir(folder, { recursive: true });
const file = join(folder, `${began.toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
const seconds = Math.round((Date.now() - began.getTime()) / 1000);
await writeFile(
  file,
  `${JSON.stringify({ began, seconds, commit: commit(), machine, options, figures }, undefined, 2)}\n`,
);
const missed = figures.filter(({ met }) => met === false);
console.log(`\n${seconds} s; ${file}`);
console.log(
  missed.length === 0 ? 'Every goal is met.' : `Not met: ${missed.map(({ name }) => name).join('; ')}.`,
);

function commit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: projectRoot,
      encoding: 'utf8',
    }).trim();
  } catch {
    return undefined;
  }
}
