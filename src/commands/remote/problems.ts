import { z } from 'zod';
import { InvalidInput } from '../../administration/act.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { pathText } from '../../kernel/shape-words.ts';
import { safeText } from '../safe-text.ts';
import { type Answer, jsonObject } from './http.ts';

/** From a problem of the API (RFC 9457) to the error that the act throws here, with the same words and the same exit code. */

const problem = z.object({
  error: z.string().max(100),
  detail: z.string(),
  errors: z
    .array(
      z.object({
        detail: z.string(),
        pointer: z.string().optional(),
        parameter: z.string().optional(),
        header: z.string().optional(),
      }),
    )
    .optional(),
});

/** The person has to show once more, or better, who they are (RFC 9470). */
export class StepUpDemanded extends GatehouseError {
  readonly acrValues: string | undefined;
  readonly maxAge: number | undefined;

  constructor(message: string, challenge: string) {
    super('insufficient_user_authentication', { status: 401, message });
    this.acrValues = parameterOf(challenge, 'acr_values');
    const age = parameterOf(challenge, 'max_age');
    this.maxAge = age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) : undefined;
  }
}

/** The token is not, or no longer, taken. */
export class TokenRefused extends GatehouseError {}

/** Nothing of a server's words is taken for more than text. */
const told = (text: string): string => text.split('\n').map(safeText).join('\n').slice(0, 4_000);

export function errorOf(answer: Answer, issuer: string): GatehouseError {
  const { status } = answer;
  const parsed = problem.safeParse(jsonObject(answer));
  if (!parsed.success)
    return new GatehouseError('server_answer_invalid', {
      status: 502,
      message: `${issuer} answers with the status ${status}, and not with what its API tells.`,
    });
  const { error, detail, errors = [] } = parsed.data;
  const message = told(detail);
  const challenge = answer.headers.get('www-authenticate') ?? '';
  if (error === 'insufficient_user_authentication') return new StepUpDemanded(message, challenge);
  if (status === 401)
    return new TokenRefused(error, {
      status,
      message: `${message} Sign in again: gatehouse login ${issuer}`,
    });
  if (status === 400 && errors.length > 0) return inputError(errors);
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return new GatehouseError(error, {
    status,
    message,
    ...(Number.isSafeInteger(seconds) && seconds > 0 ? { retryAfter: seconds } : {}),
  });
}

type Errors = NonNullable<z.output<typeof problem>['errors']>;

function inputError(errors: Errors): InvalidInput {
  const findings = errors.map((each) => ({ path: placeOf(each), words: told(each.detail) }));
  const lines = findings.map(({ path, words }) => `${pathText(path) || 'the input'}: ${words}`);
  return new InvalidInput(lines, findings);
}

/** `#/scopes/0/name` (RFC 6901, section 6), or the name of a parameter. */
function placeOf({ pointer, parameter, header }: Errors[number]): PropertyKey[] {
  if (parameter !== undefined) return parameter.split('.');
  if (header?.toLowerCase() === 'if-match') return ['expects'];
  if (pointer === undefined) return [];
  const tokens = pointer
    .replace(/^#?\/?/, '')
    .split('/')
    .filter((token) => token !== '');
  return tokens.map((token) => decoded(token).replaceAll('~1', '/').replaceAll('~0', '~'));
}

const decoded = (token: string): string => {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
};

/** A parameter of a challenge: a quoted string, or a word (RFC 9110, section 11.2). */
const parameterOf = (challenge: string, name: string): string | undefined => {
  const found = new RegExp(`[\\s,]${name}=(?:"([^"\\\\]{0,200})"|([\\w.:-]{1,200}))`, 'i').exec(challenge);
  return found?.[1] ?? found?.[2];
};
