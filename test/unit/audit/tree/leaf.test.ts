import { expect } from 'chai';
import {
  LEAF_MEMBERS,
  type LeafRow,
  leafBytes,
  leafDetails,
  leafOf,
  leafText,
} from '../../../../src/domain/audit/tree/leaf.ts';

const ROW: LeafRow = {
  id: '01934f2e-0000-7000-8000-000000000001',
  at: '2027-01-02T03:04:05.678901Z',
  told_at: null,
  type: 'session.ended',
  version: 1,
  outcome: 'success',
  actor_kind: 'person',
  actor: 'a1',
  account: 'a1',
  client: null,
  session: 's1',
  factor: null,
  ip: '192.0.2.1',
  user_agent: 'Zoë',
  request_id: null,
  command: null,
  operator: null,
  reason: null,
  details: { reason: 'idle', after: { b: 2, a: ['€', true] } },
  mac: 'valid',
};

describe('bytes of a leaf', () => {
  it('are canonical JSON of what the row has, in one order whatever order it had', () => {
    const text =
      '{"account":"a1","actor":"a1","actor_kind":"person","at":"2027-01-02T03:04:05.678901Z",' +
      '"details":{"after":{"a":["€",true],"b":2},"reason":"idle"},"id":"01934f2e-0000-7000-8000-000000000001",' +
      '"ip":"192.0.2.1","mac":"valid","outcome":"success","session":"s1","type":"session.ended","user_agent":"Zoë",' +
      '"v":1,"version":1}';
    expect(leafText(leafOf(ROW))).to.equal(text);
    expect(Buffer.from(leafBytes(leafOf(ROW))).toString('utf8')).to.equal(text);
    expect(
      leafText(leafOf(Object.fromEntries(Object.entries(ROW).reverse()) as unknown as LeafRow)),
    ).to.equal(text);
  });

  it('have every member of the row, and nothing else of it', () => {
    const all = Object.fromEntries(LEAF_MEMBERS.map((member) => [member, 'x'])) as unknown as LeafRow;
    expect(Object.keys(leafOf({ ...all, more: 1 } as LeafRow)).sort()).to.deep.equal(
      [...LEAF_MEMBERS, 'v'].sort(),
    );
  });

  it('are made of what only somebody with the database could have written, too', () => {
    const details = JSON.parse('{"a":[1e400,{"b":-1e400}],"c":12345678901234567890}');
    expect(leafText(leafOf({ ...ROW, details }))).to.include(
      '"details":{"a":["Infinity",{"b":"-Infinity"}],"c":12345678901234567000}',
    );
  });

  it('are made of details of any shape and depth, so that no row stands in the way of those behind it', () => {
    const detailsOf = (text: string) => leafOf({ ...ROW, details: JSON.parse(text) }).details;
    for (const text of ['null', '[]', '"x"', '1', 'true'])
      expect(detailsOf(text), text).to.deep.equal({ value: JSON.parse(text) });
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const leaf = leafOf({ ...ROW, details: JSON.parse(`${open.repeat(6_000)}1${close.repeat(6_000)}`) });
      expect(leafText(leaf)).to.include('(nested too deep)');
      expect(leafDetails(leaf.details)).to.deep.equal(leaf.details);
    }
  });
});
