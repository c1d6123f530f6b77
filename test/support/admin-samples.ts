import { z } from 'zod';
import type { ClientActor } from '../../src/administration/actor.ts';
import { InvalidInput, ProofNeeded } from '../../src/administration/admission.ts';
import type { TransactionPart } from '../../src/administration/taking-part.ts';
import type { IdempotencyKeys, KeptAnswer, KeyedRequest } from '../../src/domain/idempotency-keys/store.ts';
import { type Claim, UNLIMITED } from '../../src/domain/rate-limits/policy.ts';
import type { ActRouteDependencies } from '../../src/http/api/admin/act-route.ts';
import type { FacedAct } from '../../src/http/api/admin/face.ts';
import { adminRoutes } from '../../src/http/api/admin/index.ts';
import { AccessRefused } from '../../src/http/api/problems.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { shapeFindings, shapeProblems } from '../../src/kernel/shape-words.ts';
import { serveApi } from './api-server.ts';
import { type Answer, answerOf } from './protocol.ts';

/** Acts of a test, behind the same face as the product's: what becomes of requests, with no database behind them. */

interface SampleAct extends FacedAct {
  readonly run: (input: Record<string, unknown>) => unknown;
}

const base = { readOnly: true, atomic: true, dangerous: false, scope: 'people:read' } as const;
const change = { ...base, readOnly: false, scope: 'people:write' } as const;
const onSheep = z.strictObject({ sheep: z.string().regex(/^s\d$/u) });

export const SAMPLE_ACTS: readonly SampleAct[] = [
  {
    ...base,
    name: 'sheep.list',
    summary: 'Lists sheep.',
    http: { method: 'GET', path: '/sheep' },
    input: z.strictObject({
      text: z.string().optional(),
      shorn: z.boolean().optional(),
      reason: z.string().optional(),
      colours: z.array(z.enum(['black', 'white'])).default([]),
      limit: z.int().min(1).max(200).default(50),
      cursor: z.string().optional(),
    }),
    result: z.object({
      items: z.array(z.object({ id: z.string(), bornAt: z.date() })),
      next: z.string().nullable(),
    }),
    run: () => ({ items: [{ id: 's1', bornAt: new Date(0) }], next: null }),
  },
  {
    ...base,
    name: 'sheep.show',
    http: { method: 'GET', path: '/sheep/{sheep}' },
    input: onSheep,
    result: z.object({ id: z.string(), version: z.int() }),
    run: ({ sheep }) => {
      if (sheep === 's9')
        throw new GatehouseError('sheep_unknown', { status: 404, message: 'No such sheep.' });
      return { id: sheep, version: 3 };
    },
  },
  {
    ...change,
    name: 'sheep.create',
    http: { method: 'POST', path: '/sheep', status: 201 },
    input: z.strictObject({ name: z.string().min(1), tags: z.array(z.string()).default([]) }),
    result: z.object({ id: z.string(), bell: z.string().meta({ secret: true }) }),
    run: () => ({ id: 's1', bell: 'ding' }),
  },
  {
    ...change,
    name: 'sheep.update',
    http: { method: 'PATCH', path: '/sheep/{sheep}' },
    input: onSheep.extend({ name: z.string(), expects: z.int().optional() }),
    result: z.object({ id: z.string(), version: z.int() }),
    run: ({ sheep, expects }) => {
      if (expects !== undefined && expects !== 3)
        throw new GatehouseError('precondition_failed', { status: 412, message: 'Changed.' });
      return { id: sheep, version: 4 };
    },
  },
  {
    ...change,
    name: 'sheep.replace',
    http: { method: 'PUT', path: '/sheep/{sheep}' },
    input: onSheep.extend({ name: z.string(), expects: z.int() }),
    result: z.object({ id: z.string(), version: z.int() }),
    run: ({ sheep, expects }) => ({ id: sheep, version: Number(expects) + 1 }),
  },
  {
    ...change,
    name: 'sheep.delete',
    dangerous: true,
    http: { method: 'DELETE', path: '/sheep/{sheep}' },
    input: onSheep.extend({ quietly: z.boolean().default(false) }),
    result: z.object({ id: z.string() }),
    run: ({ sheep }) => ({ id: sheep }),
  },
  {
    ...change,
    name: 'sheep.shear_all',
    atomic: false,
    http: { method: 'POST', path: '/sheep/shear-all' },
    input: z.strictObject({}),
    result: z.object({ shorn: z.int() }),
    run: () => ({ shorn: 7 }),
  },
  {
    ...change,
    name: 'sheep.prove',
    http: { method: 'POST', path: '/sheep/{sheep}/prove' },
    input: onSheep,
    result: z.object({}),
    run: () => {
      throw new ProofNeeded('Prove more.', 300);
    },
  },
  {
    ...change,
    name: 'sheep.break',
    http: { method: 'POST', path: '/sheep/break' },
    input: z.strictObject({}),
    result: z.object({}),
    run: () => {
      throw new Error('of the inside');
    },
  },
];

