import { sha256 } from '../../../kernel/crypto.ts';
import type { Executor } from '../../../storage/database.ts';

/** A personal value of an event: what it is today. */
export type PersonalValue =
  | { readonly state: 'known'; readonly value: string }
  /** Erased, with the person or by a rule; the digest that was sealed is all that is left. */
  | { readonly state: 'erased' }
  /** What is kept beside the event is not what was sealed. */
  | { readonly state: 'wrong'; readonly value: string };

/** By the JSON pointer (RFC 6901) into the details of the event. */
export type PersonalValues = Readonly<Record<string, PersonalValue>>;

interface Kept {
  readonly event: string;
  readonly path: string;
  readonly salt: Buffer;
  readonly value: string;
}

const KEPT = {
  name: 'audit_personal_of_events',
  text: 'select event, path, salt, value from audit_personal where event = any ($1::uuid[])',
};

/** The personal values of events, by the id of each event that has any. */
export async function readPersonalValues(
  executor: Executor,
  events: readonly { readonly id: string; readonly details: unknown }[],
): Promise<ReadonlyMap<string, PersonalValues>> {
  const digests = new Map(events.map(({ id, details }) => [id, digestsIn(details)]));
  const withAny = [...digests].filter(([, found]) => found.length > 0).map(([id]) => id);
  if (withAny.length === 0) return new Map();
  const kept = new Map<string, Kept>();
  for (const each of await executor.query<Kept>(KEPT, [withAny]))
    kept.set(`${each.event} ${each.path}`, each);
  return new Map(
    withAny.map((id) => [
      id,
      Object.fromEntries(
        (digests.get(id) ?? []).map(({ path, digest }) => [
          path,
          valueToday(kept.get(`${id} ${path}`), digest),
        ]),
      ),
    ]),
  );
}

function valueToday(kept: Kept | undefined, digest: string): PersonalValue {
  if (kept === undefined) return { state: 'erased' };
  const { salt, value } = kept;
  const actual = sha256(Buffer.concat([salt, Buffer.from(value)])).toString('base64url');
  return { state: actual === digest ? 'known' : 'wrong', value };
}

interface Digest {
  readonly path: string;
  readonly digest: string;
}

/** Where in details a personal value stands: an object of `sha256` alone. */
export function digestsIn(details: unknown, path = ''): Digest[] {
  if (typeof details !== 'object' || details === null) return [];
  const { sha256: digest } = details as { sha256?: unknown };
  if (typeof digest === 'string' && Object.keys(details).length === 1) return [{ path, digest }];
  return Object.entries(details).flatMap(([name, inner]) =>
    digestsIn(inner, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
