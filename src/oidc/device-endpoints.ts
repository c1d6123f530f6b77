import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

/** Where devices and their people come to sign in (RFC 8628), and how long a code is good. */

/** Where devices ask for codes. */
export const DEVICE_AUTHORIZATION_PATH = '/device-authorization';
/** What people open: `verification_uri`. Short, since it is typed. */
export const DEVICE_PATH = '/device';

/** How long a code can be confirmed and redeemed, in seconds. */
export const DEVICE_CODE_SECONDS = 300;
/** For how long after that its device is told `expired_token` (section 3.5), and its person that it is too late, in seconds. */
export const DEVICE_CODE_KEPT_SECONDS = 600;

/** Where the library answers the browser of somebody who signs a device in. */
const DEVICE_ROUTES: ReadonlySet<unknown> = new Set(['code_verification', 'device_resume']);

/** Whether the request is one of a browser in which somebody signs a device in. */
export const isDeviceRoute = (ctx: KoaContextWithOIDC | undefined): boolean =>
  DEVICE_ROUTES.has(ctx?.oidc.route);

/** Marks a provider with which people may sign devices in. */
export const OFFERED = Symbol('device sign-in');

/** Whether people may sign devices in with this provider. */
export const offersDeviceSignIn = (provider: Provider): boolean => OFFERED in provider;
