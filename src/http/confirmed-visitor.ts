import type { Context } from 'koa';
import type { z } from 'zod';
import type { OwnFactors } from '../account-life/own-factors.ts';
import type { AccountStore } from '../domain/accounts/store.ts';
import { type Clock, epochSeconds } from '../kernel/clock.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { newToken, type Randomness } from '../kernel/ids.ts';
import { signInUrl } from '../oidc/own-pages.ts';
import type { Sessions } from '../oidc/sessions.ts';
import type { Csrf } from './csrf.ts';
import { readForm } from './form.ts';
import { seeOther } from './leaving.ts';
import { type Visitor, visitorOf } from './visitor.ts';

/** Where a person sees and changes what they sign in with. */
export const SECURITY_PAGE = '/account/security';

/** A confirmation is fresh for so long; and so much longer for who is filling in a form that was opened in time. */
const FRESH_SECONDS = 300;
const FORM_SECONDS = 900;

/** Pages under {@link SECURITY_PAGE} that somebody may be brought back to, told by the state of the request: a closed list. */
const WAY_BACK =
  /^[\w-]+\.((?:authenticators|passkeys)\/(?:new|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|recovery-codes)$/;

const PURPOSE = 'account-security';

/** Under {@link SECURITY_PAGE}: where people add a passkey. */
export const ADDING_PASSKEYS = 'passkeys/new';

export interface ConfirmationDependencies {
  readonly issuer: string;
  readonly sessions: Sessions;
  readonly accounts: AccountStore;
  readonly ownFactors: Pick<OwnFactors, 'of' | 'demandOn'>;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

/** Sees to it that whoever changes a second factor has just shown who they are, by a second factor where they have one. */
export interface Confirmation {
  /**
   * The visitor, if they have confirmed that it is them lately; otherwise the browser is on its way to that, and comes back
   * to the page (a path under {@link SECURITY_PAGE}, or that itself). `posted`: they fill in a form that was opened in time.
   */
  visitor(ctx: Context, page: string, options?: { posted: boolean }): Promise<Visitor | undefined>;
  /** The same for a form about factors, read and held against forgery. */
  posted<Schema extends z.ZodType<{ csrf: string }>>(
    ctx: Context,
    page: string,
    schema: Schema,
  ): Promise<{ readonly visitor: Visitor; readonly form: z.infer<Schema> } | undefined>;
  /** A form about factors of somebody who need not confirm anything, held against forgery like the others. */
  read<Schema extends z.ZodType<{ csrf: string }>>(
    ctx: Context,
    visitor: Visitor,
    schema: Schema,
  ): Promise<z.infer<Schema>>;
  /** The token of those forms. */
  token(visitor: Visitor): string;
  /** Brings somebody who comes back from there to the page that they wanted; false when they do not come from there. */
  comeBack(ctx: Context): boolean;
}

export function createConfirmation(deps: ConfirmationDependencies): Confirmation {
  /**
   * The level that a change asks of this person: that of what they have, where that is more than a password. Another
   * passkey asks for one that is there, as it does inside a sign-in: were a code enough, phishing a code would be enough for
   * everything.
   */
  async function levelFor({ account }: Visitor, page: string): Promise<'aal2' | 'phr' | undefined> {
    const { authenticators, passkeys } = await deps.ownFactors.of(account.id);
    const byPasskey = page === ADDING_PASSKEYS || deps.ownFactors.demandOn(account) === 'phishing_resistant';
    if (passkeys.length > 0 && byPasskey) return 'phr';
    return authenticators.length + passkeys.length > 0 ? 'aal2' : undefined;
  }

  const visitor: Confirmation['visitor'] = async (ctx, page, { posted } = { posted: false }) => {
    const found = await visitorOf(ctx, deps);
    const level = found && (await levelFor(found, page));
    if (found !== undefined) {
      // In whole seconds, as the provider counts: otherwise the two would send a browser to and fro for one.
      const age = epochSeconds(deps.clock.now()) - epochSeconds(found.session.signedInAt);
      const { acr } = found.session;
      const reaches = level === undefined || acr === 'phr' || acr === level;
      if (reaches && age <= (posted ? FORM_SECONDS : FRESH_SECONDS)) return found;
    }
    const state = `${newToken(deps.random, 16)}.${page}`;
    const acr = level === undefined ? {} : { acr: level };
    seeOther(ctx, signInUrl(deps.issuer, SECURITY_PAGE, state, { maxAge: FRESH_SECONDS, ...acr }));
    return undefined;
  };

  const read: Confirmation['read'] = async (ctx, { session }, schema) => {
    const form = await readForm(ctx, schema, deps.bodyLimitBytes);
    deps.csrf.verify(ctx, PURPOSE, session.sessionUid, form.csrf);
    return form;
  };

  return {
    visitor,
    read,

    async posted(ctx, page, schema) {
      const found = await visitor(ctx, page, { posted: true });
      return found && { visitor: found, form: await read(ctx, found, schema) };
    },

    token: ({ session }) => deps.csrf.token(PURPOSE, session.sessionUid),

    comeBack(ctx) {
      const { iss, error, state } = ctx.query;
      if (iss === undefined && error === undefined) return false;
      if (error !== undefined) {
        throw new GatehouseError('access_denied', { status: 403, message: 'The sign-in was not completed.' });
      }
      const wanted = typeof state === 'string' ? WAY_BACK.exec(state)?.[1] : undefined;
      seeOther(ctx, wanted === undefined ? SECURITY_PAGE : `${SECURITY_PAGE}/${wanted}`);
      return true;
    },
  };
}
