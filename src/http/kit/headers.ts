import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';

/**
 * What a page of ours may load and do: its own stylesheets, scripts and pictures, nothing inline, no frame around it.
 *
 * No `form-action`: browsers that follow CSP Level 3 apply it to every redirect behind a form as well, and the
 * sign-in form's POST ends, through our own redirects, at the redirect URI of whichever client asked, custom schemes of
 * native applications included. A list that lets all of those through forbids nothing.
 */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'script-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'none'"],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/**
 * What a browser offers to pages and ours never use. Only names that current Chromium knows: it prints a warning for every
 * other one on every page (`attribution-reporting` and `bluetooth` among them), which would hide the warnings that matter.
 */
const PERMISSIONS_POLICY = [
  'accelerometer',
  'autoplay',
  'browsing-topics',
  'camera',
  'compute-pressure',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'identity-credentials-get',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'screen-wake-lock',
  'serial',
  'storage-access',
  'usb',
  'window-management',
  'xr-spatial-tracking',
]
  .map((feature) => `${feature}=()`)
  .join(', ');

const TWO_YEARS = 63_072_000;

/** Documents that are public by purpose and that applications in browsers load from other origins. */
const PUBLIC_DOCUMENT = /^\/(\.well-known\/|jwks$|status-lists(\/|$))/;

/**
 * Sets the security headers of every answer (OWASP ASVS 3.4, RFC 9700 section 4.16). It must stand outside the renderer
 * of errors: Koa's own handling of an error removes all headers. `https` says whether the issuer is reached by https;
 * HSTS is sent only then, not in answers to plain http (RFC 6797, section 7.2), and not where `hsts` is
 * false because the proxy in front sends it.
 *
 * `Referrer-Policy: no-referrer` also makes browsers send `Origin: null` with our own forms (Fetch standard, "append a
 * request Origin header"), so a check against forged requests cannot go by `Origin`.
 */
export function securityHeaders({ https, hsts = true }: { https: boolean; hsts?: boolean }): Middleware {
  const fixed = [...headersOfHelmet(https && hsts), ['Permissions-Policy', PERMISSIONS_POLICY]] as const;
  return (ctx, next) => {
    for (const [name, value] of fixed) ctx.res.setHeader(name, value);
    // Obsolete: no current browser reads it, and the policy above does its work. Kept because operators were told so.
    ctx.res.setHeader('X-XSS-Protection', '1; mode=block');
    if (!ctx.secure) ctx.remove('Strict-Transport-Security');
    if (PUBLIC_DOCUMENT.test(ctx.path)) ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    return next();
  };
}

/** What Helmet sets is the same for every answer, so it is asked once. */
function headersOfHelmet(hsts: boolean): [name: string, value: string][] {
  const bulk = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    originAgentCluster: true,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: hsts ? { maxAge: TWO_YEARS, includeSubDomains: true, preload: false } : false,
    xContentTypeOptions: true,
    xDnsPrefetchControl: { allow: false },
    xDownloadOptions: false,
    xFrameOptions: { action: 'deny' },
    xPermittedCrossDomainPolicies: false,
    xPoweredBy: true,
    xXssProtection: false,
  });
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  void bulk({ req, res } as Context, async () => undefined);
  const headers = res.getHeaderNames().map((name): [string, string] => [name, String(res.getHeader(name))]);
  if (headers.length === 0) throw new Error('Helmet no longer sets its headers at once');
  return headers;
}
