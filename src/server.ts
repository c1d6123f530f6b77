import { setTimeout as wait } from 'node:timers/promises';
import { createHandler } from './app.ts';
import { type Door, openDoor } from './http/kit/door.ts';
import { createProxyWarnings } from './http/kit/proxy-warnings.ts';
import { metricsEndpoint } from './metrics/endpoint.ts';
import type { App } from './wire.ts';

export interface RunningServer {
  readonly port: number;
  /** Of the metrics, where they are shown. */
  readonly metricsPort: number | undefined;
  /**
   * Says that it is not ready for as long as `SHUTDOWN_DELAY_SECONDS`, while everything is still answered; then stops
   * listening, lets requests under way finish for as long as `SHUTDOWN_SECONDS`, and closes the server. Requests on idle
   * connections are answered for as long as `SHUTDOWN_DELAY_SECONDS` again, within `SHUTDOWN_SECONDS`.
   */
  close(): Promise<void>;
}

/** What is to be done once nothing changes any more: a few statements, and what is left waits for the next start. */
const LAST_MS = 2_000;

/** Who scrapes is answered at once: a scrape that takes longer than the next one is due helps nobody. */
const METRICS_CLOSE_MS = 1_000;
const METRICS_REQUEST_SECONDS = 10;

/**
 * Opens the server to the network. Rejects with one clear line when a port cannot be had, and when the database is behind an anchor
 * of its audit trail.
 */
export async function startServer(app: App): Promise<RunningServer> {
  const { server: settings } = app.config;
  await app.audit.gate.admit();
  let draining = false;
  const proxyWarnings = createProxyWarnings(app.log);
  const metrics = await showMetrics(app);
  const door = await openDoor(
    {
      ...settings,
      settings: { host: 'HOST', port: 'PORT' },
      onForeignProtocol: proxyWarnings.foreignProtocol,
    },
    createHandler(app, { accepting: () => !draining, proxyWarnings }),
  ).catch(async (error) => {
    await metrics?.close(0);
    throw error;
  });
  const { port } = door;
  const metricsPort = metrics?.port;
  app.jobs.start();
  app.log.info(
    { port, metricsPort, issuer: settings.issuer, hashing: app.passwords.hasher.implementation },
    'listening',
  );

  return {
    port,
    metricsPort,
    async close() {
      draining = true;
      door.wane();
      if (settings.shutdownDelaySeconds > 0) await wait(settings.shutdownDelaySeconds * 1000);
      const milliseconds = settings.shutdownSeconds * 1000;
      // As long as who is in front of us was given to see that we end: it may still use the connections that it keeps.
      const idle = Math.min(settings.shutdownDelaySeconds * 1000, milliseconds);
      await Promise.all([door.close(milliseconds, idle), app.jobs.stop(milliseconds)]);
      await app.jobs.last(LAST_MS);
      // Until here somebody could watch how it ends.
      await metrics?.close(METRICS_CLOSE_MS);
      await app.close();
    },
  };
}

/** Opens the port for metrics, apart from the public one (OWASP ASVS 13.4.5). */
async function showMetrics({
  config,
  report,
  metrics: { registry: metrics },
}: App): Promise<Door | undefined> {
  const { host, port } = config.metrics;
  if (metrics === undefined || port === undefined) return undefined;
  const { keepAliveSeconds } = config.server;
  const names = { host: 'METRICS_HOST', port: 'METRICS_PORT' };
  return openDoor(
    { host, port, settings: names, requestTimeoutSeconds: METRICS_REQUEST_SECONDS, keepAliveSeconds },
    metricsEndpoint(metrics, report),
  );
}
