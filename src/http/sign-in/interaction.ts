import type { Context } from 'koa';
import type { Account } from '../../domain/accounts/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { ClientFacts } from '../../oidc/client-facts.ts';
import type { Ended, Interaction, Interactions } from '../../oidc/interactions.ts';
import { OWN_PAGES_CLIENT_ID } from '../../oidc/own-pages.ts';
import type { Step } from '../../sign-in/next-step.ts';
import type { AttemptStore } from '../../sign-in/store.ts';
import type { SignInState } from '../../sign-in/submit-factor.ts';
import type { Csrf } from '../kit/csrf.ts';
import { signInPath } from '../kit/redirects.ts';
import { offerSwitch } from '../kit/switch-offer.ts';
import { withRestart } from '../pages/errors.ts';
import type { SignInViews } from './views.ts';

/** What the sign-in's address shows when the provider asks for something else than a sign-in. */
export interface InteractionPage {
  show(ctx: Context, interaction: Interaction): Promise<void>;
}

/** What the sign-in's address shows at a step that has pages of its own. */
export interface StepPage<Kind extends Step['kind']> {
  show(
    ctx: Context,
    interaction: Interaction,
    state: SignInState,
    step: Step & { kind: Kind },
  ): Promise<void>;
}

/**
 * The interaction of this address, which must be this browser's and open. Otherwise throws an error whose page says what
 * happened and leads back to the client.
 */
export async function openInteraction(
  ctx: Context,
  deps: { interactions: Interactions; attempts: AttemptStore },
  prompt?: Interaction['prompt'],
): Promise<Interaction> {
  const uid = String(ctx.params.uid);
  const loaded = await deps.interactions.load(ctx, uid, deps.attempts.clientOfCompleted);
  if (loaded.kind !== 'open') throw endedError(loaded);
  const { interaction } = loaded;
  if (prompt !== undefined && interaction.prompt !== prompt) {
    throw new GatehouseError('bad_request', { status: 400, message: 'This sign-in is at another step.' });
  }
  return interaction;
}

/**
 * What became of a sign-in to which the provider no longer returns: it was resumed before, has lost a cookie, or the session in
 * which it was begun is another by now.
 */
export async function pastInteraction(
  ctx: Context,
  deps: { interactions: Interactions; attempts: AttemptStore },
): Promise<GatehouseError> {
  const loaded = await deps.interactions.load(ctx, String(ctx.params.uid), deps.attempts.clientOfCompleted);
  if (loaded.kind !== 'open') return endedError(loaded);
  const { client, again } = loaded.interaction;
  return endedError({ kind: 'expired', client, again });
}

function endedError(ended: Ended): GatehouseError {
  const { client } = ended;
  if (ended.kind === 'foreign') {
    const message = 'This sign-in was started in another browser, or its cookie is gone.';
    const error = new GatehouseError('foreign_interaction', { status: 400, message });
    // Where the client's people start, never its request: whoever has sent the link knows that one.
    return withRestart(error, restartAt(client, client?.home));
  }
  if (ended.kind === 'expired') {
    const error = new GatehouseError('sign_in_expired', {
      status: 400,
      message: 'This page was open for too long.',
    });
    return withRestart(error, restartAt(client, ended.again ?? client?.home));
  }
  const error = new GatehouseError('sign_in_already_finished', {
    status: 400,
    message: 'This sign-in was finished already.',
  });
  return withRestart(error, restartAt(client, client?.home));
}

/** Our own pages are a client for the protocol's sake; people know them by the name of the server. */
export const isOurs = ({ id }: ClientFacts): boolean => id === OWN_PAGES_CLIENT_ID;

function restartAt(client: ClientFacts | undefined, href: string | undefined) {
  if (client === undefined || href === undefined) return undefined;
  return isOurs(client) ? { href } : { href, client: client.name };
}

export function clientOnPage(client: ClientFacts): NonNullable<SignInViews['sign-in']['client']> {
  return {
    name: client.name,
    ...(client.policyUri === undefined ? {} : { policyUri: client.policyUri }),
    ...(client.tosUri === undefined ? {} : { tosUri: client.tosUri }),
  };
}

/** For pages on which somebody is known: at a workstation that people share, they offer to sign out for the next person. */
export function offerSwitchAt(ctx: Context, { uid, shared }: Interaction, csrf: Csrf): void {
  if (shared !== undefined) offerSwitch(ctx, csrf, uid, { action: `/sign-in/${uid}/switch` });
}

/**
 * What every page has once the account of the sign-in is known, and the way out. From here on pages are in the person's
 * language.
 */
export function signInPageModel(
  ctx: Context,
  interaction: Interaction,
  account: Pick<Account, 'name' | 'email' | 'locale'>,
  csrf: Csrf,
) {
  ctx.state.uiLocales = interaction.uiLocales;
  ctx.state.accountLocale = account.locale;
  offerSwitchAt(ctx, interaction, csrf);
  return {
    csrfToken: csrf.token('sign-in', interaction.uid),
    account: { name: account.name, email: account.email },
    // There is nothing to return to from our own pages.
    ...(isOurs(interaction.client)
      ? {}
      : {
          client: clientOnPage(interaction.client),
          cancelAction: `${signInPath(interaction)}/cancel`,
        }),
  };
}
