import { GatehouseError } from '../../../kernel/errors.ts';
import { strangeProblem } from './policy.ts';
import type { RestoreStore } from './restore-store.ts';
import { type AnchorFinding, type AnchorWatch, obstacleOf } from './watch.ts';

/** Whether this process may serve. */
export interface AnchorGate {
  /**
   * At a start: throws `audit_behind_anchor` where the trail is behind an anchor, and `audit_recovery_unfinished` where a recovery was
   * stopped in the middle. An anchor that cannot be read, or keeps what nobody known has signed, is told, and does not stand in the way.
   */
  admit(): Promise<void>;
  /**
   * From then on, again and again: what was found, or undefined where this process has to end, because its database was put back
   * under it, or a restore was declared since it began. Then it answers nothing any more.
   */
  inspect(): Promise<AnchorFinding[] | undefined>;
  /** Resolves to why, when this process has to end. */
  readonly closed: Promise<GatehouseError>;
}

export interface AnchorGateDependencies {
  readonly watch: Pick<AnchorWatch, 'look'>;
  readonly restores: Pick<RestoreStore, 'latest' | 'isUnfinished'>;
  /** Nothing is to be answered from the database any more. */
  readonly halt: (reason: GatehouseError) => void;
  readonly onUnreadable: (anchor: string, problem: string) => void;
  /** An anchor keeps what nobody known has signed, and the trail does not hold. */
  readonly onStrange: (anchor: string, problem: string) => void;
}

const DECLARED = new GatehouseError('audit_restore_declared', {
  status: 503,
  message:
    'A restore of the database was declared (gatehouse recover) while this process ran. It ends, because what it remembers may be of ' +
    'the state before: start it again.',
});

const UNFINISHED = new GatehouseError('audit_recovery_unfinished', {
  status: 503,
  message:
    'A recovery from a restore of the database was begun and not finished: some of what was spent or ended since the backup could still ' +
    'be used again. Nothing is served. Run gatehouse recover --reason "…" to its end.',
});

export function createAnchorGate({
  watch,
  restores,
  halt,
  onUnreadable,
  onStrange,
}: AnchorGateDependencies): AnchorGate {
  const { promise: closed, resolve } = Promise.withResolvers<GatehouseError>();
  /** The last restore that was declared when this process began. */
  let began: string | undefined;

  function close(reason: GatehouseError): undefined {
    halt(reason);
    resolve(reason);
  }

  async function findings(): Promise<AnchorFinding[]> {
    const found = await watch.look();
    for (const finding of found) {
      if (finding.state === 'unreadable') onUnreadable(finding.anchor.name, finding.problem);
      if (finding.state === 'strange') onStrange(finding.anchor.name, strangeProblem(finding.kept));
    }
    return found;
  }

  return {
    closed,

    async admit() {
      began = await restores.latest();
      const obstacle = obstacleOf(await findings());
      if (obstacle !== undefined) throw obstacle;
      if (await restores.isUnfinished()) throw UNFINISHED;
    },

    async inspect() {
      if ((await restores.latest()) !== began) return close(DECLARED);
      const found = await findings();
      const obstacle = obstacleOf(found);
      return obstacle === undefined ? found : close(obstacle);
    },
  };
}
