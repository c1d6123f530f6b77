import {
  type AttributeDeclaration,
  type AttributeValue,
  type AttributeValues,
  isSameAttribute,
} from '../../kernel/attributes.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import { compilePattern } from '../../kernel/safe-pattern.ts';
import {
  type Attribute,
  type AttributeProblem,
  problemWords,
  readAttribute,
  typedAttribute,
} from './values.ts';

/**
 * Attributes of people: which there are, what a change of them may say, and what of them is told. This folder owns these decisions,
 * made from what the organisation has declared; the values are kept with the account. Pure.
 */

/** Of one person, as JSON, in bytes: what every reader of an account carries along. */
export const MOST_BYTES = 16_384;

/** A value that cannot be taken. */
export interface AttributeFinding {
  readonly name: string;
  /** Undefined: there is no such attribute, or all of them are too large. */
  readonly problem: AttributeProblem | undefined;
  readonly words: string;
}

export interface AttributeChange {
  /** All that the person then has, those included that are not declared any more. */
  readonly attributes: AttributeValues;
  /** The names of those that are another value than before. */
  readonly changed: readonly string[];
  /** With any, the change is not to be made. */
  readonly findings: readonly AttributeFinding[];
}

export interface DeclaredAttributes {
  /** In the order of their declaration. */
  readonly list: readonly Attribute[];
  find(name: string): Attribute | undefined;
  /**
   * What becomes of somebody's attributes by a change by name: null removes one, what is left out stays. `among`: of these alone; of
   * another one the finding says that there is none, so that nobody learns what is kept of them.
   */
  change(
    before: AttributeValues,
    given: Readonly<Record<string, unknown>>,
    among?: (attribute: Attribute) => boolean,
  ): AttributeChange;
  /** The same for somebody new, of whom those that are required have to be there, but for what the person fills in. */
  ofNew(given: Readonly<Record<string, unknown>>): AttributeChange;
  /** The same of a line of an import, where a number may be text, and a single value may stand for a list of one. */
  ofImported(given: Readonly<Record<string, unknown>>): AttributeChange;
  /** What of stored values is told: declared ones that are still as their declaration says. */
  told(stored: AttributeValues): AttributeValues;
  /** Which claims each scope opens, of scopes that tell attributes. */
  readonly claimsByScope: Readonly<Record<string, readonly string[]>>;
  /** The claims that somebody's attributes become. */
  claims(stored: AttributeValues): Readonly<Record<string, AttributeValue>>;
}

