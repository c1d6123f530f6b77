import { setAddress } from './address.ts';
import { bulkCancel, bulkPreview, bulkRows, bulkShow, bulkStart } from './bulk.ts';
import { create } from './creation.ts';
import { deletePerson } from './deletion.ts';
import { diagnosePerson } from './diagnosis/index.ts';
import { exportPerson } from './exporting.ts';
import { importPeople } from './import.ts';
import { importPreview } from './import-preview.ts';
import { list } from './listing.ts';
import { mergePeople } from './merging.ts';
import { listByAddress, show } from './reading.ts';
import { setRoles } from './set-roles.ts';
import { setUnit } from './set-unit.ts';
import { disable, enable } from './status.ts';
import { unlock } from './unlocking.ts';
import { updatePerson } from './updating.ts';

/** What can be done about the people who may sign in. */
export const people = {
  list,
  listByAddress,
  show,
  create,
  import: importPeople,
  importPreview,
  disable,
  enable,
  unlock,
  setAddress,
  setRoles,
  setUnit,
  bulkPreview,
  bulkStart,
  bulkShow,
  bulkRows,
  bulkCancel,
  delete: deletePerson,
  diagnose: diagnosePerson,
  update: updatePerson,
  export: exportPerson,
  merge: mergePeople,
};
