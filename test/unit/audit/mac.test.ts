import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { stampDetails } from '../../../src/domain/audit/details.ts';
import {
  canonicalJson,
  createAuditMac,
  MAC_DOMAIN,
  MAC_FIELDS,
  type MacFields,
  macMessage,
} from '../../../src/domain/audit/mac.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openTestDatabase } from '../../support/audit-database.ts';
import { TEST_MAC } from '../../support/audit-stamp.ts';

const ID = '01912345-6789-7000-8000-000000000000';
const nothing = Object.fromEntries(MAC_FIELDS.map((field) => [field, null])) as unknown as MacFields;

/** Text that PostgreSQL takes: any but NUL and lone surrogates; astral characters and nothing at all among it. */
const text = fc.oneof(
  fc
    .string({ unit: 'binary', maxLength: 40 })
    .filter((value) => !value.includes('\0') && value.isWellFormed()),
  fc.constantFrom('', '𝔘😀', 'é', 'e\u0301', '\u{10ffff}', '\\x00', "'\\\n\t", 'null'),
);
const fields = fc
  .record(Object.fromEntries(MAC_FIELDS.map((field) => [field, fc.option(text)])))
  .map((record) => ({ ...record, id: ID }) as unknown as MacFields);

describe('the MAC of an event', () => {
  let database: Database;
  let close: () => Promise<void>;

  before(async () => {
    ({ database, close } = await openTestDatabase());
  });
  after(() => close());

  async function inSql(given: MacFields): Promise<Buffer> {
    const { ipad, opad } = TEST_MAC.pads(given.id);
    const list = [MAC_DOMAIN, ...MAC_FIELDS.map((field) => given[field])];
    const [row] = await database.query<{ mac: Buffer }>(
      'select audit_row_mac($1::bytea, $2::bytea, $3::text[]) as mac',
      [`\\x${ipad}`, `\\x${opad}`, list],
    );
    return row?.mac as Buffer;
  }

  it('is HMAC-SHA-256 with a key of its own, over fields with their lengths', () => {
    const key = Buffer.alloc(32, 7);
    const given = { ...nothing, id: ID, type: 'é', details: '{}' };
    const rowKey = createHmac('sha256', key).update('gatehouse audit row key 101912345-6789-7000').digest();
    const part = (value: string | null) => {
      if (value === null) return Buffer.from('ffffffff', 'hex');
      const length = Buffer.alloc(4);
      length.writeInt32BE(Buffer.byteLength(value));
      return Buffer.concat([length, Buffer.from(value)]);
    };
    const parts = ['gatehouse audit row 1', ID, null, 'é', ...Array.from({ length: 14 }, () => null), '{}'];
    const message = Buffer.concat(parts.map(part));
    expect(macMessage(given).equals(message)).to.equal(true);
    expect(createAuditMac(key).of(given)).to.equal(
      createHmac('sha256', rowKey).update(message).digest('hex'),
    );
  });

  it('is the same in SQL, whatever the columns hold', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (given) => {
        expect((await inSql(given)).toString('hex')).to.equal(TEST_MAC.of(given));
      }),
      { numRuns: 300 },
    );
  });

  it('is another one where any field changes, moves to its neighbour, or is empty and not missing', () => {
    const given = {
      ...Object.fromEntries(MAC_FIELDS.map((field) => [field, `of ${field}`])),
      id: ID,
    } as MacFields;
    const macs = new Set([TEST_MAC.of(given)]);
    let changes = 0;
    for (const [index, field] of MAC_FIELDS.entries()) {
      const next = MAC_FIELDS[index + 1];
      const changed = [
        { ...given, [field]: `${given[field]}.` },
        { ...given, [field]: '' },
        ...(field === 'id' ? [] : [{ ...given, [field]: null }]),
        ...(next === undefined ? [] : [{ ...given, [field]: given[next], [next]: given[field] }]),
      ];
      for (const each of changed) macs.add(TEST_MAC.of(each as MacFields));
      changes += changed.length;
    }
    expect(macs.size).to.equal(changes + 1);
  });

  it('verifies with its key alone', () => {
    const mac = Buffer.from(TEST_MAC.of({ ...nothing, id: ID }), 'hex');
    expect(TEST_MAC.verify({ ...nothing, id: ID }, mac)).to.equal(true);
    expect(createAuditMac(Buffer.alloc(32, 8)).verify({ ...nothing, id: ID }, mac)).to.equal(false);
    expect(TEST_MAC.verify({ ...nothing, id: ID }, mac.subarray(1))).to.equal(false);
    expect(() => createAuditMac(Buffer.alloc(31))).to.throw('expected 32');
  });

  it('covers details as RFC 8785 writes them: jsonb keeps neither order nor spaces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          text,
          fc.oneof(text, fc.boolean(), fc.maxSafeInteger(), fc.array(text), fc.dictionary(text, text)),
        ),
        async (details) => {
          const { text: canonical } = stampDetails(details, systemRandomness);
          expect(canonical).to.equal(canonicalJson(details));
          const [row] = await database.query<{ details: unknown }>('select $1::text::jsonb as details', [
            canonical,
          ]);
          expect(canonicalJson(row?.details)).to.equal(canonical);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('covers names that cannot be stored in the order in which they are stored', () => {
    const { text: stamped } = stampDetails({ 'a\0': 1, 'a\uE000': 2, '10': 3, '9': 4 }, systemRandomness);
    expect(stamped).to.equal(canonicalJson(JSON.parse(stamped)));
    expect(stamped).to.equal('{"10":3,"9":4,"a\uE000":2,"a\uFFFD":1}');
  });
});
