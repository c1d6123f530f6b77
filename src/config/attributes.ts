import { z } from 'zod';
import {
  ATTRIBUTE_AUDIENCES,
  ATTRIBUTE_TYPES,
  type AttributeDeclaration,
  type Label,
} from '../kernel/attributes.ts';
import { shapeFindings } from '../kernel/shape-words.ts';
import { attributeProblems, CUSTOM_SCOPE } from './attribute-rules.ts';
import type { Kind } from './kinds.ts';
import { isObject, NO_JSON, parseJson, type Report } from './role-map.ts';
import { section, setting } from './setting.ts';

/** The settings of what an organisation keeps about people: `docs/attributes.md` shows them at work. */

const MOST_ATTRIBUTES = 50;
const MOST_CHOICES = 200;
const LONGEST_TEXT = 1_000;
const USUAL_LENGTH = 200;

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (text) => text.trim() === text && !/\p{Cc}/u.test(text),
      'is to be one line without spaces around it',
    );

const languageTag = z.string().refine((tag) => {
  try {
    return new Intl.Locale(tag).toString() !== '';
  } catch {
    return false;
  }
}, 'is no language tag (BCP 47)');

const label = z.union([
  line(100),
  z.record(languageTag, line(100)).refine((labels) => Object.keys(labels).length > 0, 'has no text'),
]);

const choices = z
  .union([
    z
      .array(line(100))
      .refine((values) => new Set(values).size === values.length, 'has a value twice')
      .transform((values) => Object.fromEntries(values.map((value): [string, Label] => [value, value]))),
    z.record(line(100), label),
  ])
  .refine((values) => Object.keys(values).length > 0, 'has no value')
  .refine((values) => Object.keys(values).length <= MOST_CHOICES, `has more than ${MOST_CHOICES} values`);

const declaration = z.strictObject({
  label,
  type: z.enum(ATTRIBUTE_TYPES),
  many: z.boolean().default(false),
  choices: choices.optional(),
  pattern: z.string().optional(),
  maxLength: z.int().min(1).max(LONGEST_TEXT).default(USUAL_LENGTH),
  required: z.boolean().default(false),
  visibleTo: z.enum(ATTRIBUTE_AUDIENCES).default('administrators'),
  editableBy: z.enum(ATTRIBUTE_AUDIENCES).default('administrators'),
  scope: z.string().optional(),
  claim: z.string().optional(),
  filterable: z.boolean().default(false),
});
const MEMBERS = Object.keys(declaration.shape);

type Declarations = Readonly<Record<string, AttributeDeclaration>>;

/** An object by name, in the environment as JSON. Every problem is collected, with its attribute and member. */
const declarations: Kind<Declarations> = {
  expected: 'an object with a declaration for each attribute by its name, in the environment as JSON',
  schema: z.unknown().transform((given, issues) => {
    const report: Report = (message) => issues.addIssue({ code: 'custom', message });
    return readDeclarations(given, report);
  }),
};

function readDeclarations(given: unknown, report: Report): Declarations {
  const value = readObject(given, report);
  if (Object.keys(value).length > MOST_ATTRIBUTES) report(`there are more than ${MOST_ATTRIBUTES}`);
  const read: Record<string, AttributeDeclaration> = {};
  for (const [name, entry] of Object.entries(value)) {
    const result = declaration.safeParse(entry);
    if (result.success) read[name] = result.data;
    else
      for (const { path, words } of shapeFindings(result.error.issues, {
        input: entry,
        known: () => MEMBERS,
      }))
        report(`${[name, ...path.map(String)].join('.').slice(0, 100)} ${words}`);
    for (const problem of attributeProblems(name, result.data)) report(problem);
  }
  const claims = new Map<string, string>();
  for (const [name, { claim }] of Object.entries(read)) {
    const other = claim === undefined ? undefined : claims.get(claim);
    if (other !== undefined) report(`${name}.claim is ${claim}, which ${other} has already`);
    else if (claim !== undefined) claims.set(claim, name);
  }
  const folded = Object.keys(read).map((name) => name.toLowerCase());
  const twice = Object.keys(read).filter((name, at) => folded.indexOf(name.toLowerCase()) !== at);
  if (twice.length > 0) report(`${twice.join(', ')} differs from another name only in capitals`);
  return read;
}

type ScopeLabels = Readonly<Record<string, Label>>;

const scopeLabels: Kind<ScopeLabels> = {
  expected:
    'an object with a text for each scope by its name, or one by language, in the environment as JSON',
  schema: z.unknown().transform((given, issues) => {
    const report: Report = (message) => issues.addIssue({ code: 'custom', message });
    const read: Record<string, Label> = {};
    for (const [scope, text] of Object.entries(readObject(given, report))) {
      const result = label.safeParse(text);
      if (!CUSTOM_SCOPE.test(scope)) report(`${JSON.stringify(scope).slice(0, 80)} is no scope`);
      else if (result.success) read[scope] = result.data;
      else
        for (const { path, words } of shapeFindings(result.error.issues, { input: text }))
          report(`${[scope, ...path.map(String)].join('.')} ${words}`);
    }
    return read;
  }),
};

function readObject(given: unknown, report: Report): Record<string, unknown> {
  const value = typeof given === 'string' ? parseJson(given, report) : given;
  if (value === NO_JSON) return {};
  if (isObject(value)) return value;
  report('it is no object');
  return {};
}

export const attributes = section(
  'Attributes of people',
  'What you keep about people beyond names and addresses: department, employee number, licence, phone … ' +
    '([attributes.md](attributes.md)). In the configuration file: `"attributes": { "department": { "label": { "en": "Department", ' +
    '"es": "Departamento" }, "type": "text", "visibleTo": "self", "scope": "employment", "claim": "department", "filterable": true } }`. ' +
    'Set the same on every node. What is stored of an attribute that is not declared any more is kept, and told to nobody.',
  {
    attributes: setting<Declarations>(
      'ATTRIBUTES',
      declarations,
      {},
      {
        description:
          'Each attribute by its name, with `label` (a text, or one by language), `type` (`text`, `number`, `date`, `boolean`, ' +
          '`choice`, `phone`, `address`), and, where wanted, `many`, `choices`, `pattern`, `maxLength` (200), `required`, `visibleTo` ' +
          'and `editableBy` (`self` or `administrators`, which is the default), `scope` and `claim` (together), `filterable`.',
        fallbackText: 'none',
      },
    ),
    attributeScopes: setting<ScopeLabels>(
      'ATTRIBUTE_SCOPES',
      scopeLabels,
      {},
      {
        description:
          'What people read where an application asks for a scope of your own, by scope: `{ "employment": { "en": "See where you ' +
          'work", "es": "Ver dónde trabaja" } }`. Without it they read the labels of what the scope tells.',
        fallbackText: 'none',
      },
    ),
  },
);
