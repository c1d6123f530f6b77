import { setAddress } from './address.ts';
import { create } from './creation.ts';
import { deletePerson } from './deletion.ts';
import { diagnosePerson } from './diagnosis/index.ts';
import { exportPerson } from './exporting.ts';
import { importPeople } from './import.ts';
import { mergePeople } from './merging.ts';
import { list, show } from './reading.ts';
import { setRoles } from './set-roles.ts';
import { setUnit } from './set-unit.ts';
import { disable, enable } from './status.ts';
import { unlock } from './unlocking.ts';
import { updatePerson } from './updating.ts';

/** What can be done about the people who may sign in. */
export const people = {
  list,
  show,
  create,
  import: importPeople,
  disable,
  enable,
  unlock,
  setAddress,
  setRoles,
  setUnit,
  delete: deletePerson,
  diagnose: diagnosePerson,
  update: updatePerson,
  export: exportPerson,
  merge: mergePeople,
};
