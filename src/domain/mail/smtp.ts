import type { Transporter } from 'nodemailer';
import type { Secret } from '../../kernel/secret.ts';
import { isThisMachine } from '../../kernel/this-machine.ts';
import { mimeFields } from './mime.ts';
import { REPLY_SECONDS, refusesForGood } from './policy.ts';
import { DeliveryError, type MailTransport } from './transport.ts';

export interface SmtpOptions {
  /** `smtp://` or `smtps://`, as the configuration checked it. */
  readonly url: string;
  /** The password of the user in the URL, where that has none. */
  readonly password?: Secret | undefined;
  /** Whether nothing may cross the network in the clear. A relay on this machine is excepted. */
  readonly requireTls: boolean;
  /** How we call ourselves in EHLO. */
  readonly clientName: string;
  /** How long it may take until the relay has the whole message. Its reply may take {@link REPLY_SECONDS} from then on. */
  readonly timeoutSeconds: number;
  /** Connections kept open at the same time. */
  readonly connections: number;
}

/** Below the five minutes that servers wait at least (RFC 5321, section 4.5.3.2.7), so that we close first. */
const IDLE_MS = 30_000;

/** Mail to a relay by SMTP, over a few connections that are kept. Nothing is connected before the first message. */
export function createSmtpTransport(options: SmtpOptions): MailTransport {
  let pool: Promise<Transporter> | undefined;
  let closed = false;
  const deadlines = new WeakMap<object, Deadline>();

  const open = () => {
    pool ??= connectionPool(options, (signal) => deadlines.get(signal)?.handedOver());
    return pool;
  };
  /**
   * True where a message may be handed over once more: the password is another one now, and so are the connections. Those that
   * wait for one of the old connections come here too.
   */
  async function renewed(error: unknown, through: Promise<Transporter>): Promise<boolean> {
    if (pool !== through) return true;
    if ((error as SmtpFailure).code !== 'EAUTH' || options.password?.renew() !== true) return false;
    pool = undefined;
    (await through).close();
    return true;
  }
  return {
    async send(message, signal) {
      const deadline = createDeadline(options.timeoutSeconds);
      const either = AbortSignal.any([signal, deadline.signal]);
      deadlines.set(either, deadline);
      try {
        for (let again = true; ; again = false) {
          if (closed) throw new DeliveryError('the transport is closed', { permanent: false });
          const through = open();
          try {
            await (await through).sendMail({ ...mimeFields(message), signal: either });
            return;
          } catch (error) {
            if (!again || closed || !(await renewed(error, through))) throw asDeliveryError(error);
          }
        }
      } finally {
        deadline.met();
      }
    },
    async close() {
      closed = true;
      // Not `force`: whoever closes has aborted what must end.
      if (pool !== undefined) (await pool).close();
    },
  };
}

interface Deadline {
  readonly signal: AbortSignal;
  /** The relay has the whole message: now it is its reply that is waited for. */
  handedOver(): void;
  met(): void;
}

function createDeadline(timeoutSeconds: number): Deadline {
  const controller = new AbortController();
  const start = (seconds: number) => setTimeout(() => controller.abort(), seconds * 1000);
  let timer = start(timeoutSeconds);
  let isMet = false;
  return {
    signal: controller.signal,
    handedOver() {
      clearTimeout(timer);
      if (!isMet) timer = start(REPLY_SECONDS);
    },
    met() {
      isMet = true;
      clearTimeout(timer);
    },
  };
}

/** Loaded with the first message: a start must not wait for it. `handedOver` is told the signal of each message that is out. */
async function connectionPool(
  options: SmtpOptions,
  handedOver: (signal: object) => void,
): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(options.url);
  const pass = options.password?.value ?? decodeURIComponent(password);
  const secure = protocol === 'smtps:';
  const local = isThisMachine(hostname);
  const milliseconds = options.timeoutSeconds * 1000;
  const pool = createTransport({
    pool: true,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !local && options.requireTls,
    ignoreTLS: local,
    tls: { minVersion: 'TLSv1.2' },
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass } }),
    name: options.clientName,
    maxConnections: options.connections,
    // A connection that breaks is a failed attempt; the outbox decides what follows.
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    dnsTimeout: milliseconds,
    connectionTimeout: milliseconds,
    greetingTimeout: milliseconds,
    // Each attempt has a deadline of its own, and a relay may be silent for longer than that before its last reply.
    socketTimeout: REPLY_SECONDS * 1000,
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  pool.use('stream', ({ message, data: { signal } }, done) => {
    message.processFunc((content) => content.once('end', () => signal && handedOver(signal)));
    done();
  });
  return pool;
}

interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message?: string;
}

/** Reads nodemailer's error: the server's own words where it said some. */
function asDeliveryError(error: unknown): DeliveryError {
  const { code, command, responseCode, response, message } = error as SmtpFailure;
  const reason = code === 'EABORT' ? 'it took too long' : (response ?? message ?? 'it failed');
  return new DeliveryError([code, command, reason].filter(Boolean).join(' '), {
    permanent: refusesForGood(responseCode, command),
    cause: error,
  });
}
