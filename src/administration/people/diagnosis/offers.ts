import type { AdminScope } from '../../../domain/clients/admin-scopes.ts';
import { isCode } from '../../../kernel/errors.ts';
import type { Actor } from '../../actor.ts';
import { type AdmissionDependencies, assertMayLeadInto } from '../../admission.ts';
import { EVERYTHING, type Limit } from '../../rights/limit.ts';

/** What decides who may do an act that helps, as its definition says it; a test holds them together. */
interface Helping {
  readonly scope: AdminScope;
  /** What a limited right is limited by; `rows`: what is about the person. */
  readonly subject: 'person' | 'client' | 'session' | 'rows';
  readonly leadsIn?: true;
  /** A program cannot do it. */
  readonly dangerous?: true;
}

/** Every act that a diagnosis may offer. */
export const HELPING_ACTS = {
  'people.enable': { scope: 'people:write', subject: 'person' },
  'people.unlock': { scope: 'people:assist', subject: 'person' },
  'people.set_address': { scope: 'people:write', subject: 'person', leadsIn: true, dangerous: true },
  'invitations.resend': { scope: 'people:assist', subject: 'person' },
  'passwords.send_reset_link': { scope: 'people:assist', subject: 'person' },
  'factors.list': { scope: 'people:read', subject: 'person' },
  'factors.issue_temporary_code': {
    scope: 'people:assist',
    subject: 'person',
    leadsIn: true,
    dangerous: true,
  },
  'factors.reset': { scope: 'people:assist', subject: 'person', leadsIn: true, dangerous: true },
  'sessions.list': { scope: 'people:read', subject: 'person' },
  'sessions.end': { scope: 'people:assist', subject: 'session' },
  'sessions.end_all': { scope: 'people:assist', subject: 'person' },
  'mail.retry': { scope: 'system:write', subject: 'rows' },
  'clients.enable': { scope: 'clients:write', subject: 'client' },
} as const satisfies Readonly<Record<string, Helping>>;

const helpingOf = (act: string): Helping | undefined =>
  Object.hasOwn(HELPING_ACTS, act) ? HELPING_ACTS[act as keyof typeof HELPING_ACTS] : undefined;

/** Those of these acts that the actor may do for the person, at this client where one is meant, as far as can be told beforehand. */
export async function offeredActs(
  acts: readonly string[],
  deps: AdmissionDependencies,
  actor: Actor,
  { accountId, clientId }: { readonly accountId: string; readonly clientId: string | undefined },
): Promise<ReadonlySet<string>> {
  if (actor.kind === 'command' || actor.kind === 'system') return new Set(acts);
  const inScope = acts.filter((act) => {
    const helping = helpingOf(act);
    return helping !== undefined && actor.scopes.includes(helping.scope);
  });
  const mayLeadIn = await assertMayLeadInto(accountId, deps, actor).then(
    () => true,
    (error) => {
      if (isCode(error, 'target_outranks')) return false;
      throw error;
    },
  );
  const suits = inScope.filter((act) => mayLeadIn || helpingOf(act)?.leadsIn !== true);
  if (actor.kind === 'client') return new Set(suits.filter((act) => helpingOf(act)?.dangerous !== true));
  const rights = await deps.rights.of(actor.accountId);
  const reaches = async (act: string, limit: Limit | undefined) => {
    if (limit === undefined) return false;
    const subject = helpingOf(act)?.subject;
    if (limit === EVERYTHING) return true;
    if (subject === 'client') return clientId !== undefined && deps.rights.reachesClient(clientId, limit);
    return deps.rights.reachesPerson(accountId, limit);
  };
  const offered = new Set<string>();
  for (const act of suits) if (await reaches(act, rights.limitFor(act))) offered.add(act);
  return offered;
}
