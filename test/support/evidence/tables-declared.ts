import { type TableRule, told, untold } from './rules.ts';

const MADE = [
  'config.apply_started',
  'client.created',
  'group.created',
  'resource.created',
  'unit.created',
] as const;

/** Configuration that is declared in documents. */
export const DECLARED_TABLES: Readonly<Record<string, TableRule>> = {
  declared_documents: {
    made: told('config.apply_started'),
    removed: untold('no document is ever removed'),
    changed: {
      'plan steps begun_at': told('config.apply_started'),
      is_done: told('config.apply_started', 'config.applied'),
      'document applied_at': told('config.applied'),
      waits: untold('names a request for a second person, which is told'),
      checked_at: untold('says when it was compared; a difference is told'),
      'finding drifted': told('config.drifted'),
    },
    fixed: 'owner',
  },
  declared_objects: {
    made: told(...MADE),
    removed: told(
      ...MADE,
      'config.applied',
      'client.deleted',
      'group.deleted',
      'resource.deleted',
      'unit.deleted',
    ),
    changed: {
      'owner key declared_at': told(...MADE),
      secret: untold('says where a secret was taken from; that the client has another one is told'),
    },
    fixed: 'kind object',
  },
};
