import { expect } from 'chai';
import {
  isLostChange,
  lostEventOf,
  touchesRecoveryCodes,
} from '../../../../src/domain/audit/anchors/lost-events.ts';
import { ecsLine } from '../../../../src/domain/audit/sinks/ecs.ts';

const ID = '01930000-0000-7000-8000-000000000001';
const AT = '2026-12-01T10:00:00.000000Z';
const EVENT = {
  id: ID,
  index: 41,
  at: AT,
  type: 'factor.removed',
  outcome: 'success',
  account: 'pat',
  client: undefined,
  actor: 'robin',
  details: { kind: 'recovery_codes' },
};
const LEAF = {
  ...{ v: 1, id: ID, at: AT, type: EVENT.type, outcome: 'success', actor_kind: 'command', operator: 'robin' },
  ...{ account: 'pat', details: EVENT.details },
};

describe('lost events', () => {
  it('are read from the lines of a bundle', () => {
    expect(lostEventOf(JSON.stringify({ index: 41, leaf: LEAF }))).to.deep.equal(EVENT);
  });

  it('are read from the lines that a sink has written', () => {
    const row = {
      ...{ id: ID, at: AT, micros: '1', told_at: null, xid: '7', type: EVENT.type, version: 1 },
      ...{ outcome: 'success' as const, actor_kind: 'command', actor: null, account: 'pat', client: null },
      ...{ session: null, factor: null, ip: null, user_agent: null, request_id: null },
      ...{
        command: 'gatehouse users reset-factors',
        operator: 'robin',
        reason: null,
        details: EVENT.details,
      },
    };
    const { json } = ecsLine(
      { index: 41, hash: 'ab', mac: 'valid', id: ID, leafAt: AT, row },
      { host: 'id.example.org', organization: 'Example Hospital' },
    );
    expect(lostEventOf(json)).to.deep.equal(EVENT);
  });

  it('are no other lines, nor what an id is not in', () => {
    for (const line of ['', '{', '[]', 'null', '{"index":1,"leaf":null}'])
      expect(lostEventOf(line), line).to.equal(undefined);
    expect(lostEventOf(JSON.stringify({ index: 1, leaf: { ...LEAF, id: "' or 1=1" } }))).to.equal(undefined);
  });

  it('matter where they changed something for good', () => {
    expect(isLostChange({ type: 'account.disabled', outcome: 'success' })).to.equal(true);
    expect(isLostChange({ type: 'account.disabled', outcome: 'failure' })).to.equal(false);
    expect(isLostChange({ type: 'token.issued', outcome: 'success' })).to.equal(false);
    expect(touchesRecoveryCodes({ type: 'factor.removed', details: { kind: 'totp' } })).to.equal(false);
    expect(touchesRecoveryCodes({ type: 'recovery_code.used', details: {} })).to.equal(true);
    expect(touchesRecoveryCodes(EVENT)).to.equal(true);
  });
});
