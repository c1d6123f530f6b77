import type { Rule } from './rules.ts';

/** What the settings of anchors must keep together. */
export const ANCHOR_RULES: readonly Rule[] = [
  {
    reads: ['AUDIT_ANCHORS', 'OUTBOUND_ALLOW_LOOPBACK'],
    check: ({ auditAnchors: { targets }, outbound }) => {
      const here = targets.find(({ isHere }) => isHere);
      return here === undefined || outbound.allowLoopback
        ? undefined
        : `${here.name} is on this machine; expected another one (OUTBOUND_ALLOW_LOOPBACK=true is for development)`;
    },
  },
  {
    reads: ['AUDIT_ANCHOR_TOKEN', 'AUDIT_ANCHORS'],
    check: ({ auditAnchors: { targets, token } }) =>
      token === undefined || targets.some(({ kind }) => kind === 'https')
        ? undefined
        : 'is given, and no target of AUDIT_ANCHORS is https; expected both',
  },
];
