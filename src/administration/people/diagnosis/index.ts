import { z } from 'zod';
import type { Client, ClientStore } from '../../../domain/clients/store.ts';
import { DEMANDS } from '../../../domain/second-factors/policy.ts';
import { notFound } from '../../../kernel/errors.ts';
import { defineRead } from '../../act.ts';
import type { AdmissionDependencies } from '../../admission.ts';
import { namedPerson, onePerson, onPerson } from '../person.ts';
import { type GathersFacts, gatherFacts } from './gathering.ts';
import { offeredActs } from './offers.ts';
import { CAUSE_NAMES, diagnose, type Finding } from './policy.ts';
import { LANGUAGES, sentenceOf } from './words.ts';

const findingSchema = z.object({
  cause: z.enum(CAUSE_NAMES),
  /** `blocks`: nobody gets in; `asks`: the sign-in asks for something first; `hints`: it may be what the person means. */
  effect: z.enum(['blocks', 'asks', 'hints']),
  sentence: z.string(),
  /** Since when, or when last. */
  since: z.date().nullable(),
  /** When it ends by itself. */
  until: z.date().nullable(),
  count: z.int().nullable(),
  subject: z.string().nullable(),
  /** What helps, and whoever asks may do, by the names of acts. */
  acts: z.array(z.string()),
});

interface Diagnoses extends GathersFacts, AdmissionDependencies {
  readonly clients: Pick<ClientStore, 'find'>;
  readonly clock: GathersFacts['clock'];
}

/**
 * Why somebody cannot sign in: what keeps them from it or may have, the gravest first, with the acts that help and that whoever asks
 * may do. Tells no secret, and changes nothing. Throws `client_unknown` (404).
 */
export const diagnosePerson = defineRead({
  name: 'people.diagnose',
  summary: 'Says why somebody cannot sign in, and what helps.',
  scope: 'people:read',
  http: { method: 'GET', path: '/people/{person}/diagnosis' },
  about: onePerson,
  input: onPerson.extend({
    /** The application that they want to sign in to: it may ask for more than others. */
    client: z.string().max(255).optional(),
    /** Of the sentences. */
    language: z.enum(LANGUAGES).default('en'),
  }),
  result: z.object({
    person: namedPerson,
    /** Whether nothing that is known blocks them. */
    canSignIn: z.boolean(),
    cause: z.enum(CAUSE_NAMES),
    /** The gravest finding in one sentence. */
    sentence: z.string(),
    findings: z.array(findingSchema),
    /** What help there is, of all findings, each act once. */
    acts: z.array(z.string()),
    facts: z.object({
      status: z.enum(['active', 'disabled']),
      secondFactorDemanded: z.enum(DEMANDS),
      hasPassword: z.boolean(),
      passwordExpiresAt: z.date().nullable(),
      /** When the account will be disabled if nobody signs in until then; null where that never is. */
      dormantAt: z.date().nullable(),
      authenticators: z.int(),
      passkeys: z.int(),
      recoveryCodes: z.int(),
      openSessions: z.int(),
      mostSessions: z.int(),
      whenFull: z.enum(['ask', 'evict-oldest', 'refuse']),
      mails: z.array(
        z.object({
          mail: z.string(),
          kind: z.string(),
          state: z.enum(['late', 'given_up', 'bounced']),
          since: z.date(),
          permanent: z.boolean(),
        }),
      ),
      /** Sign-ins of the last day that were refused, by their reason in the audit trail. */
      failures: z.array(z.object({ reason: z.string(), count: z.int(), lastAt: z.date() })),
    }),
    at: z.date(),
  }),
  async run(deps: Diagnoses, { client: named, language }, { actor, target: person }) {
    const client = await clientOf(deps, named);
    const facts = await gatherFacts(deps, person, client);
    const findings = diagnose(facts);
    const about = { accountId: person.id, clientId: client?.id };
    const offered = await offeredActs([...new Set(findings.flatMap(actsOf))], deps, actor, about);
    const told = findings.map((finding) => ({
      cause: finding.cause,
      effect: finding.effect,
      sentence: sentenceOf(finding, language),
      since: finding.since ?? null,
      until: finding.until ?? null,
      count: finding.count ?? null,
      subject: finding.subject ?? null,
      acts: finding.acts.filter((act) => offered.has(act)),
    }));
    const { dormancy, factors, password, sessions } = facts;
    return {
      person,
      canSignIn: findings.every(({ effect }) => effect !== 'blocks'),
      cause: findings[0].cause,
      sentence: sentenceOf(findings[0], language),
      findings: told,
      acts: [...new Set(told.flatMap(({ acts }) => acts))],
      facts: {
        status: facts.status,
        secondFactorDemanded: factors.demand,
        hasPassword: password.present,
        passwordExpiresAt: password.expiresAt ?? null,
        dormantAt: dormancy?.is === 'active' ? dormancy.disableAt : null,
        authenticators: factors.authenticators,
        passkeys: factors.passkeys,
        recoveryCodes: factors.recoveryCodes,
        openSessions: sessions.open,
        mostSessions: sessions.most,
        whenFull: sessions.policy,
        mails: [...facts.mails],
        failures: [...facts.failures],
      },
      at: deps.clock.now(),
    };
  },
});

const actsOf = ({ acts }: Finding) => acts;

async function clientOf(
  { clients }: Pick<Diagnoses, 'clients'>,
  id: string | undefined,
): Promise<Client | undefined> {
  if (id === undefined) return undefined;
  const client = await clients.find(id);
  if (client === undefined) throw notFound('client_unknown', `There is no client "${id}".`);
  return client;
}
