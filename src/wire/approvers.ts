import { type ApproverCheck, createApproverCheck } from '../administration/approvers.ts';
import { ACT_NAMES, ACTS } from '../administration/index.ts';
import { createRightsReader } from '../administration/rights/rights-store.ts';
import { administrativeRoles } from '../administration/rights/roles.ts';
import type { Foundation } from './foundation.ts';

/** Whether there are two people for what waits for a second one. */
export const openApproverCheck = ({
  config: { administration },
  database,
  clock,
}: Pick<Foundation, 'config' | 'database' | 'clock'>): ApproverCheck =>
  createApproverCheck({
    patterns: administration.fourEyes,
    acts: ACTS,
    rights: createRightsReader(database, {
      clock,
      roles: administrativeRoles(administration.roles, ACT_NAMES),
    }),
  });
