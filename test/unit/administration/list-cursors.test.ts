import { expect } from 'chai';
import { z } from 'zod';
import { createCursors, type ListIdentity } from '../../../src/administration/list-cursors.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';

const key = (byte: string) => Buffer.from(byte.repeat(32), 'hex');
const keyring = { current: 'a', keys: new Map([['a', key('11')]]) };
const place = z.strictObject({ at: z.string(), id: z.string() });
const list: ListIdentity = {
  list: 'people.list',
  reader: 'person 1',
  query: { role: 'nurse', order: 'name', limit: 10, cursor: 'x' },
};
const here = { at: '2027-01-31', id: 'person-7' };

describe('cursors', () => {
  const cursors = createCursors({ keyring, random: systemRandomness });
  const read = (cursor: string, by = list, from = cursors) => {
    try {
      return from.read(cursor, place, by);
    } catch (error) {
      const { code, status } = error as { code: string; status: number };
      return `${status} ${code}`;
    }
  };
  const REFUSED = '400 cursor_invalid';

  it('lead back to their place, and tell nothing of it', () => {
    const cursor = cursors.issue(here, list);
    expect(read(cursor)).to.deep.equal(here);
    expect(cursor).to.match(/^[\w.-]+$/u);
    expect(Buffer.from(cursor.split('.').at(-1) ?? '', 'base64url').toString('latin1')).to.not.include(
      'person',
    );
    expect(cursors.issue(here, list)).to.not.equal(cursor);
  });

  it('belong to one list: its address, its filter and order, and who reads it', () => {
    const cursor = cursors.issue(here, list);
    for (const other of [
      { ...list, list: 'clients.list' },
      { ...list, reader: 'person 2' },
      { ...list, query: { ...list.query, role: 'doctor' } },
      { ...list, query: { ...list.query, order: '-name' } },
      { ...list, query: { ...list.query, since: '2027' } },
      { ...list, query: {} },
    ])
      expect(read(cursor, other), JSON.stringify(other)).to.equal(REFUSED);
    // The size of a page may change on the way, and the order in which parameters stand means nothing.
    const same = { ...list, query: { order: 'name', limit: 50, role: 'nurse', since: undefined } };
    expect(read(cursor, same)).to.deep.equal(here);
  });

  it('are good unaltered only', () => {
    const cursor = cursors.issue(here, list);
    for (const [index] of [...cursor].entries()) {
      const altered = `${cursor.slice(0, index)}${cursor[index] === 'A' ? 'B' : 'A'}${cursor.slice(index + 1)}`;
      // The last character holds bits that say nothing.
      if (index < cursor.length - 1) expect(read(altered), String(index)).to.equal(REFUSED);
    }
    for (const text of [
      '',
      'x',
      'v1.a.',
      '..',
      'v1.b.AAAA',
      `${cursor}.x`,
      cursor.slice(0, -4),
      'A'.repeat(100_000),
      `v1.a.${'A'.repeat(2_000)}`,
    ])
      expect(read(text), text.slice(0, 40)).to.equal(REFUSED);
  });

  it('follow the keys as they rotate, and end with theirs', () => {
    const cursor = cursors.issue(here, list);
    const keys = new Map([['b', key('22')], ...keyring.keys]);
    expect(
      read(cursor, list, createCursors({ keyring: { current: 'b', keys }, random: systemRandomness })),
    ).to.deep.equal(here);
    const without = { current: 'b', keys: new Map([['b', key('22')]]) };
    expect(read(cursor, list, createCursors({ keyring: without, random: systemRandomness }))).to.equal(
      REFUSED,
    );
  });

  it('hold what the list is ordered by now, not what an earlier version ordered it by', () => {
    expect(read(cursors.issue({ name: 'x' }, list))).to.equal(REFUSED);
  });
});
