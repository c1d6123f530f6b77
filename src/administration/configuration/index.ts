import { apply } from './applying.ts';
import { showDrift } from './drift.ts';
import { exportConfiguration } from './exporting.ts';
import { plan } from './planning.ts';

/** What can be done with configuration that is declared in documents. */
export const config = { export: exportConfiguration, plan, apply, showDrift };
