import { defineEntity, p } from '@mikro-orm/postgresql';

/** What oidc-provider stores under an id: a token, a code, a session, a grant, an interaction, … */
export type Payload = Record<string, unknown>;

/** Most artefacts have few of these columns: the index holds those that do. */
function partialIndex<Property extends string>(property: Property, column: string) {
  return {
    name: `oidc_artifacts_${column}_index`,
    properties: [property] as [Property],
    where: `${column} is not null`,
  };
}

export const ArtifactRecord = defineEntity({
  name: 'ArtifactRecord',
  tableName: 'oidc_artifacts',
  properties: {
    model: p.text().primary(),
    idHash: p.blob().primary(),
    payload: p.json<Payload>(),
    grantId: p.text().nullable(),
    accountId: p.text().nullable(),
    clientId: p.text().nullable(),
    sessionUid: p.text().nullable(),
    userCode: p.text().nullable(),
    /** Of refresh tokens: see `refresh-leeway.ts`. */
    predecessor: p.blob().nullable(),
    successor: p.blob().nullable(),
    replayUntil: p.datetime().nullable(),
    replays: p.smallint().nullable(),
    consumedAt: p.datetime().nullable(),
    expiresAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
  },
  indexes: [
    partialIndex('grantId', 'grant_id'),
    partialIndex('accountId', 'account_id'),
    partialIndex('sessionUid', 'session_uid'),
    partialIndex('userCode', 'user_code'),
    partialIndex('clientId', 'client_id'),
    // By these the triggers of resources and clients find what goes with them.
    {
      name: 'oidc_artifacts_resource_index',
      expression: `create index oidc_artifacts_resource_index on oidc_artifacts ((payload ->> 'resource')) where model = 'JwtAccessToken'`,
    },
    {
      name: 'oidc_artifacts_redeemable_resource_index',
      expression: `create index oidc_artifacts_redeemable_resource_index on oidc_artifacts using gin ((payload -> 'resource')) where model in ('AuthorizationCode', 'RefreshToken') and consumed_at is null`,
    },
    {
      name: 'oidc_artifacts_granted_resources_index',
      expression: `create index oidc_artifacts_granted_resources_index on oidc_artifacts using gin ((payload -> 'resources')) where model = 'Grant'`,
    },
    { name: 'oidc_artifacts_expires_at_index', properties: ['expiresAt'] },
  ],
});
