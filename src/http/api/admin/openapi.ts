import { ADMIN_API } from './act-route.ts';
import { type Face, type FacedAct, facesOf, takenMembers } from './face.ts';
import { OMITTED } from './idempotency.ts';
import type { JsonSchema } from './json-schema.ts';
import { PROBLEM, problemSchema } from './problem-schema.ts';

/** The description of the API (OpenAPI 3.1), made from the definitions of its acts: what it does not say, there is not. */

export interface OpenApiOptions {
  readonly issuer: string;
  readonly version: string;
}

type Json = Record<string, unknown>;

const JSON_TYPE = 'application/json';
const SECURITY = 'oauth2';

/** The document, the same for the same acts. */
export function openApiDocument(acts: readonly FacedAct[], { issuer, version }: OpenApiOptions): Json {
  const operations = acts.flatMap((act) => facesOf(act).map((face) => ({ act, face })));
  const paths = [...Map.groupBy(operations, ({ face }) => face.path)].map(([path, all]) => {
    const methods = all.map(({ act, face }) => [face.method.toLowerCase(), operation(act, face)]);
    return [path, Object.fromEntries(methods)] as const;
  });
  const tags = [...new Set(acts.filter(({ http }) => http).map(({ name }) => tagOf(name)))].sort();
  return {
    openapi: '3.1.1',
    info: { title: 'Gatehouse administration', version, description: DESCRIPTION },
    servers: [{ url: `${issuer}${ADMIN_API}` }],
    tags: tags.map((name) => ({ name })),
    paths: Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { [PROBLEM]: problemSchema() },
      responses: { ...RESPONSES, [WAITS]: waits },
      headers: HEADERS,
      securitySchemes: { [SECURITY]: security(issuer, acts) },
    },
  };
}

const DESCRIPTION =
  'What can be done about people, clients, sessions, keys and the audit trail. A token is for the resource `ISSUER/api/admin`; what ' +
  'it allows is what its scopes and the roles of its person allow together. Lists are read page by page: `next` goes into `cursor`, ' +
  'until it is null.';

const tagOf = (name: string) => name.split('.', 1)[0] ?? name;

function operation(act: FacedAct, face: Face): Json {
  const parameters = parametersOf(face);
  return {
    operationId: face.operation,
    ...(act.summary === undefined ? {} : { summary: act.summary }),
    tags: [tagOf(act.name)],
    security: [{ [SECURITY]: [act.scope] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(face.rest === 'body' ? requestBody(face) : {}),
    responses: responsesOf(face),
  };
}

const KEY: JsonSchema = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' };

function parametersOf(face: Face): Json[] {
  const inPath = face.inPath.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: face.members[name],
  }));
  const inQuery =
    face.rest === 'body'
      ? []
      : restOf(face).map(([name, schema]) => ({
          name,
          in: 'query',
          ...(face.required.has(name) ? { required: true } : {}),
          schema,
        }));
  const headers = [
    ...(face.idempotent ? [{ name: 'Idempotency-Key', in: 'header', schema: KEY }] : []),
    ...(face.expected === undefined
      ? []
      : [
          {
            name: 'If-Match',
            in: 'header',
            ...(face.expectedRequired ? { required: true } : {}),
            schema: { type: 'string' },
          },
        ]),
  ];
  return [...inPath, ...inQuery, ...headers];
}

const restOf = (face: Face): [string, JsonSchema][] => Object.entries(takenMembers(face));

