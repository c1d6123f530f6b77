import { list, show } from './reading.ts';
import { disable, enable } from './standing.ts';

/** What can be done about the people who may sign in. */
export const people = { list, show, disable, enable };
