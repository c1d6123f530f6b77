import { lookup } from 'node:dns';
import { createFileAnchor } from '../domain/audit/anchors/file-target.ts';
import { type AnchorGate, createAnchorGate } from '../domain/audit/anchors/gate.ts';
import { createHttpsAnchor } from '../domain/audit/anchors/https-target.ts';
import { createS3Anchor } from '../domain/audit/anchors/s3-target.ts';
import type { Anchor } from '../domain/audit/anchors/target.ts';
import { type AnchorWatch, createAnchorWatch } from '../domain/audit/anchors/watch.ts';
import { originOf } from '../domain/audit/tree/checkpoint.ts';
import { reachableAddresses } from '../domain/logout-deliveries/addresses.ts';
import { guardLookup } from '../domain/logout-deliveries/post.ts';
import type { AnchorTarget } from '../kernel/anchor-target.ts';
import type { Foundation } from './foundation.ts';
import type { Stores } from './stores.ts';

/** The comparison of the audit trail with its anchors, and whether this process may serve by it. */
export interface Anchored {
  readonly watch: AnchorWatch;
  readonly gate: AnchorGate;
}

/** For each exchange with a target: the next round comes soon. */
const TIMEOUT_SECONDS = 5;
/** The operator names targets, so networks inside are as good as any; what nobody can open stays closed. */
const ANYWHERE = ['0.0.0.0/0', '::/0'];

export function openAnchors({ config, database, clock, log }: Foundation, { audit }: Stores): Anchored {
  const { targets, token } = config.auditAnchors;
  const mayReach = config.outbound.allowLoopback ? () => true : reachableAddresses(ANYWHERE);
  const https = {
    timeoutSeconds: TIMEOUT_SECONDS,
    mayReach,
    lookup: guardLookup(lookup, mayReach),
    token: () => token?.value,
  };
  const open = (target: AnchorTarget, label: string): Anchor => {
    switch (target.kind) {
      case 'file':
        return createFileAnchor(target, label);
      case 'https':
        return createHttpsAnchor(target, label, https);
      case 's3':
        return createS3Anchor(target, label, { timeoutSeconds: TIMEOUT_SECONDS, now: () => clock.now() });
    }
  };
  const watch = createAnchorWatch({
    anchors: targets.map((target, index) => open(target, labelOf(target, targets.slice(0, index)))),
    trail: audit.trail,
    restores: audit.restores,
    origin: originOf(config.server.issuer),
  });
  const gate = createAnchorGate({
    watch,
    restores: audit.restores,
    halt: database.halt,
    onUnreadable: (anchor, problem) =>
      log.warn({ anchor, problem }, 'AUDIT_ANCHORS: an anchor of the audit trail could not be compared'),
    onStrange: (anchor, problem) =>
      log.error(
        { anchor, problem },
        'AUDIT_ANCHORS: an anchor of the audit trail keeps what nobody known has signed',
      ),
  });
  return { watch, gate };
}

/** `https`, then `https_2`, …: a metric must not name an address. */
function labelOf({ kind }: AnchorTarget, before: readonly AnchorTarget[]): string {
  const earlier = before.filter((target) => target.kind === kind).length;
  return earlier === 0 ? kind : `${kind}_${earlier + 1}`;
}
