import { connect, type Socket } from 'node:net';

/**
 * The least HTTP/1.1 client that keeps a connection alive: the cheaper the load generator, the more of the machine is
 * the server's. One request at a time; no pipelining, no redirects, no compression.
 */

export interface Target {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Sent with every request: what a proxy in front would add. */
  readonly headers: string;
}

export interface Answer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly body: string;
}

export interface RequestOptions {
  readonly headers?: string;
  /** Makes it a POST of a form. */
  readonly form?: string;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class Connection {
  readonly target: Target;
  #socket: Socket | undefined;
  #received = '';
  #pending: Pending | undefined;

  constructor(target: Target) {
    this.target = target;
  }

  /** Rejects when the connection breaks; the next request opens a new one. */
  request(path: string, { headers = '', form }: RequestOptions = {}): Promise<Answer> {
    const socket = this.#open();
    const common = `${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.target.port}\r\n${this.target.headers}${headers}`;
    const text =
      form === undefined
        ? `GET ${common}\r\n`
        : `POST ${common}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(form)}\r\n\r\n${form}`;
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      socket.write(text);
    });
  }

  close(): void {
    this.#pending = undefined;
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = connect({ host: '127.0.0.1', port: this.target.port, noDelay: true });
    this.#socket = socket;
    this.#received = '';
    // Every byte is one character, so lengths count bytes.
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#received += chunk;
      const answer = parse(this.#received);
      if (answer === undefined) return;
      this.#received = '';
      const pending = this.#pending;
      this.#pending = undefined;
      if (/^connection: close/im.test(answer.head)) this.close();
      pending?.resolve(answer);
    });
    const broken = (error?: Error) => {
      if (this.#socket === socket) this.#socket = undefined;
      const pending = this.#pending;
      this.#pending = undefined;
      pending?.reject(error ?? new Error(`${this.target.name} closed the connection`));
    };
    socket.on('error', broken);
    socket.on('close', () => broken());
    return socket;
  }
}

function parse(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const body = bodyOf(head, text.slice(end + 4));
  return body === undefined ? undefined : { status: Number(head.slice(9, 12)), head, body };
}

function bodyOf(head: string, rest: string): string | undefined {
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length) ? rest : undefined;
  if (!/^transfer-encoding: chunked/im.test(head)) return '';
  return rest.endsWith('0\r\n\r\n') ? unchunk(rest) : undefined;
}

function unchunk(text: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(size > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 4 + size;
  }
}
