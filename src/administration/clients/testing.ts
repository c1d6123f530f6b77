import { z } from 'zod';
import type { Client, ClientStore } from '../../domain/clients/store.ts';
import { TEST_LINKS, type TestRequest, testLink } from '../../domain/clients/test-sign-ins.ts';
import type { OneTimeLinkStore } from '../../domain/one-time-links/store.ts';
import { badRequest, conflict, GatehouseError } from '../../kernel/errors.ts';
import { isStorable, isStorableJson } from '../../kernel/text.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import type { Executor } from '../../storage/database.ts';
import { defineAct, TOLD_ONCE } from '../act.ts';
import type { Actor } from '../actor.ts';
import { clientUnknown, oneClient } from '../one-client.ts';
import { type FindsPeople, findPerson } from '../people/person.ts';
import type { RightsReader } from '../rights/rights-store.ts';

/** A sign-in to a client as a test: who may ask for it and for whom. What it does is `oidc/test-sign-ins.ts`. */

const NAME = 'clients.test_sign_in';

type ReadsRights = Pick<RightsReader, 'of' | 'reachesClient'>;

/** Whether somebody may test this client, at this moment. Asked again when they open their link. */
export async function mayTestSignIn(
  rights: ReadsRights,
  accountId: string,
  clientId: string,
  executor?: Executor,
): Promise<boolean> {
  const limit = (await rights.of(accountId, executor)).limitFor(NAME);
  return limit !== undefined && rights.reachesClient(clientId, limit, executor);
}

interface TestsSignIn {
  readonly clients: Pick<ClientStore, 'hold'>;
  readonly clientRules: Pick<ClientRules, 'whyRefused'>;
  readonly links: Pick<OneTimeLinkStore, 'issue'>;
  readonly rights: ReadsRights;
  readonly issuer: string;
}

const text = (most: number) =>
  z.string().min(1).max(most).refine(isStorable, { error: 'holds a character that cannot be stored' });

/** How deep and how large a request is, the protocol judges; this is only what is kept for it. */
const MOST_CLAIMS = 4_000;

/**
 * Makes a link with which one person, once and for ten minutes, runs the authorization request of a client and sees what it would be
 * told of them; everything that is issued is revoked before. It is for the person who asks; the operator names somebody who may do this
 * act. Throws `client_unknown` and `account_unknown` (404), `test_person_missing` (400), `test_needs_person` and `test_person_other` (403), `test_person_not_permitted`,
 * `client_disabled`, `client_refused` and `client_without_sign_in` (409).
 */
export const testSignIn = defineAct({
  name: NAME,
  scope: 'clients:write',
  summary: 'Makes a link with which a person signs in to a client as a test, and sees the decoded claims.',
  http: { method: 'POST', path: '/clients/{client}/test-sign-in', status: 201 },
  about: oneClient,
  irreversible: false,
  input: z.strictObject({
    client: z.string(),
    /** Their account's id, their address or user name, or what applications know them by (`sub`). */
    person: text(320)
      .describe('For whom: the operator of the server says it; for everybody else it is themselves.')
      .optional(),
    scope: text(1_000)
      .describe('What the request asks for; else all that the client may ask for.')
      .optional(),
    resource: z.array(text(500)).min(1).max(10).describe('Resources that it names (RFC 8707).').optional(),
    acrValues: z.array(text(100)).min(1).max(10).describe('Levels of which it demands one.').optional(),
    prompt: text(100).describe('As the protocol has it, such as login or consent.').optional(),
    maxAge: z.int().min(0).describe('How old the sign-in may be, in seconds.').optional(),
    claims: z
      .record(z.string(), z.unknown())
      .refine((claims) => isStorableJson(claims) && JSON.stringify(claims).length <= MOST_CLAIMS, {
        error: `is larger than ${MOST_CLAIMS} characters, or holds one that cannot be stored`,
      })
      .describe('The parameter claims (OpenID Connect Core, section 5.5), as JSON.')
      .optional(),
  }),
  result: z.object({
    client: z.string(),
    /** The id of whom the link is for. */
    person: z.string(),
    link: z.string().meta(TOLD_ONCE),
    expiresAt: z.date(),
  }),
  prepare: async (deps: FindsPeople, { person }) =>
    person === undefined ? undefined : (await findPerson(deps, { person })).id,
  async run(
    deps: TestsSignIn,
    { tx, actor, input: { client: id, person: _person, ...request }, prepared: named, record },
  ) {
    const client = await deps.clients.hold(tx, id);
    if (client === undefined) throw clientUnknown(id);
    const person = testerOf(actor, named);
    if (actor.kind !== 'person') await assertMayTest(deps, tx, person, id);
    assertCanBeTested(deps, client);
    const { token, expiresAt } = await deps.links.issue(tx, {
      ...TEST_LINKS.asked,
      accountId: person,
      payload: { client: id, request: request satisfies TestRequest },
    });
    await record({
      type: 'client.test_sign_in_asked',
      account: person,
      client: id,
      details: { until: expiresAt.toISOString() },
    });
    return { client: id, person, link: testLink(deps.issuer, token), expiresAt };
  },
});

/** Whose claims are shown is nobody else's affair: a person tests as themselves. */
function testerOf(actor: Actor, named: string | undefined): string {
  if (actor.kind === 'person') {
    if (named === undefined || named === actor.accountId) return actor.accountId;
    throw new GatehouseError('test_person_other', {
      status: 403,
      message: 'A test sign-in is for the person who asks for it: leave out person.',
    });
  }
  if (actor.kind === 'client')
    throw new GatehouseError('test_needs_person', {
      status: 403,
      message: 'A test sign-in shows the claims of a person, who has to ask for it: no program does.',
    });
  if (named === undefined)
    throw badRequest('test_person_missing', 'Name the person who will sign in: person.');
  return named;
}

async function assertMayTest(
  { rights }: TestsSignIn,
  tx: Executor,
  person: string,
  client: string,
): Promise<void> {
  if (await mayTestSignIn(rights, person, client, tx)) return;
  throw conflict('test_person_not_permitted', `The person ${person} may not test this client themselves.`);
}

function assertCanBeTested({ clientRules }: TestsSignIn, client: Client): void {
  if (client.disabledAt !== undefined)
    throw conflict('client_disabled', `The client "${client.id}" is disabled: enable it first.`);
  const problems = clientRules.whyRefused(client);
  if (problems.length > 0)
    throw conflict('client_refused', `The client "${client.id}" is refused:\n${problems.join('\n')}`);
  if (!signsInByCode(client.metadata))
    throw conflict(
      'client_without_sign_in',
      `Nobody signs in to the client "${client.id}": its response_types or grant_types have no code.`,
    );
}

/** The answers that a registration without these members means (RFC 7591, section 2). */
const signsInByCode = ({
  response_types: responses = ['code'],
  grant_types: grants = ['authorization_code'],
}: Readonly<Record<string, unknown>>): boolean =>
  (responses as readonly string[]).includes('code') &&
  (grants as readonly string[]).includes('authorization_code');
