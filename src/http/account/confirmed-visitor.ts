import type { Context } from 'koa';
import type { z } from 'zod';
import type { AccountStore } from '../../domain/accounts/store.ts';
import type { RateLimits } from '../../domain/rate-limits/store.ts';
import { type Clock, epochSeconds } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/crypto.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { newToken, type Randomness, UUID_PATTERN } from '../../kernel/ids.ts';
import { heldOf } from '../../lifecycle/factor-stores.ts';
import type { Factors, OwnFactors } from '../../lifecycle/own-factors.ts';
import { type OwnPage, signInUrl } from '../../oidc/own-pages.ts';
import type { Sessions } from '../../oidc/sessions.ts';
import {
  asksForCode,
  CEREMONY_SECONDS,
  EVIDENCE_SECONDS,
  isEnough,
  levelToChange,
  mayComplete,
  type ProtectedAct,
} from '../../sign-in/change-policy.ts';
import { OWN_KINDS } from '../../sign-in/factors/kinds.ts';
import { isLevel, type Level } from '../../sign-in/levels.ts';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { seeOther } from '../kit/redirects.ts';
import { OWN_FACTOR_PAGES } from './own-factor-pages.ts';
import { type Visitor, visitorOf } from './visitor.ts';

/** Where a person sees and changes what they sign in with. */
export const SECURITY_PAGE = '/account/security';

/** Pages under {@link SECURITY_PAGE} that somebody may be brought back to, told by the state of the request: a closed list. */
const FOLDERS = OWN_KINDS.map((kind) => OWN_FACTOR_PAGES[kind].folder).join('|');
const WAY_BACK = new RegExp(`^[\\w-]+\\.((?:${FOLDERS})/(?:new|${UUID_PATTERN})|recovery-codes)$`);

const FORM = 'account-security';
/** The token of a ceremony says in front when that began and, as a digest, what of; all tokens end with the code over it. */
const SECONDS_LENGTH = 11;
const DIGEST_LENGTH = 22;

const MAC_LENGTH = 43;

function partsOf(token: string): { ceremony: string; mac: string } {
  const at = token.length > MAC_LENGTH ? SECONDS_LENGTH + DIGEST_LENGTH : 0;
  return { ceremony: token.slice(0, at), mac: token.slice(at) };
}

/** What is done at a page, and where the browser comes back to when its person has confirmed who they are. */
export interface ProtectedPage {
  readonly act: ProtectedAct;
  readonly page: OwnPage;
  /** A page under {@link SECURITY_PAGE}. */
  readonly below?: string;
}

export interface ConfirmationDependencies {
  readonly issuer: string;
  readonly sessions: Sessions;
  readonly accounts: AccountStore;
  readonly ownFactors: Pick<OwnFactors, 'of' | 'demandOn'>;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly rateLimits: Pick<RateLimits, 'take'>;
  readonly bodyLimitBytes: number;
}

/** One change on evidence that has become old meanwhile, of all forms that were opened before it, on all nodes. */
const ONE_CHANGE = { name: 'change-of-factors', points: 1, seconds: CEREMONY_SECONDS } as const;

/** A visitor who has shown what an act asks for. */
export interface Confirmed {
  readonly visitor: Visitor;
  readonly factors: Factors;
  /** For the page's forms: against forgery, and to complete the act when the evidence is not fresh any more. */
  readonly token: string;
}

/** A visitor who has posted a form of a page that they were shown in time. */
export interface Posted<Form> extends Confirmed {
  readonly form: Form;
  /** When the page was shown that the form is of, or the one from which that page has its right to be completed. */
  readonly shownAt: Date;
  /**
   * To be asked right before the change: false where another request, at the same moment, has made the one change that the evidence
   * was still good for. Then the browser is on its way to show it again.
   */
  mayChange(): Promise<boolean>;
}

/**
 * Sees to it that whoever changes how they sign in has lately shown the strongest thing that they have
 * (`sign-in/change-policy.ts` decides what that is, and how lately).
 */