function requestBody(face: Face): Json {
  const properties = Object.fromEntries(restOf(face));
  const required = Object.keys(properties).filter((name) => face.required.has(name));
  if (Object.keys(properties).length === 0) return {};
  const schema = {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
  return { requestBody: { required: required.length > 0, content: { [JSON_TYPE]: { schema } } } };
}

function responsesOf(face: Face): Json {
  const headers = {
    ...(face.hasVersion ? { ETag: header('ETag') } : {}),
    ...(face.idempotent ? { 'Idempotency-Replayed': header('Idempotency-Replayed') } : {}),
  };
  const success = {
    description: face.idempotent && face.hasSecrets ? REPLAY_OMITS : 'Done.',
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    content: contentOf(face),
  };
  return {
    [String(face.status)]: success,
    ...(face.mayWait ? { '202': { $ref: `#/components/responses/${WAITS}` } } : {}),
    ...(face.method === 'GET' && face.hasVersion ? { '304': { description: 'As the reader has it.' } } : {}),
    ...Object.fromEntries(
      Object.keys(RESPONSES).map((status) => [status, { $ref: `#/components/responses/${status}` }]),
    ),
  };
}

const REPLAY_OMITS =
  'Done. Members marked `x-secret` are told once: where a request is repeated with its `Idempotency-Key`, the answer leaves them out ' +
  `and \`${OMITTED}\` names them, as JSON Pointers.`;

const contentOf = (face: Face): Json =>
  face.file === undefined
    ? { [JSON_TYPE]: { schema: answered(face) } }
    : { [face.file.type]: { schema: { type: 'string', contentMediaType: face.file.type } } };

/** A repeated answer says what it leaves out. */
function answered(face: Face): JsonSchema {
  if (!face.idempotent || !face.hasSecrets) return face.answer;
  const omitted = { type: 'array', items: { type: 'string' } };
  return { ...face.answer, properties: { ...face.answer.properties, [OMITTED]: omitted } };
}

const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

const HEADERS: Json = {
  ETag: { description: 'The edition, for `If-Match` and `If-None-Match`.', schema: { type: 'string' } },
  'Idempotency-Replayed': {
    description: 'This was done before, for a request with the same `Idempotency-Key`.',
    schema: { type: 'string', const: 'true' },
  },
  'WWW-Authenticate': {
    description: 'What is wrong with the token, and what it would take (RFC 6750, RFC 9470).',
    schema: { type: 'string' },
  },
  'Retry-After': { description: 'In seconds.', schema: { type: 'string' } },
};

const problem = (description: string, ...headers: string[]): Json => ({
  description,
  ...(headers.length === 0
    ? {}
    : { headers: Object.fromEntries(headers.map((name) => [name, header(name)])) }),
  content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${PROBLEM}` } } },
});

/** The answer of what waits for a second person. */
const WAITS = 'Waits';
const waits: Json = {
  description: 'Nothing was done yet: a second person has to approve the request first.',
  content: {
    [JSON_TYPE]: {
      schema: {
        type: 'object',
        required: ['approval', 'expiresAt'],
        properties: {
          approval: { type: 'string', description: 'Id of the request, for `/approvals/{approval}`.' },
          expiresAt: { type: 'string', format: 'date-time' },
        },
        additionalProperties: false,
      },
    },
  },
};

const RESPONSES: Readonly<Record<string, Json>> = {
  '400': problem('The request is not right; `errors` says where.'),
  '401': problem('The token is not valid, or its person has to prove more.', 'WWW-Authenticate'),
  '403': problem('The token, or the right of its person, does not allow this.', 'WWW-Authenticate'),
  '404': problem('There is no such thing, or the caller may not know that there is.'),
  '429': problem('Too many requests came in a short time.', 'Retry-After'),
  default: problem('Refused. `error` is a stable code that says why.'),
};

function security(issuer: string, acts: readonly FacedAct[]): Json {
  const named = acts.filter(({ http }) => http !== undefined).map(({ scope }) => scope);
  const scopes = Object.fromEntries(
    [...new Set(named)].sort().map((scope) => [scope, `needed for what says so`]),
  );
  return {
    type: 'oauth2',
    description: `Tokens for the resource \`${issuer}/api/admin\`, which live for ten minutes.`,
    flows: {
      clientCredentials: { tokenUrl: `${issuer}/token`, scopes },
      authorizationCode: { authorizationUrl: `${issuer}/authorize`, tokenUrl: `${issuer}/token`, scopes },
    },
  };
}
