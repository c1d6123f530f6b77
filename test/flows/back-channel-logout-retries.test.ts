import { expect } from 'chai';
import { useBackChannelLogout } from '../support/back-channel-logout.ts';
import { startLogoutReceiver } from '../support/logout-receiver.ts';
import { eventually } from '../support/processes.ts';

describe('applications that are told of the end of a session', function backChannel() {
  this.timeout(30_000);
  const setup = useBackChannelLogout();
  const { clock, later, start, application, entries, only, untilState, afterAttempt, events, enqueue } =
    setup;

  describe('where it cannot be told at once', () => {
    it('is told again, later and later, with a token of its own each time', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer, request) => {
        if (request > 3) return false;
        answer.writeHead(request === 2 ? 500 : 503).end('an error page');
        return true;
      });
      await enqueue(client.id);
      const waits: number[] = [];
      for (const attempt of [1, 2, 3]) {
        const { nextAttemptAt, problem } = await afterAttempt(attempt);
        waits.push((nextAttemptAt.getTime() - clock.now().getTime()) / 1000);
        expect(problem).to.equal(`answered ${attempt === 2 ? 500 : 503}`);
        later(30);
      }
      await receiver.until(1);
      await untilState('delivered');
      expect(await only())
        .to.include({ attempts: 4 })
        .and.not.have.property('problem');
      for (const [index, wait] of waits.entries()) {
        expect(wait).to.be.within(5 * 2 ** index * 0.8 - 1, 5 * 2 ** index * 1.2);
      }
      expect(new Set(receiver.requests.map(({ claims }) => claims?.jti)).size).to.equal(4);
    });

    it('waits as long as it is asked to', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(429, { 'retry-after': '120' }).end() !== undefined);
      await enqueue(client.id);
      const { nextAttemptAt } = await afterAttempt(1);
      expect((nextAttemptAt.getTime() - clock.now().getTime()) / 1000).to.be.within(110, 121);
    });

    it('is given up after about an hour, which is on record', async () => {
      await start();
      const { client, receiver } = await application();
      await receiver.close();
      await enqueue(client.id);
      const began = setup.ahead;
      for (let attempt = 1; attempt <= 13; attempt += 1) {
        await eventually(`attempt ${attempt}`, async () => {
          const entry = await only();
          return entry.attempts === attempt && !entry.sending;
        });
        const { nextAttemptAt, state } = await only();
        if (state === 'waiting')
          later(Math.max(0, (nextAttemptAt.getTime() - clock.now().getTime()) / 1000) + 0.01);
      }
      await untilState('given_up');
      expect((await only()).problem).to.match(/^exhausted: no connection: ECONN/u);
      expect((setup.ahead - began) / 60_000).to.be.within(45, 75);
      const [event] = await events('logout.');
      expect(event).to.include({ type: 'logout.failed', outcome: 'failure', client: client.id });
      expect(event?.details).to.include({ reason: 'exhausted', attempts: 13 });
    });

    it('is given up when it refuses twice', async () => {
      await start();
      const { client, receiver } = await application();
      receiver.behave((answer) => answer.writeHead(400).end(JSON.stringify({ error: 'no' })) !== undefined);
      await enqueue(client.id);
      expect(await afterAttempt(1)).to.include({ state: 'waiting', refusals: 1 });
      later(10);
      await untilState('given_up');
      expect((await only()).problem).to.equal('refused: answered 400');
      expect(receiver.requests).to.have.length(2);
    });

    it('is not followed to where it redirects', async () => {
      await start();
      const { client, receiver } = await application();
      const elsewhere = await startLogoutReceiver();
      setup.receivers.push(elsewhere);
      receiver.behave((answer) => answer.writeHead(307, { location: elsewhere.uri }).end() !== undefined);
      await enqueue(client.id);
      expect((await afterAttempt(1)).problem).to.equal('answered 307');
      expect(elsewhere.requests).to.deep.equal([]);
    });

    it('is cut off when it takes too long, and not waited for once it has answered', async () => {
      await start({ LOGOUT_TIMEOUT_SECONDS: '1' });
      const { client, receiver } = await application();
      receiver.behave(() => true);
      await enqueue(client.id);
      expect((await afterAttempt(1)).problem).to.equal('no answer within 1 s');
      receiver.behave((answer) => {
        answer.writeHead(200).write('and so on');
        return true;
      });
      later(10);
      await untilState('delivered');
    });
  });

  it('are told few at a time each, whichever node does it, and none waits for another', async () => {
    await start({ LOGOUTS_PER_CLIENT: '3', LOGOUT_TIMEOUT_SECONDS: '20' });
    const [slow, quick] = [await application(), await application()];
    const second = await setup.server.secondNode();
    try {
      let [now, most] = [0, 0];
      const waiting: (() => void)[] = [];
      slow.receiver.behave(async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => waiting.push(resolve));
        now -= 1;
        return false;
      });
      await enqueue(slow.client.id, 40);
      await eventually('some are under way', async () => now === 3);
      await enqueue(quick.client.id, 20);
      await quick.receiver.until(20);
      expect(now).to.equal(3);
      const release = setInterval(() => {
        for (const resolve of waiting.splice(0)) resolve();
      }, 10);
      await slow.receiver.until(40).finally(() => clearInterval(release));
      await untilState('delivered', 60);
      expect(most).to.equal(3);
      expect(new Set(slow.receiver.accepted.map(({ sid }) => sid)).size).to.equal(40);
    } finally {
      await second.stop();
    }
  });

  it('are forgotten a week after', async () => {
    await start();
    const { client, receiver } = await application();
    await enqueue(client.id);
    await receiver.until(1);
    await untilState('delivered');
    setup.ahead += 6 * 86_400_000;
    expect(await setup.server.app.logouts.outbox.clear(10)).to.equal(0);
    setup.ahead += 2 * 86_400_000;
    expect(await setup.server.app.logouts.outbox.clear(10)).to.equal(1);
    expect(await entries()).to.deep.equal([]);
  });
});
