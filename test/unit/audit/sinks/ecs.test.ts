import { expect } from 'chai';
import { DECIDED_TYPES } from '../../../../src/domain/audit/activity.ts';
import type { TrailRow } from '../../../../src/domain/audit/reading/event.ts';
import { ecsLine, type SealedEvent } from '../../../../src/domain/audit/sinks/ecs.ts';
import { classOf, ruleFor } from '../../../../src/domain/audit/sinks/ecs-classes.ts';

const SENDER = { host: 'id.example.org:8443', organization: 'Example Hospital' };

const ROW: TrailRow = {
  ...{
    id: 'e1',
    at: '2026-11-30T02:15:09.123456Z',
    micros: '1',
    told_at: null,
    xid: '7',
    type: 'sign_in.failed',
  },
  ...{
    version: 1,
    outcome: 'failure',
    actor_kind: null,
    actor: null,
    account: 'pat',
    client: 'board',
    session: null,
  },
  ...{
    factor: 'pwd',
    ip: '10.0.0.7',
    user_agent: 'Browser/1',
    request_id: 'r1',
    command: null,
    operator: null,
  },
  ...{ reason: null, details: { reason: 'locked' } },
};

const sealed = (row: Partial<TrailRow> | null): SealedEvent => ({
  ...{ index: 41, hash: 'ab', mac: 'valid', id: 'e1', leafAt: ROW.at },
  row: row === null ? null : { ...ROW, ...row },
});
const told = (row: Partial<TrailRow> | null) => JSON.parse(ecsLine(sealed(row), SENDER).json);

/** https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category: expected types of each category. */
const EXPECTED: Record<string, string[]> = {
  authentication: ['start', 'end', 'info'],
  session: ['start', 'end', 'info'],
  iam: ['admin', 'change', 'creation', 'deletion', 'group', 'info', 'user'],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  intrusion_detection: ['allowed', 'denied', 'info'],
  email: ['info'],
  api: [
    'access',
    'admin',
    'allowed',
    'change',
    'creation',
    'deletion',
    'denied',
    'end',
    'info',
    'start',
    'user',
  ],
};

describe('an event for a SIEM', () => {
  it('has the names of the Elastic Common Schema, and our own under gatehouse', () => {
    expect(told({})).to.deep.equal({
      '@timestamp': '2026-11-30T02:15:09.123456Z',
      message: 'sign_in.failed: failure',
      ecs: { version: '8.17.0' },
      service: { name: 'gatehouse', type: 'gatehouse', address: 'id.example.org:8443' },
      organization: { name: 'Example Hospital' },
      event: {
        ...{
          module: 'gatehouse',
          dataset: 'gatehouse.audit',
          provider: 'gatehouse',
          id: 'e1',
          kind: 'event',
        },
        ...{ action: 'sign_in.failed', category: ['authentication'], type: ['start'], outcome: 'failure' },
        ...{ reason: 'locked', sequence: 41 },
      },
      user: { id: 'pat' },
      source: { ip: '10.0.0.7', address: '10.0.0.7' },
      user_agent: { original: 'Browser/1' },
      http: { request: { id: 'r1' } },
      related: { ip: ['10.0.0.7'], user: ['pat'] },
      gatehouse: {
        leaf: { index: 41, hash: 'ab', proof: 'sealed', origin: 'id.example.org:8443/audit' },
        ...{ version: 1, account: 'pat', client: 'board', factor: 'pwd', details: { reason: 'locked' } },
      },
    });
  });

  it('says who acted as user, and whom it is about as the target', () => {
    const user = (row: Partial<TrailRow>) => told(row).user;
    expect(user({ actor_kind: 'person', actor: 'pat' })).to.deep.equal({ id: 'pat' });
    expect(user({ actor_kind: 'person', actor: 'ada' })).to.deep.equal({ id: 'ada', target: { id: 'pat' } });
    expect(user({ actor_kind: 'command', operator: 'robin' })).to.deep.equal({
      name: 'robin',
      target: { id: 'pat' },
    });
    expect(user({ actor_kind: 'system', account: null })).to.equal(undefined);
    const line = told({ actor_kind: 'client', actor: 'robot', reason: 'ticket 7', details: {} });
    expect(line.gatehouse.actor).to.deep.equal({ kind: 'client', id: 'robot' });
    expect(line.event.reason).to.equal('ticket 7');
  });

  it('is one line of ASCII, whatever somebody has written', () => {
    const evil = '\n<104>1 forged\u0000\u2028\u202e서울👩';
    const { json } = ecsLine(sealed({ user_agent: evil, details: { [evil]: evil } }), SENDER);
    expect(json).to.match(/^[ -~]*$/u);
    expect(JSON.parse(json).user_agent.original).to.equal(evil);
  });

  it('tells of an event that is sealed and not there any more', () => {
    const { event, gatehouse } = told(null);
    expect(event).to.include({ id: 'e1', kind: 'alert', outcome: 'unknown', sequence: 41 });
    expect(gatehouse).to.deep.include({ missing: true });
  });

  for (const type of DECIDED_TYPES) {
    it(`has a category, and types that it allows, for ${type}`, () => {
      expect(ruleFor(type), 'a rule of its own').not.to.equal(undefined);
      for (const outcome of ['success', 'failure'] as const) {
        const found = classOf(type, outcome);
        const allowed = found.category.flatMap((category) => EXPECTED[category] ?? []);
        expect(allowed).to.include.members([...found.type]);
      }
    });
  }

  it('is made of what only somebody with the database could have written, too: no row stops a sink', () => {
    for (const details of [null, [], 'x', 1, { reason: { a: null } }])
      expect(told({ details, actor: 'command' }).gatehouse.details, JSON.stringify(details)).to.be.an(
        'object',
      );
    for (const at of [null, '20000-01-01T00:00:00.000000Z', '-0044-01-01T00:00:00.000000Z'])
      expect(told({ at })['@timestamp']).to.equal('1970-01-01T00:00:00.000000Z');
    expect(ecsLine({ ...sealed(null), leafAt: null }, SENDER).at).to.equal('1970-01-01T00:00:00.000000Z');
  });
});
