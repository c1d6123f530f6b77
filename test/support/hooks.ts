import { stopTestPostgres } from './postgres.ts';

/** Root hooks of every mocha run: whatever the tests share is ended with it. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    await stopTestPostgres();
  },
};
