import { join } from 'node:path';

/** Where the server finds what it ships with. */

const ROOT = join(import.meta.dirname, '..', '..');

export const MIGRATIONS_PATH = join(ROOT, 'migrations');
export const VIEWS_PATH = join(ROOT, 'views');
export const MAIL_VIEWS_PATH = join(VIEWS_PATH, 'mail');
export const ASSETS_PATH = join(VIEWS_PATH, 'assets');
export const BUNDLED_BLOCKLIST = join(ROOT, 'config', 'password-blocklist.bin');
