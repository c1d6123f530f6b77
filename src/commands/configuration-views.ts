import type { z } from 'zod';
import type { config as acts } from '../administration/configuration/index.ts';
import { safeJson, safeText } from './safe-text.ts';

/** What people read of a plan, and of what differs. */

type Plan = z.output<typeof acts.plan.result>;
type Drift = z.output<typeof acts.showDrift.result>;
type Step = Plan['steps'][number];
type Setting = Plan['settings'][number];

const MARKS = { create: '+', update: '~', delete: '-' } as const;
const KINDS = { clients: 'client', resources: 'resource', groups: 'group', units: 'unit' } as const;

const LONGEST = 500;
const shown = (value: unknown): string => {
  if (value === null || value === undefined) return '(none)';
  const text = safeJson(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};

const named = ({ kind, key }: { readonly kind: keyof typeof KINDS; readonly key: string }) =>
  `${KINDS[kind]} ${safeText(key)}`;

const stepLines = (step: Step): string[] => [
  `${MARKS[step.action]} ${named(step)}  (${step.act}${step.dangerous ? ', dangerous' : ''})`,
  ...step.changes.map(({ field, before, after }) => {
    const value =
      step.action === 'create'
        ? shown(after)
        : step.action === 'delete'
          ? shown(before)
          : `${shown(before)} -> ${shown(after)}`;
    return `    ${field}: ${value}`;
  }),
];

const settingLines = ({ setting, key, declared, inForce }: Setting): string[] => [
  `! ${setting}  (in the configuration file: ${key}) is not as declared; it is changed there, and not by this`,
  `    in force: ${shown(inForce)}`,
  `    declared: ${shown(declared)}`,
];

/** Whether applying the plan would change something, or a setting is otherwise than declared. */
export const isPlanned = ({ steps, settings }: Pick<Plan, 'steps' | 'settings'>): boolean =>
  steps.length + settings.length > 0;

export function planText(plan: Plan): string {
  const { steps, adopts, undeclared, settings } = plan;
  const gone = new Set(steps.filter(({ action }) => action === 'delete').map(named));
  const left = undeclared.filter((each) => !gone.has(named(each)));
  const lines = [
    ...steps.flatMap(stepLines),
    ...adopts.map((each) => `= ${named(each)}  is there, and will belong to this document`),
    ...left.map(
      (each) => `? ${named(each)}  is declared no more; --delete deletes it, --release lets go of it`,
    ),
    ...settings.flatMap(settingLines),
  ];
  const count = (wanted: Step['action']) => steps.filter(({ action }) => action === wanted).length;
  const summary = isPlanned(plan)
    ? `${count('create')} to create, ${count('update')} to change, ${count('delete')} to delete, ${adopts.length} to adopt, ` +
      `${settings.length} settings that differ.`
    : `Nothing would be changed${adopts.length > 0 ? `, ${adopts.length} to adopt` : ''}.`;
  return [
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    `Document "${plan.owner}": ${summary}`,
    `Plan ${plan.hash}`,
  ].join('\n');
}

export const isDrift = ({ documents }: Drift): boolean =>
  documents.some((document) => isPlanned(document) || document.problems.length > 0);

export function driftText({ documents }: Drift): string {
  if (documents.length === 0) return 'No document has been applied yet.';
  return documents
    .flatMap(({ owner, appliedAt, steps, settings, problems }) => {
      const lines = [
        ...steps.flatMap(stepLines),
        ...settings.flatMap(settingLines),
        ...problems.map((problem) => `! ${safeText(problem)}`),
      ];
      const head = `Document "${owner}", applied at ${appliedAt.toISOString()}: `;
      return lines.length === 0
        ? [`${head}nothing differs.`]
        : [`${head}differs. Applying it again would do this:`, ...lines];
    })
    .join('\n');
}
