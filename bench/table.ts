import type { Figure } from './rows/row.ts';

const NAME = 58;

export function printHeader(): void {
  console.log(line('figure', 'measured', 'goal', ''));
  console.log('-'.repeat(100));
}

export function printFigure({ name, value, goal, aim, met, detail }: Figure): void {
  const wanted = goal === undefined ? '' : `${goal}${aim === undefined ? '' : ` (aim ${aim})`}`;
  const verdict = met === undefined ? '' : met ? 'met' : 'NOT MET';
  console.log(line(name, format(value), wanted, verdict));
  console.log(`    ${detail}`);
}

const line = (name: string, value: string, goal: string, verdict: string) =>
  `${name.padEnd(NAME)} ${value.padStart(9)}  ${goal.padEnd(18)} ${verdict}`.trimEnd();

const format = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
