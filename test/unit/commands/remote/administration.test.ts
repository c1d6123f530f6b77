import { expect } from 'chai';
import { z } from 'zod';
import { InvalidInput } from '../../../../src/administration/act.ts';
import { ApprovalNeeded } from '../../../../src/administration/four-eyes.ts';
import type { AnyAct } from '../../../../src/commands/generated/index.ts';
import { createRemoteAdministration } from '../../../../src/commands/remote/administration.ts';
import type { Login } from '../../../../src/commands/remote/logins.ts';
import { generateKey, type PrivateKey, thumbprintOf } from '../../../../src/commands/remote/proofs.ts';
import type { Demand } from '../../../../src/commands/remote/sign-in.ts';
import { exitCodeOf } from '../../../../src/commands/usage.ts';
import type { GatehouseError } from '../../../../src/kernel/errors.ts';
import { actOf } from '../generated/acts.ts';
import { type Answers, athOf, type HostileServer, proofIn, startServer } from './server.ts';

const AT = '2026-11-30T12:00:00.000Z';
const OPERATOR = { kind: 'command', command: 'gatehouse test', user: 'pat' } as const;

const DISABLE = actOf({
  name: 'people.disable',
  http: { method: 'POST', path: '/people/{person}/disable' },
  input: z.strictObject({ person: z.string(), until: z.date().optional(), notify: z.boolean().optional() }),
  result: z.object({ id: z.string(), at: z.date(), parts: z.array(z.object({ at: z.date().nullable() })) }),
});
const DISABLED = { id: 'a-1', at: AT, parts: [{ at: AT }, { at: null }], unknown: 'left out' };
const LIST = actOf({
  name: 'people.list',
  readOnly: true,
  http: { method: 'GET', path: '/people' },
  input: z.strictObject({
    text: z.string().optional(),
    role: z.array(z.string()).optional(),
    limit: z.int(),
  }),
  result: z.object({ items: z.array(z.object({ id: z.string() })), next: z.string().nullable() }),
});

let server: HostileServer;
let key: PrivateKey;

interface Outcome {
  readonly value: unknown;
  readonly error: (GatehouseError & Partial<InvalidInput>) | undefined;
  /** What was asked of the session beside a token. */
  readonly asked: (Demand | 'renewed')[];
}

async function perform(
  act: AnyAct,
  input: object,
  answers: Answers,
  { ask, ...how }: { reason?: string; emergency?: boolean; ask?: () => Promise<string> } = {},
): Promise<Outcome> {
  server = await startServer(answers);
  const { issuer } = server;
  const asked: (Demand | 'renewed')[] = [];
  const loginOf = (accessToken: string): Login =>
    ({ issuer, sub: 'pat', scope: '', accessToken, expiresAt: AT, key }) as Login;
  const session = {
    issuer,
    current: async () => loginOf('at-1'),
    renewed: async () => {
      asked.push('renewed');
      return loginOf('at-2');
    },
    proven: async ({ acrValues, maxAge }: Demand) => {
      asked.push({ acrValues, maxAge });
      return loginOf('at-3');
    },
  };
  const terminal = { warn: () => undefined, ...(ask === undefined ? {} : { ask }) };
  const { perform: remote } = createRemoteAdministration(session, terminal);
  return remote(act, { ...OPERATOR, ...how }, input).then(
    (value) => ({ value, error: undefined, asked }),
    (error) => ({ value: undefined, error, asked }),
  );
}

const problem = (status: number, error: string, more: object = {}, challenge = '') => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'www-authenticate': challenge },
  body: { type: 'about:blank', title: 'x', status, error, detail: `detail of ${error}`, ...more },
});

