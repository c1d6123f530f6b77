import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { type Door, type DoorOptions, openDoor } from '../../../src/http/kit/door.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { DOOR, Kept, REQUEST } from '../../support/kept-connection.ts';
import { eventually } from '../../support/processes.ts';

const isRefused = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(true));
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
  });

describe('a door', function () {
  this.timeout(30_000);
  const opened: Door[] = [];
  const kept: Kept[] = [];

  const open = async (options: Partial<DoorOptions> = {}, handle?: RequestListener) => {
    const door = await openDoor(
      { ...DOOR, ...options },
      handle ?? ((_request, response) => response.end('here')),
    );
    opened.push(door);
    return door;
  };
  const keep = (door: Door) => {
    const connection = new Kept(door.port);
    kept.push(connection);
    return connection;
  };

  afterEach(async () => {
    for (const { socket } of kept.splice(0)) socket.destroy();
    await Promise.all(opened.splice(0).map((door) => door.close(0)));
  });

  describe('keeps connections', () => {
    it('for longer than proxies do, and than a request may take, slow headers included', async () => {
      const door = await open({ requestTimeoutSeconds: 1 });
      const connection = keep(door);
      await connection.ask();
      expect(connection.text).to.match(/\r\nKeep-Alive: timeout=75\r\n/);
      // Longer than the limits of a request, and than the 5 s of Node.js.
      await wait(7_500);
      await connection.ask();
      expect(connection.closed).to.equal(false);
    });

    it('for as long as the setting says, and no longer', async () => {
      const door = await open({ keepAliveSeconds: 1 });
      const connection = keep(door);
      await connection.ask();
      await eventually('it is closed', async () => connection.closed, 6_000);
    });

    it('but cuts slow headers and requests all the same, on a kept connection as well', async () => {
      const door = await open({ requestTimeoutSeconds: 1 });
      const [fresh, used, silent] = [keep(door), keep(door), keep(door)];
      await used.ask();
      for (const slow of [fresh, used]) slow.socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-A: ');
      await eventually('all are cut', async () => [fresh, used, silent].every(({ closed }) => closed), 6_000);
      expect(fresh.text).to.match(/^HTTP\/1\.1 408 /);
    });
  });

  describe('that wanes', () => {
    it('takes connections and requests, and ends each connection with its answer', async () => {
      const door = await open();
      const [before, idle] = [keep(door), keep(door)];
      await before.ask();
      await idle.ask();
      door.wane();
      await before.ask();
      await eventually('its answer was the last', async () => before.closed);
      expect(before.text).to.match(/\r\nConnection: close\r\n/);
      const after = keep(door);
      await after.ask();
      await eventually('its answer was the last', async () => after.closed);
      expect(idle.closed, 'an idle one is left to its proxy').to.equal(false);
      await door.close(5_000);
      await eventually('idle ones are closed in the end', async () => idle.closed);
    });

    it('tells it with the answer to a request that was under way', async () => {
      let answer: (() => void) | undefined;
      const door = await open({}, (_request, response) => {
        answer = () => response.end('late');
      });
      const connection = keep(door);
      connection.socket.write(REQUEST);
      await eventually('it is under way', async () => answer !== undefined);
      door.wane();
      answer?.();
      await eventually('it is closed', async () => connection.closed);
      expect(connection.text)
        .to.match(/\r\nConnection: close\r\n/)
        .and.include('late');
    });
  });

  describe('that closes', () => {
    let begun = 0;
    const slowly: RequestListener = (request, response) => {
      begun += 1;
      if (request.url !== '/begun') return void setTimeout(() => response.end('late'), 700);
      response.write('begun');
      setTimeout(() => response.end('late'), 700);
    };

    for (const path of ['/', '/begun']) {
      it(`finishes what is under way at ${path}, and does not wait for kept connections after that`, async () => {
        const door = await open({}, slowly);
        const connection = keep(door);
        begun = 0;
        connection.socket.write(REQUEST.replace('/', path));
        await eventually('it is under way', async () => begun === 1);
        const began = performance.now();
        await door.close(20_000);
        expect(performance.now() - began).to.be.within(300, 10_000);
        await eventually('it is answered', async () => connection.text.includes('late'));
      });
    }

    it('refuses new connections, and cuts what takes too long', async () => {
      let begun = false;
      const door = await open({}, () => {
        begun = true;
      });
      const connection = keep(door);
      connection.socket.write(REQUEST);
      await eventually('it is under way', async () => begun);
      const closing = door.close(500);
      const late = keep(door);
      await eventually('it is refused', async () => late.closed);
      await closing;
      await eventually('it is cut', async () => connection.closed);
    });

    it('answers what comes on idle connections for a while, as the last of each, though it takes no new ones', async () => {
      const door = await open();
      const [used, unused] = [keep(door), keep(door)];
      await used.ask();
      await unused.ask();
      let closed = false;
      const closing = door.close(20_000, 1_500).then(() => {
        closed = true;
      });
      await eventually('new ones are refused', () => isRefused(door.port));
      await used.ask();
      await eventually('its answer was the last', async () => used.closed);
      expect(used.text).to.match(/\r\nConnection: close\r\n/);
      expect([unused.closed, closed]).to.deep.equal([false, false]);
      await closing;
      await eventually('what nobody used is closed in the end', async () => unused.closed);
    });

    it('is not brought down by connections that are reset while it stops listening', async () => {
      const door = await open();
      let busy = true;
      // As on a server with much to do: no turn of the event loop is quiet.
      const work = () => {
        for (const until = performance.now() + 1; performance.now() < until; );
        if (busy) setImmediate(work);
      };
      work();
      const closing = door.close(5_000);
      for (let each = 0; each < 10; each += 1) {
        const { socket } = keep(door);
        socket.once('connect', () => socket.resetAndDestroy());
      }
      await wait(300);
      busy = false;
      await closing;
    });

    it('does not wait where every connection has had its last answer', async () => {
      const door = await open();
      const connection = keep(door);
      await connection.ask();
      const closing = door.close(60_000, 60_000);
      await connection.ask();
      await closing;
    });
  });

  describe('at which another protocol is spoken', () => {
    const cases: [what: string, bytes: string | Buffer][] = [
      [
        'the PROXY protocol',
        'PROXY TCP4 203.0.113.7 10.0.0.5 56324 443\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n',
      ],
      ['the PROXY protocol', 'PROXY UNKNOWN\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['the PROXY protocol', Buffer.from('0d0a0d0a000d0a515549540a2111000ccb00710a0a000005dc0401bb', 'hex')],
      ['TLS', Buffer.from('1603010200010001fc0303', 'hex')],
      ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ];
    for (const [what, bytes] of cases) {
      it(`refuses ${what} (${Buffer.from(bytes)
        .toString('latin1', 0, 12)
        .replace(/[^ -~]/g, '.')}) and tells of it`, async () => {
        const told: string[][] = [];
        const door = await open({ onForeignProtocol: (...words) => void told.push(words) });
        const connection = keep(door);
        connection.socket.write(bytes);
        await eventually('it is refused', async () => connection.closed);
        expect(connection.text).to.match(/^HTTP\/1\.1 400 /);
        expect(told).to.deep.equal([[what, '127.0.0.1']]);
      });
    }

    it('tells of nothing where it is merely garbage', async () => {
      const told: string[][] = [];
      const door = await open({ onForeignProtocol: (...words) => void told.push(words) });
      for (const bytes of ['this is no HTTP\r\n\r\n', 'PROXYING / HTTP/1.1\r\n\r\n', '\0\0\0\0']) {
        const connection = keep(door);
        connection.socket.write(bytes);
        await eventually('it is refused', async () => connection.closed);
      }
      expect(told).to.deep.equal([]);
    });
  });

  describe('that refuses what is no request', () => {
    /** Sockets of this process at the door's end of a connection, and at ours. */
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

    for (const [what, sent, status] of [
      ['one that stops in its headers', 'GET / HTTP/1.1\r\nHost: x\r\n', '408'],
      ['one that stops in its body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1', '408'],
      ['garbage', 'GARBAGE\r\n\r\n', '400'],
    ] as const) {
      it(`keeps no socket for ${what}, though the other end never closes`, async () => {
        const door = await open({ requestTimeoutSeconds: 1 }, () => {});
        const before = sockets();
        const client = connect({ port: door.port, host: '127.0.0.1', allowHalfOpen: true });
        let text = '';
        client.on('error', () => {});
        client.on('data', (chunk) => {
          text += chunk.toString('latin1');
        });
        client.write(sent);
        try {
          await eventually('an answer', async () => text !== '');
          expect(text).to.match(new RegExp(`^HTTP/1.1 ${status} `));
          await eventually(
            'there is our end only',
            async () => sockets() - before === (client.destroyed ? 0 : 1),
          );
        } finally {
          client.destroy();
        }
      });
    }
  });

  describe('that cannot be opened names the setting', () => {
    const failure = (options: Partial<DoorOptions>) =>
      open(options).then(
        () => expect.fail('it was opened'),
        (error: unknown) => {
          expect(error).to.be.instanceOf(GatehouseError).with.property('code', 'cannot_listen');
          return (error as GatehouseError).safeMessage;
        },
      );

    it('of the port, where another program has it', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => other.once('listening', resolve));
      const { port } = other.address() as AddressInfo;
      try {
        expect(await failure({ port })).to.equal(
          `PORT: port ${port} on 127.0.0.1 is in use by another program`,
        );
        expect(await failure({ port, settings: { host: 'METRICS_HOST', port: 'METRICS_PORT' } })).to.match(
          /^METRICS_PORT: /,
        );
      } finally {
        other.close();
      }
    });

    it('of the address, where it is none of this machine or no name', async () => {
      expect(await failure({ host: '203.0.113.7' })).to.match(
        /^HOST: 203\.0\.113\.7 is no address of this machine/,
      );
      expect(await failure({ host: 'no-such-host.invalid' })).to.match(/^HOST: .*no-such-host\.invalid/);
    });
  });
});
