import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { rowProblem } from '../../support/audit-rows.ts';

const SALT = Buffer.alloc(16, 1);
const digestOf = (value: string) => ({
  sha256: createHash('sha256').update(SALT).update(value).digest('base64url'),
});

const ROW = {
  id: '0190',
  type: 'address.change_requested',
  version: 2,
  outcome: 'success',
  actor_kind: 'person',
  details: { before: { email: digestOf('a@example.org') }, after: { email: digestOf('b@example.org') } },
  personal: [{ path: '/before/email', salt: SALT.toString('base64'), value: 'a@example.org' }],
};

describe('the check of audit rows in tests', () => {
  it('finds nothing in a row that is as its schema says', () => {
    expect(rowProblem(ROW)).to.equal(undefined);
    expect(rowProblem({ ...ROW, personal: null })).to.equal(undefined);
  });

  it('finds a type, version, outcome, actor, detail or personal value that there cannot be', () => {
    for (const [wrong, what] of [
      [{ type: 'of.tomorrow' }, /is no event/u],
      [{ version: 1, details: {} }, /has version 1/u],
      [{ version: 3 }, /has version 3/u],
      [{ outcome: 'failure' }, /has the outcome/u],
      [{ actor_kind: 'system' }, /is by system/u],
      [{ actor_kind: null }, /is by nobody/u],
      [{ details: {} }, /before/u],
      [{ details: { ...ROW.details, more: 1 } }, /more/u],
      [{ details: { ...ROW.details, after: { email: 'b@example.org' } } }, /after/u],
      [{ personal: [{ ...ROW.personal[0], value: 'c@example.org' }] }, /is not the digest/u],
      [{ personal: [{ ...ROW.personal[0], path: '/before/name' }] }, /is not the digest/u],
    ] as const)
      expect(rowProblem({ ...ROW, ...(wrong as object) })).to.match(what);
  });
});
