/** Who acted, as the audit trail records it. */
export type AuditActor =
  /** Somebody with an account. */
  | { readonly kind: 'person'; readonly id: string }
  /** An application or a service by itself. */
  | { readonly kind: 'client'; readonly id: string }
  /** An operator at the command line: the words of the command, and the operating-system user who ran it. */
  | { readonly kind: 'command'; readonly command: string; readonly user: string }
  /** Gatehouse by itself: a job, the start. */
  | { readonly kind: 'system' };

export const person = (id: string): AuditActor => ({ kind: 'person', id });

export const client = (id: string): AuditActor => ({ kind: 'client', id });

export const SYSTEM_ACTOR: AuditActor = { kind: 'system' };

/** The columns of a row that say who acted. */
export interface ActorColumns {
  readonly actor_kind: AuditActor['kind'] | null;
  readonly actor: string | null;
  readonly command: string | null;
  readonly operator: string | null;
}

const NOBODY: ActorColumns = { actor_kind: null, actor: null, command: null, operator: null };

/** `undefined`: nobody is known to have acted, as where a stranger was refused. */
export function actorColumns(actor: AuditActor | undefined): ActorColumns {
  if (actor === undefined) return NOBODY;
  switch (actor.kind) {
    case 'person':
    case 'client':
      return { ...NOBODY, actor_kind: actor.kind, actor: actor.id };
    case 'command':
      return { ...NOBODY, actor_kind: 'command', command: actor.command, operator: actor.user };
    case 'system':
      return { ...NOBODY, actor_kind: 'system' };
  }
}

/** How versions without a kind of actor wrote a row: `actor` was an id, or one of two words. */
interface StoredActor {
  readonly actor_kind: string | null;
  readonly actor: string | null;
  readonly command: string | null;
  readonly operator: string | null;
  readonly reason: string | null;
  readonly details: unknown;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/**
 * Who acted, and why, as a row of any version says it. Rows of before name operators in their details, and do not tell people
 * from applications: there `actor_kind` is null beside an id.
 */
export function storedActor(row: StoredActor): Omit<StoredActor, 'details'> {
  const { actor_kind: kind, actor, command, operator, reason } = row;
  if (kind !== null) return { actor_kind: kind, actor, command, operator, reason };
  if (actor === 'system') return { actor_kind: 'system', actor: null, command, operator, reason };
  if (actor !== 'command') return { actor_kind: null, actor, command, operator, reason };
  const { operator: detail } = (row.details ?? {}) as { operator?: { user?: unknown; reason?: unknown } };
  return {
    actor_kind: 'command',
    actor: null,
    command,
    operator: operator ?? textOf(detail?.user),
    reason: reason ?? textOf(detail?.reason),
  };
}
