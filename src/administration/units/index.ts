import { create, deleteUnit, move, rename } from './changing.ts';
import { list, show } from './reading.ts';

/** What can be done about the units of the organisation: sites and departments, to which people belong and rights are limited. */
export const units = { list, show, create, rename, move, delete: deleteUnit };
