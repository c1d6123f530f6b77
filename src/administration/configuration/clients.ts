import { usesSecret } from '../../domain/clients/policy.ts';
import { withPreset } from '../../domain/clients/presets.ts';
import type { Client, ClientMetadata } from '../../domain/clients/store.ts';
import type { DeclaredObject } from '../../domain/declared/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { ShapeFinding } from '../../kernel/shape-words.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import { InvalidInput } from '../admission.ts';
import { fileOf } from '../clients/metadata.ts';
import type { ConfigurationDocument, DeclaredClient, SecretReference } from './document.ts';
import { Matching } from './matching.ts';
import type { Compared, Comparison, Fields } from './plan.ts';

/** Clients as they are declared, and as they are registered. */

export interface JudgesClients {
  readonly clientRules: Pick<ClientRules, 'problems' | 'register'>;
}

/** What follows from when and how a client was registered, and is not declared. */
const FOLLOWS: ReadonlySet<string> = new Set([
  'client_id',
  'client_id_issued_at',
  'client_secret_expires_at',
]);

/** What can be declared of registered metadata. */
export const declarable = (metadata: ClientMetadata): Fields =>
  Object.fromEntries(
    Object.entries(metadata).filter(([member, value]) => !FOLLOWS.has(member) && value !== undefined),
  );

/** Of a client that has a secret which nobody knows, and is to be given the one that was declared. */
export const UNKNOWN_SECRET = '';

/** As it is kept with the client: another reference is another secret. */
export const referenceText = (reference: SecretReference): string => JSON.stringify(reference);

const referenceIn = (text: string | undefined): unknown =>
  text === undefined || text === UNKNOWN_SECRET ? null : JSON.parse(text);

/** As {@link ClientRules} would register it, or everything that is wrong with it. */
export async function judgedClient(
  { clientRules }: JudgesClients,
  id: string,
  { preset, metadata }: Pick<DeclaredClient, 'preset' | 'metadata'>,
): Promise<{ readonly fields: Fields } | { readonly findings: readonly ShapeFinding[] }> {
  const at = (path: readonly PropertyKey[], words: string) => ({ path: ['clients', id, ...path], words });
  try {
    const file = fileOf(clientRules, { ...withPreset(preset, metadata), client_id: id });
    const { client } = await clientRules.register(file);
    return { fields: declarable(client.metadata) };
  } catch (error) {
    if (error instanceof InvalidInput)
      return { findings: error.findings.map(({ path, words }) => at(path, words)) };
    if (!(error instanceof GatehouseError) || error.status !== 400) throw error;
    const lines = error.safeMessage.split('\n');
    return {
      findings: lines.map((line) => {
        const [, member, words] = /^([a-z_]+): (.*)$/su.exec(line) ?? [];
        return member === 'client_id'
          ? at([], words ?? line)
          : at(member === undefined ? ['metadata'] : ['metadata', member], words ?? line);
      }),
    };
  }
}

export async function comparedClients(
  deps: JudgesClients,
  { owner, clients }: ConfigurationDocument,
  rows: readonly DeclaredObject[],
  stored: readonly Client[],
): Promise<Comparison> {
  const matching = new Matching('clients', owner, rows);
  const byId = new Map(stored.map((client) => [client.id, client]));
  const findings: ShapeFinding[] = [];
  const compared: Compared[] = [];
  for (const [key, client] of Object.entries(clients)) {
    const judged = await judgedClient(deps, key, client);
    if ('findings' in judged) {
      findings.push(...judged.findings);
      continue;
    }
    const found = byId.get(key);
    const secrets = secretsOf(client, judged.fields, found, matching.row(key), owner);
    if (secrets === undefined)
      findings.push({
        path: ['clients', key],
        words: 'has no "secret", which a client needs that authenticates with one; expected a reference',
      });
    const held = found && {
      ...matching.held(key, key, { ...clientFields(found), ...secrets?.held }),
      hasKnownSecret: usesSecret(found.metadata) && matching.row(key)?.secret !== UNKNOWN_SECRET,
    };
    const desired = { ...judged.fields, status: client.status, ...secrets?.desired };
    compared.push({ kind: 'clients', key, desired, held });
  }
  const gone = matching.gone((id) => {
    const found = byId.get(id);
    return found && clientFields(found);
  });
  return { compared: [...compared, ...gone], findings };
}

export const clientFields = ({ metadata, disabledAt }: Pick<Client, 'metadata' | 'disabledAt'>): Fields => ({
  ...declarable(metadata),
  status: disabledAt === undefined ? 'active' : 'disabled',
});

interface Secrets {
  readonly desired: Fields;
  readonly held: Fields;
}

/**
 * Where its secret is taken from, and was taken from last. What the secret is, is never compared: a client is given the declared one
 * when it is made, when it begins to need one, and when the reference changes. Undefined where it needs one and none is declared.
 */
function secretsOf(
  { secret }: DeclaredClient,
  after: Fields,
  before: Client | undefined,
  row: DeclaredObject | undefined,
  owner: string,
): Secrets | undefined {
  const hasOne = before !== undefined && usesSecret(before.metadata);
  if (!usesSecret(after)) return { desired: {}, held: {} };
  if (secret === undefined)
    return hasOne && row?.secret !== UNKNOWN_SECRET ? { desired: {}, held: {} } : undefined;
  // Whoever is taken over keeps the secret that it has.
  const isAdopted = hasOne && row?.owner !== owner;
  return {
    desired: { secret },
    held: { secret: isAdopted ? secret : hasOne ? referenceIn(row?.secret) : null },
  };
}