/** Throws where a pattern cannot be compiled, which the configuration has refused before. */
export function createAttributes(
  declarations: Readonly<Record<string, AttributeDeclaration>>,
): DeclaredAttributes {
  const list: Attribute[] = Object.entries(declarations).map(([name, declaration]) => ({
    ...declaration,
    name,
    ...(declaration.pattern === undefined ? {} : { compiled: compilePattern(declaration.pattern) }),
  }));
  const byName = new Map(list.map((attribute) => [attribute.name, attribute]));

  const change: DeclaredAttributes['change'] = (before, given, among = () => true) => {
    const attributes: Record<string, AttributeValue> = { ...before };
    const changed: string[] = [];
    const findings: AttributeFinding[] = [];
    const known = list.filter(among).map(({ name }) => name);
    for (const [name, value] of Object.entries(given)) {
      const attribute = byName.get(name);
      if (attribute === undefined || !known.includes(name)) {
        const words = `is no attribute that is declared${didYouMean(name, known)}`;
        findings.push({ name, problem: undefined, words });
        continue;
      }
      const read =
        value !== null
          ? readAttribute(attribute, value)
          : { value: undefined, problem: attribute.required ? ('missing' as const) : undefined };
      if (read.problem !== undefined)
        findings.push({ name, problem: read.problem, words: problemWords(read.problem, attribute) });
      else if (!isSameAttribute(read.value, before[name])) {
        changed.push(name);
        if (read.value === undefined) delete attributes[name];
        else attributes[name] = read.value;
      }
    }
    const last = changed.at(-1);
    if (last !== undefined && Buffer.byteLength(JSON.stringify(attributes)) > MOST_BYTES)
      findings.push({
        name: last,
        problem: undefined,
        words: `is too much: all attributes of a person have at most ${MOST_BYTES} bytes`,
      });
    return { attributes, changed, findings };
  };

  const told = (stored: AttributeValues): AttributeValues =>
    Object.fromEntries(
      list.flatMap((attribute) => {
        const value = stored[attribute.name];
        return value !== undefined && hasItsShape(attribute, value) ? [[attribute.name, value]] : [];
      }),
    );

  const ofNew: DeclaredAttributes['ofNew'] = (given) => {
    const made = change({}, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)));
    const missing = list.filter(
      ({ name, required, editableBy }) =>
        required && editableBy !== 'self' && (!Object.hasOwn(given, name) || given[name] === null),
    );
    const findings = missing.map(({ name }) => ({ name, problem: 'missing' as const, words: 'is required' }));
    return { ...made, findings: [...made.findings, ...findings] };
  };

  return {
    list,
    find: (name) => byName.get(name),
    change,
    ofNew,
    ofImported: (given) =>
      ofNew(
        Object.fromEntries(
          Object.entries(given).map(([name, value]) => {
            const attribute = byName.get(name);
            return [name, attribute === undefined ? value : imported(attribute, value)];
          }),
        ),
      ),
    told,
    claimsByScope: claimsByScope(list),
    claims(stored) {
      const values = told(stored);
      const claims = list.flatMap(({ name, claim }) =>
        claim === undefined || values[name] === undefined ? [] : [[claim, values[name]] as const],
      );
      return Object.fromEntries([
        ...claims,
        ...(claims.some(([claim]) => claim === PHONE) ? [[PHONE_VERIFIED, false] as const] : []),
      ]);
    },
  };
}

/**
 * What an account has once a duplicate of it is merged into it: its own, and of the other one what it has not, as far as there is room;
 * also what is not declared any more.
 */
export function mergedAttributes(
  own: AttributeValues,
  ofDuplicate: AttributeValues,
): { readonly all: AttributeValues; readonly changed: readonly string[] } {
  let all = own;
  const changed: string[] = [];
  for (const [name, value] of Object.entries(ofDuplicate)) {
    if (Object.hasOwn(own, name)) continue;
    const more = { ...all, [name]: value };
    if (Buffer.byteLength(JSON.stringify(more)) > MOST_BYTES) continue;
    all = more;
    changed.push(name);
  }
  return { all, changed };
}

/** OpenID Connect Core, section 5.1. Nobody verifies numbers here, and applications are told so. */
const PHONE = 'phone_number';
const PHONE_VERIFIED = 'phone_number_verified';

function claimsByScope(list: readonly Attribute[]): Readonly<Record<string, readonly string[]>> {
  const scopes: Record<string, string[]> = {};
  for (const { scope, claim } of list) {
    if (scope === undefined || claim === undefined) continue;
    scopes[scope] = [...(scopes[scope] ?? []), claim, ...(claim === PHONE ? [PHONE_VERIFIED] : [])];
  }
  return scopes;
}

/** Tables and directories have only texts, and directories a list of one. */
function imported(attribute: Attribute, value: unknown): unknown {
  const values = (Array.isArray(value) ? value : [value]).map((each: unknown) =>
    typeof each === 'string' ? typedAttribute(attribute, each) : each,
  );
  if (value === null || (Array.isArray(value) && values.length !== 1)) return value === null ? null : values;
  return attribute.many ? values : values[0];
}

/** A stored value may be of an earlier declaration: one that has become a number is not told as text. */
function hasItsShape({ type, many }: Attribute, value: AttributeValue): boolean {
  if (many !== Array.isArray(value)) return false;
  const kind = type === 'number' || type === 'boolean' ? type : type === 'address' ? 'object' : 'string';
  return (many ? (value as readonly unknown[]) : [value]).every((each) => typeof each === kind);
}
