import type { RequestListener, ServerResponse } from 'node:http';
import type { Metrics } from './prometheus.ts';

/**
 * Answers `GET /metrics` and nothing else. It is for a port that the public does not reach (OWASP ASVS 13.4.5), and asks for
 * no password: what it tells is of nobody.
 */
export function metricsEndpoint(
  metrics: Pick<Metrics, 'show' | 'contentType'>,
  report: (error: unknown) => void,
): RequestListener {
  return (request, response) => {
    const [path] = (request.url ?? '').split('?', 1);
    if (path !== '/metrics') return end(response, 404);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return end(response, 405, { Allow: 'GET, HEAD' });
    metrics.show().then(
      (text) => end(response, 200, { 'Content-Type': metrics.contentType }, text),
      (error) => {
        report(error);
        end(response, 500);
      },
    );
  };
}

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  text = '',
): void {
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
