import { type TableRule, told, untold } from './rules.ts';

/** Break-glass accounts. */
export const BREAK_GLASS_TABLES: Readonly<Record<string, TableRule>> = {
  break_glass_accounts: {
    about: { account: 'account' },
    made: told('break_glass.created'),
    removed: untold('nothing removes one, and the server may not'),
    changed: {
      'used_at ends_at': told('break_glass.used'),
      'ended_at revoked_at': told('break_glass.ended', 'break_glass.revoked'),
      'reviewed_at reviewed_by': told('break_glass.reviewed'),
      drilled_at: told('break_glass.drilled'),
      reminded_at: told('break_glass.drill_due', 'break_glass.drilled'),
    },
    fixed: 'account username created_at created_by',
  },
};