export interface Confirmation {
  /** The visitor, if they have; otherwise the browser is on its way to that, and comes back to the page. */
  visitor(ctx: Context, page: ProtectedPage): Promise<Confirmed | undefined>;
  /**
   * The same for a form, read and held against forgery. A form of a page that was opened in time may be posted until
   * the ceremony is over, and until the first change of how its person signs in: one form, one change.
   */
  posted<Schema extends z.ZodType<{ csrf: string }>>(
    ctx: Context,
    page: ProtectedPage,
    schema: Schema,
  ): Promise<Posted<z.infer<Schema>> | undefined>;
  /** The token of a page that shows more where its visitor may do this now; undefined where they would have to confirm first. */
  begin(visitor: Visitor, factors: Factors, act: ProtectedAct): string | undefined;
  /**
   * Whether the visitor sees names and dates of their factors, beside kinds and counts. What was added since they signed in,
   * perhaps by them a moment ago, asks for no more than what was there before.
   */
  seesDetails(visitor: Visitor, factors: Factors): boolean;
  /** A form of somebody who need not confirm anything, held against forgery like the others. */
  read<Schema extends z.ZodType<{ csrf: string }>>(
    ctx: Context,
    visitor: Visitor,
    schema: Schema,
  ): Promise<z.infer<Schema>>;
  /** The token of a page that begins no change. */
  token(visitor: Visitor): string;
  /** Brings somebody who comes back from there to the page that they wanted; false when they do not come from there. */
  comeBack(ctx: Context, page?: OwnPage): boolean;
}

