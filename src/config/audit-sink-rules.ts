import { isThisMachine } from '../kernel/this-machine.ts';
import type { Rule } from './rules.ts';

/** What production refuses of audit sinks. */
export const AUDIT_SINK_RULES: readonly Rule[] = [
  {
    reads: ['AUDIT_SINKS', 'AUDIT_SINKS_ALLOW_PLAIN'],
    check: ({ auditSinks: { targets, allowPlain } }) => {
      const plain = targets.findIndex(
        (target) => target.kind === 'syslog' && target.tls === undefined && !isThisMachine(target.host),
      );
      return plain < 0 || allowPlain
        ? undefined
        : `sink ${plain + 1} is not encrypted on its way to another machine; expected syslog+tls://, or AUDIT_SINKS_ALLOW_PLAIN=true`;
    },
  },
];