describe('an act at a server elsewhere', () => {
  before(async () => {
    key = await generateKey();
  });
  afterEach(() => server.close());

  it('is asked for by its path, with the rest and the reason in the body, and proven with a key', async () => {
    const input = { person: 'pat@example.org/x', until: new Date(AT), notify: undefined };
    const { value } = await perform(DISABLE, input, () => ({ body: DISABLED }), { reason: 'left' });
    expect(value).to.deep.equal({ id: 'a-1', at: new Date(AT), parts: [{ at: new Date(AT) }, { at: null }] });
    const [heard] = server.heard;
    expect(heard).to.include({ method: 'POST', path: '/api/admin/v1/people/pat%40example.org%2Fx/disable' });
    expect(JSON.parse(heard?.body ?? '')).to.deep.equal({ until: AT, reason: 'left' });
    expect(heard?.headers.authorization).to.equal('DPoP at-1');
    expect(heard?.headers['idempotency-key']).to.match(/^[\w-]{36}$/);
    expect(await proofIn(heard as never, server.issuer)).to.include({
      fits: true,
      ath: athOf('at-1'),
      thumbprint: await thumbprintOf(key),
    });
  });

  it('has its members in the query where it only reads, and what was typed about people in no address', async () => {
    const page = { body: { items: [], next: null } };
    await perform(LIST, { role: ['a', 'b'], limit: 5 }, () => page, { reason: 'not told' });
    expect(server.heard[0]).to.include({
      method: 'GET',
      path: '/api/admin/v1/people?role=a&role=b&limit=5',
      body: '',
    });
    expect(server.heard[0]?.headers).not.to.have.property('idempotency-key');
    await server.close();
    await perform(LIST, { text: 'Pat', limit: 5 }, () => page);
    expect(server.heard[0]).to.include({ method: 'POST', path: '/api/admin/v1/people/search' });
    expect(JSON.parse(server.heard[0]?.body ?? '')).to.deep.equal({ text: 'Pat', limit: 5 });
  });

  it('may wait for a second person, which is no answer of it and no failure', async () => {
    const body = { approval: 'a-1', expiresAt: AT };
    const { error } = await perform(DISABLE, { person: 'pat' }, () => ({ status: 202, body }));
    expect(error)
      .to.be.instanceOf(ApprovalNeeded)
      .and.to.deep.include({ approval: 'a-1', expiresAt: new Date(AT) });
    expect(exitCodeOf(error)).to.equal(0);
  });

  it('is no emergency: that is for the operator at the server', async () => {
    const { error } = await perform(DISABLE, { person: 'pat' }, () => ({ body: DISABLED }), {
      ...{ reason: 'fire', emergency: true },
    });
    expect([error?.code, exitCodeOf(error)]).to.deep.equal(['emergency_elsewhere', 2]);
    expect(server.heard).to.deep.equal([]);
  });

  it('says in a header which edition it is for', async () => {
    const input = z.strictObject({ unit: z.string(), expects: z.int(), name: z.string() });
    const act = actOf({ name: 'units.update', http: { method: 'PATCH', path: '/units/{unit}' }, input });
    await perform(act, { unit: 'u', expects: 7, name: 'n' }, () => ({ body: {} }));
    expect(server.heard[0]?.headers['if-match']).to.equal('"7"');
    expect(JSON.parse(server.heard[0]?.body ?? '')).to.deep.equal({ name: 'n' });
  });

  for (const person of ['.', '..', '', '\ud800'])
    it(`asks nothing about ${JSON.stringify(person)}, which would be another address`, async () => {
      const { error } = await perform(DISABLE, { person }, () => ({ body: DISABLED }));
      expect(error?.code).to.equal('not_found');
      expect(server.heard).to.deep.equal([]);
    });

  it('keeps what it is about within its place in the path', async () => {
    for (const person of ['../../x', '%2e%2e', 'a?b#c', '\r\nHost: evil', '💊']) {
      await perform(DISABLE, { person }, () => ({ body: DISABLED }));
      const [named, verb] = (server.heard[0]?.path ?? '').split('/').slice(5);
      expect([decodeURIComponent(named ?? ''), verb]).to.deep.equal([person, 'disable']);
      await server.close();
    }
  });

  it('is not asked for where it is the operator’s alone', async () => {
    for (const more of [{ operatorOnly: true }, { http: undefined }]) {
      const { error } = await perform({ ...DISABLE, ...more } as AnyAct, { person: 'x' }, () => ({}));
      expect([error?.code, server.heard]).to.deep.equal(['operator_only', []]);
      await server.close();
    }
  });

  it('is asked for once more, with the same key, where the answer was lost', async () => {
    const { value } = await perform(DISABLE, { person: 'x' }, () =>
      server.heard.length === 1 ? 'hang up' : { body: DISABLED },
    );
    expect(value).to.include({ id: 'a-1' });
    const [first, second] = server.heard;
    expect(first?.headers['idempotency-key']).to.equal(second?.headers['idempotency-key']);
    expect((await proofIn(first as never, server.issuer)).jti).not.to.equal(
      (await proofIn(second as never, server.issuer)).jti,
    );
  });

  it('is not asked for again where that could do it twice, nor a third time', async () => {
    const stepwise = await perform({ ...DISABLE, atomic: false } as AnyAct, { person: 'x' }, () => 'hang up');
    expect([stepwise.error?.code, server.heard.length]).to.deep.equal(['server_unreachable', 1]);
    expect(server.heard[0]?.headers).not.to.have.property('idempotency-key');
    await server.close();
    const lost = await perform(DISABLE, { person: 'x' }, () => 'hang up');
    expect([lost.error?.code, server.heard.length]).to.deep.equal(['server_unreachable', 2]);
  });

  it('says so where a secret went with a lost answer', async () => {
    const act = { ...DISABLE, result: z.object({ id: z.string(), secret: z.string() }) } as AnyAct;
    const { error } = await perform(act, { person: 'x' }, () => ({
      body: { id: 'a-1', omitted: ['/secret'] },
    }));
    expect(error?.code).to.equal('answer_lost');
    await server.close();
    const maybe = {
      ...DISABLE,
      result: z.object({ id: z.string(), secret: z.string().optional() }),
    } as AnyAct;
    const silent = await perform(maybe, { person: 'x' }, () => ({
      body: { id: 'a-1', omitted: ['/secret'] },
    }));
    expect(silent.error?.code).to.equal('answer_lost');
  });

  it('is not taken for done where a second person has to approve it', async () => {
    const act = { ...DISABLE, result: z.object({}) } as AnyAct;
    const { error } = await perform(act, { person: 'x' }, () => problem(202, 'approval_needed'));
    expect(error).to.include({ code: 'approval_needed', safeMessage: 'detail of approval_needed' });
  });

  it('goes on with another token where one is over, once', async () => {
    const over = problem(401, 'invalid_token');
    const once = await perform(DISABLE, { person: 'x' }, ({ headers }) =>
      headers.authorization === 'DPoP at-1' ? over : { body: DISABLED },
    );
    expect([once.value !== undefined, once.asked]).to.deep.equal([true, ['renewed']]);
    await server.close();
    const ever = await perform(DISABLE, { person: 'x' }, () => over);
    expect([ever.error?.code, ever.asked]).to.deep.equal(['invalid_token', ['renewed']]);
    expect(ever.error?.safeMessage).to.contain(`gatehouse login ${server.issuer}`);
  });

  it('goes on once its person has proven more', async () => {
    const challenge =
      'DPoP realm="x", error="insufficient_user_authentication", acr_values="aal2 phr", max_age=300';
    const more = problem(401, 'insufficient_user_authentication', {}, challenge);
    const { value, asked } = await perform(DISABLE, { person: 'x' }, ({ headers }) =>
      headers.authorization === 'DPoP at-3' ? { body: DISABLED } : more,
    );
    expect([value !== undefined, asked]).to.deep.equal([true, [{ acrValues: 'aal2 phr', maxAge: 300 }]]);
    const keys = new Set(server.heard.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).to.equal(1);
  });

  it('asks why where the act needs a reason and somebody is there, and says how otherwise', async () => {
    const answers: Answers = ({ body }) =>
      JSON.parse(body).reason === undefined ? problem(400, 'reason_required') : { body: DISABLED };
    const asked = await perform(DISABLE, { person: 'x' }, answers, { ask: async () => 'because' });
    expect(asked.value).to.include({ id: 'a-1' });
    await server.close();
    const { error } = await perform(DISABLE, { person: 'x' }, answers);
    expect(error).to.include({ code: 'reason_required', safeMessage: 'Say why with --reason.' });
  });

  it('fails as it does here, with the code, the words and the wait', async () => {
    const more = { status: 429, headers: { 'retry-after': '7' }, body: problem(429, 'rate_limited').body };
    const { error } = await perform(DISABLE, { person: 'x' }, () => more);
    expect(error).to.include({
      code: 'rate_limited',
      status: 429,
      retryAfter: 7,
      safeMessage: 'detail of rate_limited',
    });
  });

  it('names what is wrong with its input', async () => {
    const errors = [
      { pointer: '#/roles/0/na~1me%20x', detail: 'is unknown' },
      { parameter: 'limit', detail: 'expected at most 200' },
      { header: 'If-Match', detail: 'cannot be met' },
      { detail: 'is wrong' },
    ];
    const { error } = await perform(DISABLE, { person: 'x' }, () => problem(400, 'invalid_body', { errors }));
    expect(error).to.be.instanceOf(InvalidInput);
    expect(error?.findings).to.deep.equal([
      { path: ['roles', '0', 'na/me x'], words: 'is unknown' },
      { path: ['limit'], words: 'expected at most 200' },
      { path: ['expects'], words: 'cannot be met' },
      { path: [], words: 'is wrong' },
    ]);
    expect(error?.safeMessage).to.contain('roles.0.na/me x: is unknown; ').and.contain('the input: is wrong');
  });

  for (const [what, reply] of [
    ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: DISABLED }],
    ['a page', { body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['a page as an error', { status: 502, body: '<html>' }],
    ['a list', { body: [DISABLED] }],
    ['another type', { body: { ...DISABLED, id: 7 } }],
    ['a day that there is not', { body: { ...DISABLED, at: '2026-99-01T00:00:00Z' } }],
    ['what is not UTF-8', { body: Buffer.from([0x7b, 0xff, 0x7d]) }],
    ['what never ends', { body: Buffer.alloc(9 * 1024 * 1024, 'x') }],
    ['what says that it never ends', { headers: { 'content-length': '99999999' }, body: '' }],
  ] as const) {
    it(`is not taken for done where the server answers with ${what}`, async () => {
      const { error } = await perform(DISABLE, { person: 'x' }, () => reply);
      expect(error?.code).to.be.oneOf(['server_answer_invalid']);
    });
  }

  it('tells nothing that a terminal would obey', async () => {
    const detail = 'no\u001b]52;c;cm0=\u0007\u202e';
    const { error } = await perform(DISABLE, { person: 'x' }, () => problem(409, 'conflict', { detail }));
    expect(error?.safeMessage).to.equal('no\\x1b]52;c;cm0=\\x07\\u202e');
  });
});
