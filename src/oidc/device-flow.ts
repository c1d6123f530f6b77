import {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider';
import { DEVICE_POLL_SECONDS } from '../domain/rate-limits/policy.ts';
import { levelsIn, lowestOf } from '../sign-in/levels.ts';
import { adminScopesOf } from './admin-resource.ts';
import type { ToldClaims } from './claims.ts';
import { TooManyGuesses } from './device-codes.ts';
import { DEVICE_PATH, isDeviceRoute, OFFERED } from './device-endpoints.ts';
import { assertMaxAge, requestParameters } from './requested-scopes.ts';

/**
 * Signing in on a device without a browser (OAuth 2.0 Device Authorization Grant, RFC 8628). A device asks for two codes; its person
 * types the short one at `/device`, in a browser, signs in there, sees which application asks, from where and since when, and
 * confirms; with the long one the device is given tokens of that browser's session. The library speaks the protocol; what it is
 * asked for here is that a person confirms last and knowingly, because the attack on this grant is somebody who has a person
 * type the code of a device that is not theirs (section 5.4).
 */

/** Why the page that asks for a code asks once more. */
export type CodeProblem = 'missing' | 'wrong' | 'expired' | 'used' | 'rate_limited' | 'form_expired';

export interface DeviceScreens {
  /** Asks for the code. Its form posts `xsrf`, `user_code` and `confirm`. */
  deviceCode(
    ctx: KoaContextWithOIDC,
    form: { action: string; xsrf: string; problem?: CodeProblem; retryAfterSeconds?: number },
  ): Promise<void>;
  /** It is not signed in: its person, or what was asked for, would not have it. */
  deviceRefused(ctx: KoaContextWithOIDC, reason: 'denied' | 'impossible'): Promise<void>;
  deviceDone(ctx: KoaContextWithOIDC): Promise<void>;
  error(ctx: KoaContextWithOIDC, code: string, error: Error): Promise<void>;
}

/** By the names of the library's errors, some of which it does not export. */
const PROBLEMS: Readonly<Record<string, CodeProblem>> = {
  NoCodeError: 'missing',
  NotFoundError: 'wrong',
  ExpiredError: 'expired',
  AlreadyUsedError: 'used',
};
const STATUS: Readonly<Record<CodeProblem, number>> = {
  missing: 400,
  wrong: 400,
  expired: 400,
  used: 400,
  rate_limited: 429,
  form_expired: 400,
};

interface FlowOptions {
  readonly enabled: boolean;
  readonly screens: DeviceScreens;
}

/** The library's feature, with pages of ours. */
export function deviceFlow({
  enabled,
  screens,
}: FlowOptions): NonNullable<Configuration['features']>['deviceFlow'] {
  const ask = (ctx: KoaContextWithOIDC, problem?: CodeProblem, more = {}) => {
    if (problem !== undefined) ctx.status = STATUS[problem];
    const { secret = '' } = (ctx.oidc.session?.state ?? {}) as { secret?: string };
    const form = { action: DEVICE_PATH, xsrf: secret, ...more };
    return screens.deviceCode(ctx, problem === undefined ? form : { ...form, problem });
  };
  return {
    enabled,
    // No vowels, no digits: no look-alikes, and no words.
    charset: 'base-20',
    mask: '****-****',
    deviceInfo: ({ ip }) => ({ address: ip }),
    async userCodeInputSource(ctx, _form, out, error) {
      if (error === undefined) return ask(ctx);
      const problem = PROBLEMS[error.name];
      if (problem !== undefined) return ask(ctx, problem);
      if (error instanceof TooManyGuesses) {
        ctx.set('Retry-After', String(error.retryAfterSeconds));
        return ask(ctx, 'rate_limited', { retryAfterSeconds: error.retryAfterSeconds });
      }
      // A sign-in that was resumed already, or has lost its cookie: its own page says what became of it.
      const uid = ctx.path.slice(DEVICE_PATH.length + 1);
      if (error.name === 'SessionNotFound' && /^[\w-]+$/u.test(uid)) return goTo(ctx, `/sign-in/${uid}/over`);
      if (error.name === 'AbortedError') {
        ctx.status = 200;
        return screens.deviceRefused(ctx, 'denied');
      }
      if (ctx.status >= 500) return screens.error(ctx, out?.error ?? 'server_error', error);
      if (ctx.oidc.entities.DeviceCode === undefined && ctx.oidc.route === 'code_verification') {
        return ask(ctx, 'form_expired');
      }
      return screens.deviceRefused(ctx, 'impossible');
    },
    // Our form says `confirm` by itself: its person confirms when they have signed in. What comes without it is no form of ours.
    userCodeConfirmSource: (ctx) => ask(ctx, 'form_expired'),
    successSource: (ctx) => screens.deviceDone(ctx),
  };
}

function goTo(ctx: KoaContextWithOIDC, location: string): void {
  ctx.status = 303;
  ctx.redirect(location);
}

/**
 * Makes the answer to a device what we promise: how long to wait between two requests, and no `verification_uri_complete`, with which
 * a link in a mail would be enough to have somebody sign a foreign device in (RFC 8628, section 5.4). For the same reason no
 * code is taken from an address.
 */
export function offerDeviceSignIn(provider: Provider): void {
  Object.defineProperty(provider, OFFERED, { value: true });
  provider.on('device_authorization.success', (_ctx, answer) => {
    delete answer.verification_uri_complete;
    answer.interval = DEVICE_POLL_SECONDS;
  });
  provider.use((ctx, next) => {
    if (ctx.path !== DEVICE_PATH || ctx.method === 'POST' || ctx.search === '') return next();
    goTo(ctx as KoaContextWithOIDC, DEVICE_PATH);
  });
}

/**
 * What a device's request asks of its person, as it is kept with the code. With the `gatehouse` command, and every other client of the
 * administration API, it is always a fresh sign-in with a second factor: whoever has its token can do with the server what its person
 * may. Zero seconds, which the library makes a `prompt` of that it then forgets, stay.
 */
export const deviceParameters = (
  told: Pick<ToldClaims, 'scopes'>,
): NonNullable<Configuration['extraParams']> => ({
  ...requestParameters(told),
  async max_age(ctx, value, client) {
    assertMaxAge(value);
    if (ctx.oidc.route !== 'device_authorization') return;
    const params = ctx.oidc.params as Record<string, unknown>;
    if (administers(client) || ctx.oidc.prompts.has('login')) params.max_age = '0';
  },
  async acr_values(ctx, value, client) {
    if (ctx.oidc.route !== 'device_authorization' || !administers(client)) return;
    const params = ctx.oidc.params as Record<string, unknown>;
    params.acr_values = lowestOf(levelsIn(value)) === 'phr' ? 'phr' : 'aal2';
  },
});

/** Whether the client may ask for scopes of the administration API. */
const administers = (client: object): boolean => adminScopesOf(client).length > 0;

const { Check } = interactionPolicy;

/** What the page of the confirmation says of the device. */
export interface DeviceRequest {
  /** As its device shows it. */
  readonly userCode: string;
  /** From which address the device has asked. */
  readonly address: string | undefined;
  readonly askedAt: Date;
}

interface AskedCode {
  readonly userCode: string;
  readonly iat: number;
  readonly deviceInfo?: { readonly address?: string };
}

/**
 * Asks whoever signs a device in to confirm it, whatever application it is and whatever they have allowed it before, and in the same
 * page for what they have not allowed yet. What they confirm holds for them and this device: an answer of the same sign-in.
 */
export function addDeviceChecks(policy: ReturnType<typeof interactionPolicy.base>): void {
  policy
    .get('login')
    ?.checks.add(
      new Check('fresh', 'the person has to prove who they are for this device', 'login_required', (ctx) =>
        isDeviceRoute(ctx) && ctx.oidc.params?.max_age === '0' && ctx.oidc.result?.login === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
      ),
    );
  policy.get('consent')?.checks.add(
    new Check(
      'device',
      'the person has to confirm that the device is theirs',
      'interaction_required',
      (ctx) => (isDeviceRoute(ctx) && !isConfirmed(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT),
      ({ oidc }) => ({ device: askedOf(oidc.entities.DeviceCode as unknown as AskedCode | undefined) }),
    ),
  );
}

function isConfirmed({ oidc }: KoaContextWithOIDC): boolean {
  const { deviceFor } = (oidc.result?.consent ?? {}) as { deviceFor?: string };
  return deviceFor !== undefined && deviceFor === oidc.session?.accountId;
}

function askedOf(code: AskedCode | undefined): Record<string, unknown> {
  if (code === undefined) throw new errors.InvalidRequest('a device without a code cannot be confirmed');
  const { userCode, iat, deviceInfo } = code;
  return { userCode, askedAt: iat, address: deviceInfo?.address };
}

/** From what {@link addDeviceChecks} has kept with an interaction; undefined where it is about no device. */
export function deviceRequestOf(details: Readonly<Record<string, unknown>>): DeviceRequest | undefined {
  const asked = details.device as { userCode: string; askedAt: number; address?: string } | undefined;
  if (asked === undefined) return undefined;
  const { userCode, askedAt, address } = asked;
  return { userCode: shown(userCode), address, askedAt: new Date(askedAt * 1000) };
}

/** As devices show it: in two halves. */
const shown = (code: string) => `${code.slice(0, 4)}-${code.slice(4)}`;
