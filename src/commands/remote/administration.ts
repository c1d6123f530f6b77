import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Actor } from '../../administration/actor.ts';
import { ApprovalNeeded } from '../../administration/four-eyes.ts';
import type { Administration } from '../../administration/index.ts';
import { GatehouseError, isCode } from '../../kernel/errors.ts';
import type { Terminal } from '../environment.ts';
import { safeText } from '../safe-text.ts';
import { UsageError } from '../usage.ts';
import { fromJson } from './from-json.ts';
import { type Answer, AnswerLost, jsonObject, send } from './http.ts';
import type { Login } from './logins.ts';
import { errorOf, StepUpDemanded, TokenRefused } from './problems.ts';
import { proofOf } from './proofs.ts';
import { type ActRequest, type RemoteAct, requestFor } from './requests.ts';
import type { RemoteSession } from './session.ts';

/**
 * The acts of a server elsewhere, by its API: for commands the same as those of this machine. Who acts is the person who has signed
 * in; of the actor that a command names, only the reason counts. What needs more proof is asked for at the terminal, and then goes on.
 */
export function createRemoteAdministration(
  session: RemoteSession,
  terminal: Pick<Terminal, 'ask' | 'warn'>,
): Administration {
  const perform = async (act: RemoteAct, actor: Actor, input: Record<string, unknown>): Promise<unknown> => {
    if (actor.kind === 'command' && actor.emergency)
      throw new UsageError(
        'emergency_elsewhere',
        '--emergency is for the operator, on the server’s own machine.',
      );
    const reason = 'reason' in actor ? actor.reason : undefined;
    const ask = (why: string | undefined) =>
      askFor(session, terminal, requestFor(session.issuer, act, input, why));
    const answer = await ask(reason).catch(async (error: unknown) => {
      if (!isCode(error, 'reason_required') || terminal.ask === undefined) throw reasonMissing(error);
      return ask(await terminal.ask('This needs a reason, which the audit trail keeps. Why? '));
    });
    return resultOf(act, answer, session.issuer);
  };
  return {
    perform: <Input extends z.ZodType, Result extends z.ZodType>(
      act: RemoteAct,
      actor: Actor,
      input: z.input<Input>,
    ) => perform(act, actor, input as Record<string, unknown>) as Promise<z.output<Result>>,
  };
}

/** What the server answers of an act that waits for a second person. */
const waiting = z.object({ approval: z.string().max(100), expiresAt: z.coerce.date() });

const reasonMissing = (error: unknown): unknown =>
  isCode(error, 'reason_required')
    ? new GatehouseError('reason_required', { status: 400, message: 'Say why with --reason.', cause: error })
    : error;

/** Asks once more where a token is over, and where the server wants more proof of who asks and somebody is there to give it. */
async function askFor(
  session: RemoteSession,
  terminal: Pick<Terminal, 'warn'>,
  request: ActRequest,
): Promise<Answer> {
  // Of one thing that is asked for several times, the server knows by its key that it is one.
  const key: Record<string, string> = request.takesKey ? { 'idempotency-key': randomUUID() } : {};
  const asked = async (login: Login) => refusing(await delivered(request, login, key), session.issuer);
  let login = await session.current();
  let [isRenewed, isProven] = [false, false];
  for (;;) {
    try {
      return await asked(login);
    } catch (error) {
      if (error instanceof TokenRefused && !isRenewed) {
        isRenewed = true;
        login = await session.renewed(login);
      } else if (error instanceof StepUpDemanded && !isProven) {
        isProven = true;
        terminal.warn(`${session.issuer}: ${error.safeMessage}`);
        login = await session.proven(error);
      } else throw error;
    }
  }
}

/** An answer that was lost is asked for again, once, where that does nothing twice. */
async function delivered(
  request: ActRequest,
  login: Login,
  key: Readonly<Record<string, string>>,
): Promise<Answer> {
  try {
    return await once(request, login, key);
  } catch (error) {
    const harmless = request.method === 'GET' || request.takesKey;
    if (!(error instanceof AnswerLost) || !harmless) throw error;
    return once(request, login, key);
  }
}

async function once(
  request: ActRequest,
  login: Login,
  idempotency: Readonly<Record<string, string>>,
  nonce?: string,
): Promise<Answer> {
  const { method, url, headers, body } = request;
  const { accessToken: token, key } = login;
  const answer = await send(url, {
    method,
    headers: {
      ...headers,
      ...idempotency,
      authorization: `DPoP ${token}`,
      // Each request needs one of its own.
      dpop: await proofOf(key, { method, url, token, nonce }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const wanted = answer.headers.get('dpop-nonce') ?? undefined;
  const isWanted = /\buse_dpop_nonce\b/.test(answer.headers.get('www-authenticate') ?? '');
  if (answer.status !== 401 || wanted === undefined || !isWanted || nonce !== undefined) return answer;
  return once(request, login, idempotency, wanted);
}

function refusing(answer: Answer, issuer: string): Answer {
  // A problem with a status of success: nothing was done yet, as a second person has to approve it.
  const isProblem = /^application\/problem\+json\b/i.test(answer.headers.get('content-type') ?? '');
  if (answer.status >= 200 && answer.status < 300 && !isProblem) return answer;
  throw errorOf(answer, issuer);
}

/** Throws `answer_lost` for what is told once and was lost on its way, `server_answer_invalid` for what no version of this act tells. */
function resultOf(act: RemoteAct, answer: Answer, issuer: string): unknown {
  const body = answer.status === 204 ? {} : jsonObject(answer);
  const waits = answer.status === 202 && act.http?.status !== 202 ? waiting.safeParse(body) : undefined;
  if (waits?.success) throw new ApprovalNeeded({ id: safeText(waits.data.approval), ...waits.data });
  // Also where the act could be without it: nobody is to take that for an answer that has none.
  if (Array.isArray(body?.omitted) && body.omitted.length > 0)
    throw new GatehouseError('answer_lost', {
      status: 502,
      message:
        'It was done, but the answer was lost, and the secret in it is told only once. Make another one.',
    });
  try {
    return fromJson(act.result, body);
  } catch (cause) {
    throw new GatehouseError('server_answer_invalid', {
      status: 502,
      message: `${issuer} does not answer as this version of the command expects. Its version may be another one.`,
      cause,
    });
  }
}