export function createConfirmation(deps: ConfirmationDependencies): Confirmation {
  const { csrf } = deps;

  const levelOf = ({ account }: Visitor, { own }: Pick<Factors, 'own'>, act: ProtectedAct): Level =>
    levelToChange(act, heldOf(own), deps.ownFactors.demandOn(account));

  const shownBy = ({ session: { acr, byTemporaryCode, signedInAt: at } }: Visitor) => ({
    byTemporaryCode,
    level: acr !== undefined && isLevel(acr) ? acr : ('aal1' as const),
    at,
  });

  /** Of the act and all that it may change: after a change of it, a ceremony from before is over. */
  function digestOf({ account }: Visitor, factors: Factors, act: ProtectedAct | 'any'): string {
    const named = (each: { id: string; name: string | undefined }) => [each.id, each.name ?? null];
    const state = [
      act,
      ...OWN_KINDS.map((kind) => factors.own[kind].map(named)),
      factors.codes.createdAt?.getTime() ?? null,
      factors.devices.map(({ idHash }) => idHash),
      account.email,
      account.passwordChangedAt?.getTime() ?? null,
    ];
    return sha256(JSON.stringify(state)).toString('base64url').slice(0, DIGEST_LENGTH);
  }

  const tokenOf = ({ session }: Visitor, ceremony: string) =>
    `${ceremony}${csrf.token(FORM, `${session.sessionUid}${ceremony}`)}`;

  function tokenFor(visitor: Visitor, factors: Factors, act: ProtectedAct, begunAt: Date): string {
    const seconds = String(epochSeconds(begunAt)).padStart(SECONDS_LENGTH, '0');
    return tokenOf(visitor, `${seconds}${digestOf(visitor, factors, act)}`);
  }

  const shownWith = (token: string) =>
    new Date(Number(partsOf(token).ceremony.slice(0, SECONDS_LENGTH)) * 1000);

  /** When the ceremony began of which this verified token is, if it is one of this act and may still be completed. */
  function begunAt(visitor: Visitor, factors: Factors, act: ProtectedAct, token: string): Date | undefined {
    const { ceremony } = partsOf(token);
    if (ceremony.slice(SECONDS_LENGTH) !== digestOf(visitor, factors, act)) return undefined;
    const at = shownWith(token);
    return mayComplete(at, deps.clock.now()) ? at : undefined;
  }

  /**
   * Sends the browser to show what is missing. Where that is a temporary code, or where one stood in, everything is asked for
   * anew: to the protocol, the session would be enough as it is.
   */
  function askAgain(ctx: Context, { page, below }: ProtectedPage, wanted: Level, anew = false): void {
    const level = anew && wanted === 'aal1' ? 'aal2' : wanted;
    const maxAge = anew ? 0 : EVIDENCE_SECONDS;
    const state = `${newToken(deps.random, 16)}${below === undefined ? '' : `.${below}`}`;
    const acr = level === 'aal1' ? {} : { acr: level };
    seeOther(ctx, signInUrl(deps.issuer, page, state, { maxAge, ...acr }));
  }

  const read: Confirmation['read'] = async (ctx, { session }, schema) => {
    const form = await readForm(ctx, schema, deps.bodyLimitBytes);
    const { ceremony, mac } = partsOf(form.csrf);
    csrf.verify(ctx, FORM, `${session.sessionUid}${ceremony}`, mac);
    return form;
  };

  return {
    read,

    async visitor(ctx, page) {
      const visitor = await visitorOf(ctx, deps);
      if (visitor === undefined) {
        askAgain(ctx, page, 'aal1');
        return undefined;
      }
      const factors = await deps.ownFactors.of(visitor.account.id);
      const level = levelOf(visitor, factors, page.act);
      const now = deps.clock.now();
      const byCode = asksForCode(page.act, factors);
      if (!byCode && isEnough(shownBy(visitor), level, undefined, now)) {
        return { visitor, factors, token: tokenFor(visitor, factors, page.act, now) };
      }
      askAgain(ctx, page, level, byCode || visitor.session.byTemporaryCode);
      return undefined;
    },

    async posted(ctx, page, schema) {
      const visitor = await visitorOf(ctx, deps);
      if (visitor === undefined) {
        askAgain(ctx, page, 'aal1');
        return undefined;
      }
      const form = await read(ctx, visitor, schema);
      const factors = await deps.ownFactors.of(visitor.account.id);
      const shownAt = shownWith(form.csrf);
      const begun = begunAt(visitor, factors, page.act, form.csrf);
      const level = levelOf(visitor, factors, page.act);
      const now = deps.clock.now();
      const byCode = asksForCode(page.act, factors);
      if (!byCode && isEnough(shownBy(visitor), level, begun, now)) {
        const key = `${visitor.account.id}:${digestOf(visitor, factors, 'any')}`;
        const mayChange = async () => {
          if (isEnough(shownBy(visitor), level, undefined, now)) return true;
          const { allowed } = await deps.rateLimits.take([{ limit: ONE_CHANGE, key }]);
          if (!allowed) askAgain(ctx, page, level);
          return allowed;
        };
        // A form that is shown again ends with the one before.
        const token = tokenFor(visitor, factors, page.act, begun ?? now);
        return { visitor, factors, form, shownAt, token, mayChange };
      }
      askAgain(ctx, page, level, byCode || visitor.session.byTemporaryCode);
      return undefined;
    },

    begin(visitor, factors, act) {
      const now = deps.clock.now();
      const may = isEnough(shownBy(visitor), levelOf(visitor, factors, act), undefined, now);
      return may && !asksForCode(act, factors) ? tokenFor(visitor, factors, act, now) : undefined;
    },

    seesDetails(visitor, { own }) {
      const was = ({ createdAt }: { createdAt: Date }) => createdAt <= visitor.session.signedInAt;
      const before = OWN_KINDS.map((kind) => [kind, own[kind].filter(was)]);
      const level = levelOf(visitor, { own: Object.fromEntries(before) }, 'see_details');
      return isEnough(shownBy(visitor), level, undefined, deps.clock.now());
    },

    token: (visitor) => tokenOf(visitor, ''),

    comeBack(ctx, page = SECURITY_PAGE) {
      const { iss, error, state } = ctx.query;
      if (iss === undefined && error === undefined) return false;
      if (error !== undefined) {
        throw new GatehouseError('access_denied', { status: 403, message: 'The sign-in was not completed.' });
      }
      const wanted = typeof state === 'string' ? WAY_BACK.exec(state)?.[1] : undefined;
      seeOther(ctx, page !== SECURITY_PAGE || wanted === undefined ? page : `${SECURITY_PAGE}/${wanted}`);
      return true;
    },
  };
}
