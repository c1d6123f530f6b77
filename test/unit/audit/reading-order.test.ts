import { expect } from 'chai';
import pg from 'pg';
import { createAuditReader } from '../../../src/domain/audit/reading/reader-store.ts';
import { openTestDatabase } from '../../support/audit-database.ts';
import { addEvents } from '../../support/given-events.ts';

describe('types of events by their beginning', () => {
  it('are found in any order of text, as in one that passes over punctuation', async () => {
    const { test, database, close } = await openTestDatabase();
    try {
      const owner = new pg.Client({ connectionString: test.ownerUrl });
      await owner.connect();
      for (const text of [
        `create collation words (provider = icu, locale = 'und-u-ka-shifted')`,
        'alter table audit_events alter column type type text collate words',
      ])
        await owner.query(text);
      await owner.end();
      await addEvents(database, [
        { type: 'client.created' },
        { type: 'client.later' },
        { type: 'client_later.created' },
        { type: 'clients.later' },
      ]);
      const { events } = await createAuditReader().page(database, {
        filters: { action: 'client.' },
        limit: 9,
      });
      expect(events.map(({ type }) => type)).to.have.members(['client.created', 'client.later']);
    } finally {
      await close();
    }
  });
});
