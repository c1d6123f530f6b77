import { nearestName } from '../../kernel/nearest.ts';
import {
  type CompleteMembers,
  isMember,
  MEMBER_NAMES,
  type MemberName,
  type Members,
  memberSchemas,
  withDefaults,
} from './members.ts';
import { type ClientContext, METADATA_RULES, type MetadataRule } from './rules/index.ts';
import { FOREIGN_NAMES, UNSUPPORTED } from './unsupported.ts';

/** Something that is wrong with client metadata. */
export interface MetadataProblem {
  readonly member: string;
  /** What is wrong and what to do, without the name of the member. No secret is repeated in it. */
  readonly message: string;
  /** Of which rule, where it is one of the table's. */
  readonly rule?: string;
}

export interface Review {
  /** Everything that is wrong, each once. None: the client may be registered and used. */
  readonly problems: readonly MetadataProblem[];
  /** The metadata with its defaults; without what asks for nothing. Only complete where there are no problems. */
  readonly metadata: CompleteMembers;
}

/** `token_endpoint_auth_method: …`, as people are told. */
export const problemText = ({ member, message }: MetadataProblem): string => `${member}: ${message}`;

/**
 * Judges client metadata as a person or another program has written it down: every member has to be known, of the right type and
 * consistent with all others. Used by every edge at which a client is registered.
 */
export function reviewRegistration(given: Readonly<Record<string, unknown>>, context: ClientContext): Review {
  return review(given, context, ({ neutral }, value) => neutral !== undefined && value === neutral);
}

/**
 * Judges metadata that is stored. The same rules hold; only what tells people something and is not shown any more, as earlier
 * versions have stored it, is left out instead.
 */
export function reviewStored(stored: Readonly<Record<string, unknown>>, context: ClientContext): Review {
  return review(
    stored,
    context,
    ({ neutral, informative }, value) => informative === true || (neutral !== undefined && value === neutral),
  );
}

type MayBeLeftOut = (unsupported: (typeof UNSUPPORTED)[string], value: unknown) => boolean;

function review(
  given: Readonly<Record<string, unknown>>,
  context: ClientContext,
  mayBeLeftOut: MayBeLeftOut,
): Review {
  const problems: MetadataProblem[] = [];
  const valid: Record<string, unknown> = {};
  const broken = new Set<MemberName>();
  for (const [member, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!isMember(member)) {
      const unsupported = Object.hasOwn(UNSUPPORTED, member) ? UNSUPPORTED[member] : undefined;
      if (unsupported !== undefined && mayBeLeftOut(unsupported, value)) continue;
      problems.push({ member: printable(member), message: unsupported?.reason ?? unknown(member) });
      continue;
    }
    const result = memberSchemas[member].safeParse(value);
    if (result.success) valid[member] = result.data;
    else {
      broken.add(member);
      // One sentence is enough for a list that is wrong all over.
      const messages = new Set(result.error.issues.map((issue) => wordsOf(issue)));
      for (const message of messages) problems.push({ member, message });
    }
  }
  const metadata = withDefaults(valid as Members);
  for (const rule of METADATA_RULES) problems.push(...brokenBy(rule, metadata, context, broken));
  return { problems, metadata };
}

function brokenBy(
  rule: MetadataRule,
  metadata: CompleteMembers,
  context: ClientContext,
  broken: ReadonlySet<MemberName>,
): MetadataProblem[] {
  if ((rule.reads ?? []).some((name) => broken.has(name))) return [];
  return rule.members
    .filter((member) => metadata[member] !== undefined && !broken.has(member))
    .flatMap((member) => {
      const found = rule.isBroken(metadata, context, member);
      if (found === false) return [];
      const message = `${rule.reason} (${rule.source})`;
      if (found === true) return [{ member, message, rule: rule.id }];
      return found.map((value) => {
        const nearest = rule.known && nearestName(value, rule.known(context));
        const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
        return { member, message: `"${printable(value)}" ${message}${meant}`, rule: rule.id };
      });
    });
}

function unknown(member: string): string {
  const [plain = '', language] = member.split('#');
  if (language !== undefined && isMember(plain))
    return `names in several languages are not supported; use ${plain}`;
  const spelt = snakeCase(member);
  const foreign = Object.hasOwn(FOREIGN_NAMES, spelt) ? FOREIGN_NAMES[spelt] : undefined;
  const nearest = foreign ?? nearestName(member, MEMBER_NAMES);
  const end = 'docs/clients.md lists what there is';
  return nearest === undefined
    ? `is no client metadata that Gatehouse knows; ${end}`
    : `is no client metadata that Gatehouse knows; did you mean ${nearest}? ${end}`;
}

const snakeCase = (name: string) =>
  name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .replace(/[^\p{L}\d]+/gu, '_')
    .toLowerCase();

/** Zod's words for what has none of ours: only where a value is of a kind that no JSON has. */
function wordsOf(issue: {
  code: string;
  message: string;
  keys?: readonly string[];
  path: readonly PropertyKey[];
}): string {
  if (issue.code === 'unrecognized_keys')
    return `holds ${(issue.keys ?? []).map(printable).join(', ')}, which is unknown`;
  const [first] = issue.path;
  return typeof first === 'number' ? `${issue.message} (the one at ${first})` : issue.message;
}

/** A text of somebody else for one line of a terminal or a log, without the password of an address. */
const printable = (text: string) =>
  text
    .replace(/\p{C}/gu, '?')
    .replace(/(?<=:\/\/)[^/?#@]*@/, '…@')
    .slice(0, 200);
