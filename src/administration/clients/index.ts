import { z } from 'zod';
import type { ClientOwnerStore } from '../../domain/clients/owner-store.ts';
import { PRESETS, withPreset } from '../../domain/clients/presets.ts';
import { withoutEveryScope } from '../../domain/clients/privileges.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import { defineAct, TOLD_ONCE } from '../act.ts';
import { oneClient } from '../one-client.ts';
import { assertMayGiveAdminScopes, type GivesAdminScopes, givesAdminScopes } from '../rights/admin-scopes.ts';
import { applyCreation, applyDeletion, applyFirstOwner, type DeletesClients } from './applying.ts';
import { assertNoPrivileges, newClient, ownerWithin } from './limited.ts';
import { fileOf, metadata } from './metadata.ts';
import { addOwner, listOwners, removeOwner } from './owners.ts';
import { list, problems, show } from './reading.ts';
import {
  issueRegistrationToken,
  listRegistrationTokens,
  revokeRegistrationToken,
} from './registration-tokens.ts';
import { endSecret, rotateSecret, setSecret } from './secrets.ts';
import { assertMayEnable, disable, enable } from './status.ts';
import { testSignIn } from './testing.ts';
import { previewUpdate, update } from './updates.ts';

/**
 * Registers a client from its metadata; an id and a secret that they do not bring are made. A right that is limited to the clients of
 * its holder makes one that is theirs, without privileges. Throws `client_metadata_invalid` and `client_preset_conflict` (400),
 * `admin_scopes_not_held`, `client_privileges_refused` (403), `client_exists` (409).
 */
const create = defineAct({
  name: 'clients.create',
  scope: 'clients:write',
  summary: 'Registers a client.',
  http: { method: 'POST', path: '/clients', status: 201 },
  irreversible: false,
  dangerous: ({ metadata: given }) => givesAdminScopes(given),
  about: newClient,
  input: z.strictObject({
    metadata,
    /** Fills in what is safe for a client of this kind, and refuses what contradicts it. */
    preset: z.enum(PRESETS).optional(),
  }),
  result: z.object({
    /** RFC 7591, section 3.2.1: with the secret, which is told this once. */
    registration: metadata.and(z.looseObject({ client_secret: z.string().meta(TOLD_ONCE).optional() })),
    /** What is allowed and probably not meant, a line each. */
    warnings: z.array(z.string()),
  }),
  prepare(
    { clientRules }: { readonly clientRules: Pick<ClientRules, 'problems' | 'register'> },
    { preset, metadata: given },
    { owner },
  ) {
    const whole = withPreset(preset, given);
    return clientRules.register(fileOf(clientRules, owner === undefined ? whole : withoutEveryScope(whole)));
  },
  async run(
    deps: GivesAdminScopes & {
      readonly clients: Pick<ClientStore, 'create'>;
      readonly clientOwners: Pick<ClientOwnerStore, 'add'>;
    },
    { tx, actor, limit, prepared: { client, response, warnings }, record },
  ) {
    assertNoPrivileges(limit, undefined, client.metadata);
    await assertMayGiveAdminScopes(deps, actor, client.metadata, tx);
    await applyCreation(deps, tx, record, client);
    const owner = ownerWithin(limit);
    if (owner !== undefined) await applyFirstOwner(deps, tx, record, client.id, owner);
    return { registration: response, warnings: [...warnings] };
  },
});

/**
 * Removes a client; everything that it holds ends at once. Throws `client_unknown` (404), and `disabled_by_wider_right` (403) where its
 * owner could register it again to lift what a right without a limit has set.
 */
const deleteClient = defineAct({
  name: 'clients.delete',
  scope: 'clients:write',
  summary: 'Removes a client; everything that it holds ends at once.',
  http: { method: 'DELETE', path: '/clients/{client}' },
  about: oneClient,
  irreversible: true,
  dangerous: true,
  input: z.strictObject({ client: z.string() }),
  result: z.object({ id: z.string() }),
  async run(deps: DeletesClients, { tx, input: { client: id }, limit, record }) {
    const known = await deps.clients.hold(tx, id);
    if (known?.disabledAt !== undefined) assertMayEnable(limit, known);
    await applyDeletion(deps, tx, record, id);
    return { id };
  },
});

/** What can be done about the applications that may sign people in or ask for tokens. */
export const clients = {
  list,
  show,
  problems,
  create,
  previewUpdate,
  update,
  disable,
  enable,
  rotateSecret,
  setSecret,
  endSecret,
  testSignIn,
  delete: deleteClient,
  listOwners,
  addOwner,
  removeOwner,
  issueRegistrationToken,
  listRegistrationTokens,
  revokeRegistrationToken,
};
