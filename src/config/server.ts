import { networks, oneOf, origin, text, wholeNumber } from './kinds.ts';
import { lifetime, section, setting } from './setting.ts';

/** How browsers, applications and proxies reach Gatehouse, and how it ends. */

export const server = section('Server', 'How browsers and applications reach Gatehouse.', {
  issuer: setting('ISSUER', origin, undefined, {
    description:
      'The public address of Gatehouse, exactly as applications are configured with it. Every link, redirect and ' +
      'token is made from it, never from a request’s `Host`.',
    fallbackText: '`http://localhost:PORT`',
    required: 'production',
    example: 'https://id.example.org',
  }),
  host: setting('HOST', text(255, 'a host name or an IP address to listen on'), 'localhost', {
    description:
      'The address to listen on. In a container, or behind a proxy on another machine, `0.0.0.0` or `::`.',
    example: '0.0.0.0',
  }),
  port: setting('PORT', wholeNumber({ min: 0, max: 65_535 }), 3000, {
    description:
      'The port to listen on, for plain HTTP: a proxy in front terminates TLS. `0` takes a free one.',
  }),
  trustedProxies: setting('TRUSTED_PROXIES', networks, [], {
    description:
      'The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Everybody else’s are dropped. ' +
      'Production needs it, since only a proxy can bring TLS. Where the address is wrong, requests are answered with ' +
      'an error (421), and the log has the address.',
    fallbackText: 'none',
    required: 'production',
    example: '10.0.0.5',
  }),
  logLevel: setting('LOG_LEVEL', oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'), 'info', {
    description:
      'How much is logged, as JSON lines on standard output. `debug` adds stack traces to the commands.',
  }),
  bodyLimitBytes: setting(
    'BODY_LIMIT_BYTES',
    wholeNumber({ min: 4_096, max: 1_048_576, unit: 'bytes' }),
    65_536,
    {
      description: 'The largest request body that is read; a larger one is answered with 413.',
    },
  ),
  requestTimeoutSeconds: lifetime(
    'REQUEST_TIMEOUT_SECONDS',
    30,
    300,
    'How long a client may take to send a request before the connection is cut.',
    1,
  ),
  keepAliveSeconds: lifetime(
    'KEEP_ALIVE_SECONDS',
    75,
    3_600,
    'How long a connection, of `METRICS_PORT` too, is kept for its next request. It must be longer than the proxy in front ' +
      'keeps it: otherwise it is closed under a request now and then, which people see as 502. 60 s are the default of ' +
      'nginx’s upstream connections and of AWS load balancers; Google’s use 600, so give 620 there. A request still has ' +
      'to come within `REQUEST_TIMEOUT_SECONDS`, and its headers within 10 s, from its first byte on.',
    1,
  ),
  shutdownDelaySeconds: lifetime(
    'SHUTDOWN_DELAY_SECONDS',
    0,
    300,
    'How long after SIGTERM everything is still answered while `/health/ready` says 503, so that load balancers send ' +
      'nothing more: longer than they take to see it. Each answer then ends its connection. 10 is good behind most.',
    0,
  ),
  shutdownSeconds: lifetime(
    'SHUTDOWN_SECONDS',
    8,
    60,
    'How long requests under way may take to finish after that. Together with `SHUTDOWN_DELAY_SECONDS`, keep it below what ' +
      'the supervisor allows before it kills (Docker: 10 s, Kubernetes: `terminationGracePeriodSeconds`, 30 s). A second ' +
      'signal ends the process at once.',
    1,
  ),
  hsts: setting('HSTS', oneOf('gatehouse', 'proxy'), 'gatehouse', {
    description:
      'Who sends `Strict-Transport-Security`, which must come once (RFC 6797, section 8.1: of several the first counts). ' +
      '`gatehouse`: two years, subdomains included, and the proxy must not add it. `proxy`: the proxy in front does.',
  }),
});
