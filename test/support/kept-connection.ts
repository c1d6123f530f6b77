import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import type { DoorOptions } from '../../src/http/kit/door.ts';
import { eventually } from './processes.ts';

/** The door of a test, and connections that a proxy keeps with it. */

export const DOOR: DoorOptions = {
  host: '127.0.0.1',
  port: 0,
  settings: { host: 'HOST', port: 'PORT' },
  requestTimeoutSeconds: 30,
  keepAliveSeconds: 75,
};

export const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** A connection that a proxy keeps. */
export class Kept {
  readonly socket: Socket;
  text = '';
  closed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  get answers(): number {
    return this.text.split('HTTP/1.1 200').length - 1;
  }

  /** Sends a request and waits for one more answer. */
  async ask(): Promise<void> {
    const before = this.answers;
    this.socket.write(REQUEST);
    await eventually('an answer', async () => this.answers > before || this.closed);
    expect(this.answers, this.text).to.equal(before + 1);
  }
}
