import type { Middleware } from 'koa';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config/schema.ts';
import { type Randomness, systemRandomness } from './kernel/ids.ts';
import { pathTemplate, redactFields, scrub, withoutStatement } from './redaction.ts';

export type { Logger } from 'pino';

/** A write costs more than a line: lines wait for each other, but not for longer than anybody minds who reads along. */
const GATHERED = { sync: false, minLength: 16_000, periodicFlush: 100 } as const;

/**
 * The log: JSON lines for operators, on standard output unless told otherwise. It is no evidence (that is the audit
 * trail) and holds no secret: fields are redacted by name, finished lines by look (`redaction.ts`).
 */
export function createLogger(
  config: { readonly server: Pick<Config['server'], 'logLevel'> },
  destination: DestinationStream = pino.destination({ fd: 1, ...GATHERED }),
): Logger {
  const log = pino(
    {
      level: config.server.logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: redactFields,
      },
      // Errors are described by the formatter above; pino's own serializer would describe the description.
      serializers: { err: (described) => described, msg: withoutStatement },
      hooks: { streamWrite: scrub },
    },
    destination,
  );
  // pino formats the bindings of the first logger only. Children inherit this method and so redact those of theirs.
  const { child } = log;
  log.child = function redacting(this: Logger, bindings, options) {
    return child.call(this, redactFields(bindings), options);
  } as typeof log.child;
  return log;
}

/** For commands, whose standard output is their own. Synchronous: a command may end right after it has failed. */
export const standardError = (): DestinationStream => pino.destination({ fd: 2, sync: true });

/**
 * Writes text of whole lines to where the log goes, behind the lines of the log that wait, and resolves when it is written: one
 * writer, so that no line is cut by another. Nothing in it is redacted.
 */
export function lineWriter(log: Logger): (text: string) => Promise<void> {
  const stream = (log as unknown as Record<symbol, Flushable>)[pino.symbols.streamSym];
  return async (text) => {
    if (stream === undefined) throw new Error('the log goes nowhere');
    stream.write(text);
    // At the end of a flush less than one buffer waits; the next one writes it.
    await flushed(stream);
    await flushed(stream);
  };
}

interface Flushable extends DestinationStream {
  flush?(done: (error?: NodeJS.ErrnoException | null) => void): void;
}

/** What pipes and terminals answer to being written to disk. */
const NO_DISK: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'EROFS', 'ENOSYS']);

const flushed = (stream: Flushable): Promise<void> =>
  new Promise((resolve, reject) => {
    if (stream.flush === undefined) return resolve();
    stream.flush((error) => (error == null || NO_DISK.has(error.code) ? resolve() : reject(error)));
  });

/** Asked for all day by machines, and telling nothing of anybody. */
const QUIET = /^\/(health\/|\.well-known\/|jwks$)/;

/**
 * Gives each request an id of ours (an inbound one is ignored, since anybody could write it), answers with it in
 * `X-Request-Id`, keeps it in `ctx.state.requestId`, and logs one line per request when it is done. Paths are logged
 * without what could be a secret, queries and bodies not at all. Health checks, and metadata that anybody may have, are
 * logged at `debug`.
 */
export function requestLog(log: Logger, random: Randomness = systemRandomness): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    const requestId = random.uuid();
    ctx.state.requestId = requestId;
    ctx.set('X-Request-Id', requestId);
    let failed = true;
    try {
      await next();
      failed = false;
    } finally {
      const level = QUIET.test(ctx.path) ? 'debug' : 'info';
      log[level](
        {
          requestId,
          method: ctx.method,
          path: pathTemplate(ctx.path),
          status: failed ? 500 : ctx.status,
          durationMs: Math.round((performance.now() - started) * 10) / 10,
          ip: ctx.ip,
        },
        'request',
      );
    }
  };
}
