import { z } from 'zod';
import type { ClientStore } from '../domain/clients/store.ts';
import type { ConsentStore } from '../domain/consents/store.ts';
import { notFound } from '../kernel/errors.ts';
import type { Access } from '../oidc/access.ts';
import { defineAct, defineRead } from './act.ts';
import { namedPerson, onePerson, onPerson } from './people/person.ts';

/** The applications to which a person has allowed something, the first one first. */
const list = defineRead({
  name: 'consents.list',
  summary: 'Lists the applications that a person has allowed something.',
  scope: 'people:read',
  http: { method: 'GET', path: '/people/{person}/consents' },
  about: onePerson,
  input: onPerson,
  result: z.object({
    person: namedPerson,
    consents: z.array(
      z.object({
        client: z.string(),
        /** As people know it; null where it says none, or is there no more. */
        name: z.string().nullable(),
        scopes: z.array(z.string()),
        claims: z.array(z.string()),
        resources: z.record(z.string(), z.array(z.string())),
        grantedAt: z.date(),
      }),
    ),
  }),
  async run(
    deps: {
      readonly consents: Pick<ConsentStore, 'listFor'>;
      readonly clients: Pick<ClientStore, 'find'>;
    },
    _input,
    { target: person },
  ) {
    const found = await deps.consents.listFor(person.id);
    const consents = found.map(async ({ clientId, granted, grantedAt }) => {
      const name = (await deps.clients.find(clientId))?.metadata.client_name;
      return {
        client: clientId,
        name: typeof name === 'string' ? name : null,
        scopes: [...granted.scopes],
        claims: [...granted.claims],
        resources: Object.fromEntries(
          Object.entries(granted.resources).map(([resource, scopes]) => [resource, [...scopes]]),
        ),
        grantedAt,
      };
    });
    return { person, consents: await Promise.all(consents) };
  },
});

/**
 * Takes back what a person has allowed an application, and ends its tokens, as the person themselves can on their page; the
 * application has to ask again. Throws `consent_unknown` (404).
 */
const withdraw = defineAct({
  name: 'consents.withdraw',
  summary: 'Takes back what a person has allowed an application.',
  scope: 'people:assist',
  irreversible: false,
  http: { method: 'DELETE', path: '/people/{person}/consents/{client}' },
  about: onePerson,
  input: onPerson.extend({ client: z.string().max(255) }),
  result: z.object({ person: namedPerson, client: z.string() }),
  async run(
    deps: {
      readonly consents: Pick<ConsentStore, 'withdraw'>;
      readonly access: Pick<Access, 'endForClient'>;
    },
    { tx, input: { client }, target: person, record },
  ) {
    if (!(await deps.consents.withdraw(tx, person.id, client)))
      throw notFound('consent_unknown', `The person has allowed nothing to a client "${client}".`);
    await deps.access.endForClient(tx, person.id, client);
    await record({ type: 'consent.withdrawn', account: person.id, client, details: {} });
    return { person, client };
  },
});

/** What can be done about what people have allowed applications. */
export const consents = { list, withdraw };
