import { type TableRule, told, untold } from './rules.ts';

/** The trail, its proof, and what keeps it. */
export const AUDIT_TABLES: Readonly<Record<string, TableRule>> = {
  audit_events: untold('the trail'),
  audit_personal: untold('the trail'),
  audit_leaves: untold('the proof of the trail'),
  audit_nodes: untold('the proof of the trail'),
  audit_keys: untold('the proof of the trail; a change of key is told by a checkpoint of the old one'),
  audit_checkpoints: untold('the proof of the trail'),
  audit_sealing: untold('the proof of the trail'),
  audit_sinks: untold('how far each sink was given the trail'),
  audit_anchors: untold('how far each anchor was given the checkpoints'),
  audit_restores: untold('how far a restore has come; audit.restored tells of its end'),
  audit_held_erasures: untold('what is erased once a hold is lifted; the deletion and the hold are told'),
  audit_holds: {
    made: told('audit.hold_placed'),
    removed: told('audit.hold_lifted'),
    changed: { lifted_at: told('audit.hold_lifted') },
    fixed: 'id account reason placed_at',
  },
  audit_archives: {
    made: told('audit.archived'),
    removed: told('audit.archive_dropped'),
    changed: {
      dropped_at: told('audit.archive_dropped'),
      'file sha256 archived_at from_at to_at first last events': told('audit.archived'),
    },
    fixed: 'partition',
  },
};
