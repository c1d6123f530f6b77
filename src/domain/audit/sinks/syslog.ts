import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { SyslogTarget } from '../../../kernel/audit-sink-url.ts';
import type { AuditSink, SinkLine } from './sink.ts';

/** RFC 5424, section 6.2.1: log audit (13), at informational (6) or warning (4). */
const FACILITY = 13;
const SEVERITY = { success: 6, failure: 4 } as const;

/** PRINTUSASCII of at most so many characters, or NILVALUE (RFC 5424, section 6). */
const header = (text: string, longest: number): string =>
  text.replaceAll(/[^!-~]/g, '').slice(0, longest) || '-';

/**
 * An event as a syslog message (RFC 5424): its type is the MSGID, its JSON the message, in ASCII and so without a byte order mark.
 * Framed by its length (RFC 6587, section 3.4.1; RFC 5425, section 4.3), so that nothing in it can begin another message.
 */
export function syslogFrame({ json, at, type, failed }: SinkLine, hostname: string): string {
  const priority = FACILITY * 8 + (failed ? SEVERITY.failure : SEVERITY.success);
  const message = `<${priority}>1 ${at} ${header(hostname, 255)} gatehouse - ${header(type, 32)} - ${json}`;
  return `${Buffer.byteLength(message)} ${message}`;
}

export interface SyslogOptions {
  /** Of the issuer: receivers tell their senders apart by it. */
  readonly hostname: string;
  /** For connecting, and again for everything else. */
  readonly timeoutMs: number;
  /** Reads what TLS needs, for each connection. */
  readonly tlsOptions: (target: SyslogTarget) => ConnectionOptions;
}

/** A batch counts when all of it was read: few enough for a slow receiver, so that it comes on. */
const AT_ONCE = 100;

/**
 * Sends each batch by a connection of its own. Syslog knows no acknowledgement, and what was only handed to the kernel is lost where the
 * receiver dies; so our side is ended behind the last message, and the batch counts as sent when the receiver has read up to
 * there and ends its own. One that dies with anything unread resets the connection instead.
 */
export const createSyslogSink = (target: SyslogTarget, options: SyslogOptions): AuditSink => ({
  atOnce: AT_ONCE,
  async send(lines) {
    const socket = await connect(target, options);
    const text = lines.map((line) => syslogFrame(line, options.hostname)).join('');
    await deliver(socket, text, options.timeoutMs, target.name);
  },
});

function connect(target: SyslogTarget, { tlsOptions, timeoutMs }: SyslogOptions): Promise<Socket> {
  const { host, port, tls } = target;
  return new Promise((resolve, reject) => {
    const socket =
      tls === undefined
        ? connectTcp({ host, port, allowHalfOpen: true })
        : connectTls({
            ...tlsOptions(target),
            ...(isIP(host) === 0 ? { servername: host } : {}),
            ...({
              host,
              port,
              allowHalfOpen: true,
              minVersion: 'TLSv1.2',
              rejectUnauthorized: true,
            } as const),
          });
    const timer = setTimeout(() => socket.destroy(new Error(`${target.name} did not answer`)), timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('close', () => reject(new Error(`${target.name} has closed the connection`)));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

function deliver(socket: Socket, text: string, timeoutMs: number, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let finished = false;
    let ended = false;
    const timer = setTimeout(
      () => socket.destroy(new Error(`${name} has not read everything and closed the connection in time`)),
      timeoutMs,
    );
    socket.on('error', reject);
    socket.once('finish', () => {
      finished = true;
    });
    socket.once('end', () => {
      // Before we have ended ours, it does not mean that everything was read.
      ended = finished;
      if (!ended) socket.destroy(new Error(`${name} has closed the connection before everything was sent`));
    });
    socket.once('close', () => {
      clearTimeout(timer);
      if (finished && ended) resolve();
      else reject(new Error(`${name} has closed the connection`));
    });
    // Receivers have nothing to say; what they say all the same must not fill up.
    socket.resume();
    socket.end(text);
  });
}