/** What was asked of acts: their name, the input and the reason. */
export interface SampleCall {
  readonly act: string;
  readonly input: unknown;
  readonly reason: string | undefined;
}

/** Keys in memory: what happens in transactions, `test/unit/idempotency-keys` is about. */
function memoryKeys(): Pick<IdempotencyKeys, 'begin' | 'keep' | 'find'> {
  const kept = new Map<string, KeptAnswer & { content: string }>();
  const nameOf = ({ actor, act, key }: KeyedRequest) => JSON.stringify([actor, act, key]);
  async function find(request: KeyedRequest): Promise<KeptAnswer | undefined> {
    const found = kept.get(nameOf(request));
    if (found !== undefined && found.content !== request.content)
      throw new GatehouseError('idempotency_key_reused', { status: 422, message: 'Used.' });
    return found && { status: found.status, body: found.body };
  }
  return {
    find,
    begin: (_tx, request) => find(request),
    keep: async (_tx, request, answer) => {
      kept.set(nameOf(request), { ...answer, content: request.content });
    },
  };
}

const TOKENS: Readonly<Record<string, readonly string[]>> = {
  all: ['people:read', 'people:write'],
  reads: ['people:read'],
};

/** `exhausted`: names of budgets that are spent. */
export async function serveSamples(exhausted: readonly string[] = []) {
  const calls: SampleCall[] = [];
  const taken: Claim[] = [];
  const limit = (name: string) => ({ name, points: 0, seconds: 60 });
  const deps: ActRouteDependencies = {
    issuer: 'https://id.example',
    limits: {
      adminPerCaller: limit('administration'),
      adminFailuresPerAddress: limit('administration-failures'),
    },
    idempotencyKeys: memoryKeys(),
    adminAccess: (scope) => ({
      kind: 'bearer',
      scope,
      refusal: (_ctx, error) =>
        error instanceof ProofNeeded
          ? new AccessRefused(error.code, { ...error, message: error.safeMessage, challenge: 'prove more' })
          : undefined,
      async authenticate(ctx) {
        const [, token = ''] = ctx.get('Authorization').split(' ');
        const scopes = TOKENS[token];
        const options = { message: 'Refused.', challenge: 'Bearer realm="x"' };
        if (scopes === undefined) throw new AccessRefused('invalid_token', { ...options, status: 401 });
        return { actor: { kind: 'client', clientId: token, scopes, origin: {} } satisfies ClientActor };
      },
      admit(_ctx, { actor }) {
        const options = { message: 'Refused.', challenge: 'Bearer realm="x"' };
        if (!actor.scopes.includes(scope))
          throw new AccessRefused('insufficient_scope', { ...options, status: 403 });
      },
    }),
    async perform(act, actor, input, part?: TransactionPart) {
      const { run, result } = act as SampleAct;
      const parsed = act.input.safeParse(input);
      if (!parsed.success) {
        const { issues } = parsed.error;
        throw new InvalidInput(shapeProblems(issues, { input }), shapeFindings(issues, { input }));
      }
      const tx = undefined as never;
      await part?.before(tx);
      const reason = 'reason' in actor ? actor.reason : undefined;
      calls.push({ act: act.name, input: parsed.data, reason });
      const answer = result.parse(await run(parsed.data as Record<string, unknown>));
      await part?.after(tx, answer);
      return answer;
    },
  };
  const routes = adminRoutes({ ...deps, acts: SAMPLE_ACTS, version: '1.2.3' });
  const served = await serveApi(routes, {
    rateLimits: {
      take: async (claims) => {
        taken.push(...claims);
        const refusing = claims.find(({ limit: { name } }) => exhausted.includes(name));
        if (refusing === undefined) return UNLIMITED;
        const refusedBy = { limit: refusing.limit, remaining: 0, resetSeconds: 7 };
        return { allowed: false, standings: [refusedBy], refusedBy, first: false };
      },
    },
  });
  const BASE = `${served.url}/api/admin/v1`;

  async function ask(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    return answerOf(
      await fetch(`${BASE}${path}`, {
        method,
        headers: { authorization: 'Bearer all', ...json, ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  }
  return { served, ask, calls, taken, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
}
