import { expect } from 'chai';
import { createHashQueue } from '../../../src/domain/passwords/queue.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';

/** Tasks that end when told to, and the order in which they began. */
function manualTasks() {
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  const task = (id: number) => () => {
    started.push(id);
    return new Promise<number>((resolve) => ends.set(id, () => resolve(id)));
  };
  const end = async (id: number) => {
    ends.get(id)?.();
    await settled();
  };
  return { started, task, end };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function refusal(work: Promise<unknown>): Promise<GatehouseError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof GatehouseError) return error;
  }
  throw new Error('was not refused');
}

describe('hash queue', () => {
  it('runs as many at a time as allowed, the rest in the order they came', async () => {
    const queue = createHashQueue({ concurrency: 2, limit: 10 });
    const { started, task, end } = manualTasks();
    const results = Promise.all([1, 2, 3, 4, 5].map((id) => queue.run(task(id))));
    await settled();
    expect(started).to.deep.equal([1, 2]);
    expect([queue.running, queue.waiting]).to.deep.equal([2, 3]);
    await end(2);
    expect(started).to.deep.equal([1, 2, 3]);
    await end(3);
    await end(1);
    expect(started).to.deep.equal([1, 2, 3, 4, 5]);
    await end(4);
    await end(5);
    expect(await results).to.deep.equal([1, 2, 3, 4, 5]);
    expect([queue.running, queue.waiting]).to.deep.equal([0, 0]);
  });

  it('turns away at once what comes when it is full, and takes work again after', async () => {
    const queue = createHashQueue({ concurrency: 1, limit: 2 });
    const { started, task, end } = manualTasks();
    const accepted = [1, 2, 3].map((id) => queue.run(task(id)));
    const error = await refusal(queue.run(task(4)));
    expect(error).to.include({ code: 'hashing_busy', status: 503 });
    await end(1);
    accepted.push(queue.run(task(5)));
    for (const id of [2, 3, 5]) await end(id);
    await Promise.all(accepted);
    expect(started).to.deep.equal([1, 2, 3, 5]);
  });

  it('tells when to come back from how long tasks have taken', async () => {
    let now = 0;
    const queue = createHashQueue({ concurrency: 2, limit: 8, monotonic: () => now });
    const full = async () => {
      const { task, end } = manualTasks();
      const all = Array.from({ length: 10 }, (_, id) => queue.run(task(id)));
      await settled();
      const { retryAfter } = await refusal(queue.run(task(10)));
      for (let id = 0; id < 10; id++) await end(id);
      await Promise.all(all);
      return retryAfter;
    };
    expect(await full()).to.equal(1);
    for (let i = 0; i < 100; i++) {
      await queue.run(async () => {
        now += 1000;
      });
    }
    // 10 tasks of about a second each, two at a time.
    expect(await full()).to.be.within(4, 6);
  });

  it('frees the place of a task that fails', async () => {
    const queue = createHashQueue({ concurrency: 1, limit: 1 });
    const failed = queue.run(() => Promise.reject(new Error('boom'))).catch((error: Error) => error.message);
    const next = queue.run(async () => 'ran');
    expect([await failed, await next]).to.deep.equal(['boom', 'ran']);
  });

  it('frees the place of a task that throws before it is a promise', async () => {
    const queue = createHashQueue({ concurrency: 1, limit: 1 });
    const thrown = queue.run(() => {
      throw new Error('boom');
    });
    expect(await thrown.catch((error: Error) => error.message)).to.equal('boom');
    expect(await queue.run(async () => 'ran')).to.equal('ran');
  });

  it('drops what waits for somebody who has gone, and lets others move up', async () => {
    const queue = createHashQueue({ concurrency: 1, limit: 2 });
    const { started, task, end } = manualTasks();
    const gone = new AbortController();
    const first = queue.run(task(1), gone.signal);
    const second = queue.run(task(2), gone.signal).catch((reason: Error) => reason.message);
    const third = queue.run(task(3));
    gone.abort(new Error('gone'));
    expect(await second).to.equal('gone');
    const fourth = queue.run(task(4));
    await end(1);
    expect(await first).to.equal(1);
    await end(3);
    await end(4);
    expect([await third, await fourth]).to.deep.equal([3, 4]);
    expect(started).to.deep.equal([1, 3, 4]);
    const late = queue.run(task(5), gone.signal).catch((reason: Error) => reason.message);
    expect(await late).to.equal('gone');
  });

  it('lets nobody overtake when a place frees', async () => {
    const queue = createHashQueue({ concurrency: 1, limit: 5 });
    const order: string[] = [];
    const note = (name: string) => queue.run(async () => void order.push(name));
    const a = note('a').then(() => note('d'));
    await Promise.all([a, note('b'), note('c')]);
    expect(order).to.deep.equal(['a', 'b', 'c', 'd']);
  });
});
