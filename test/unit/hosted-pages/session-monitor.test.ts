import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { viewsPath } from '../../support/page-server.ts';

const LIMIT_BYTES = 3_072;
const file = `${viewsPath}/assets/session-monitor.js`;

interface Detail {
  readonly left: number;
  readonly final: boolean;
  readonly expired: boolean;
}
interface Monitor extends EventTarget {
  refresh(): Promise<void>;
  extend(): Promise<void>;
  stop(): void;
}
type Start = (options: Record<string, unknown>) => Monitor;

/** A session as the server keeps it, by its own clock. */
class Session {
  idleSeconds = 1_200;
  warnSeconds = 1_080;
  lastUse = 0;
  absolute = 43_200;
  ended = false;
  failing = false;

  idleEnd = () => Math.min(this.lastUse + this.idleSeconds, this.absolute);

  answer(now: number, method: string) {
    if (this.failing) return { status: 503, ok: false, json: async () => ({ error: 'unavailable' }) };
    if (this.ended || now >= this.idleEnd()) return { status: 401, ok: false };
    if (method === 'POST') this.lastUse = now;
    const idle = this.idleEnd();
    const body = {
      now: Math.floor(now),
      warn_at: idle - (this.idleSeconds - this.warnSeconds),
      idle_expires_at: idle,
      absolute_expires_at: this.absolute,
    };
    return { status: 200, ok: true, json: async () => body };
  }
}

/** As much of a browser as the script sees, with a time that moves when it is told to. */
class Tab {
  /** Seconds: of the world, of the computer's clock, and of the one that stands still while it sleeps. */
  world = 0;
  wall = 50_000;
  awake = 100;
  readonly session: Session;
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly events: (readonly [string, Detail])[] = [];
  readonly listeners = new Map<string, () => unknown>();
  every: (() => void) | undefined;
  channel: { onmessage?: () => unknown } = {};
  readonly dialog = new FakeDialog();
  monitor!: Monitor;

  constructor(session = new Session()) {
    this.session = session;
  }

  async open(source: string, withDialog = true): Promise<this> {
    const tab = this;
    const start = runInNewContext(`${source.replace('export ', '')}; monitorSession`, {
      performance: { now: () => tab.awake * 1_000 },
      Date: class extends Date {
        static override now = () => tab.wall * 1_000;
      },
      EventTarget,
      CustomEvent,
      AbortSignal: { timeout: () => undefined },
      BroadcastChannel: class {
        onmessage?: () => unknown;
        constructor() {
          tab.channel = this;
        }
        postMessage = () => tab.told.push('others');
      },
      setInterval: (tick: () => void) => {
        tab.every = tick;
      },
      clearInterval: () => {
        tab.every = undefined;
      },
      addEventListener: (type: string, listener: () => unknown) => tab.listeners.set(type, listener),
    }) as Start;
    this.monitor = start({
      status: '/status',
      activity: '/activity',
      ...(withDialog ? { dialog: this.dialog } : {}),
      fetch: async (url: string, { method }: { method: string }) => {
        this.asked.push(url);
        return this.session.answer(this.world, method);
      },
    });
    for (const type of ['warn', 'extended', 'ended']) {
      this.monitor.addEventListener(type, (event) =>
        this.events.push([type, (event as CustomEvent<Detail>).detail]),
      );
    }
    await settle();
    return this;
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.world += 1;
      this.wall += 1;
      this.awake += 1;
      this.every?.();
      await settle();
    }
  }

  /** The computer sleeps, and wakes with a page that nobody has touched. */
  async sleep(seconds: number): Promise<void> {
    this.world += seconds;
    this.wall += seconds;
    await this.pass(3);
  }

  names = () => this.events.map(([type]) => type);
  last = () => this.events.at(-1)?.[1] as Detail;
}

class FakeDialog extends EventTarget {
  open = false;
  attributes = new Set<string>();
  shown = '';
  showModal() {
    this.open = true;
  }
  close() {
    if (!this.open) return;
    this.open = false;
    setImmediate(() => this.dispatchEvent(new Event('close')));
  }
  toggleAttribute(name: string, present: boolean) {
    if (present) this.attributes.add(name);
    else this.attributes.delete(name);
  }
  querySelector = () => ({ replaceChildren: (text: string) => (this.shown = text) });
}

const settle = async () => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
};

describe('the script that watches a session', function monitor() {
  this.timeout(20_000);
  let source: string;
  before(async () => {
    source = await readFile(file, 'utf8');
  });

  it('has three kilobytes at most, as it is', async () => {
    expect((await readFile(file)).byteLength).to.be.at.most(LIMIT_BYTES);
  });

  it('asks once, and again when it is time to warn; then warns, counts and closes', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_079);
    expect(tab.asked).to.deep.equal(['/status']);
    await tab.pass(2);
    expect(tab.names()).to.deep.equal(['warn']);
    expect(tab.dialog.open).to.equal(true);
    await tab.pass(20);
    expect(tab.dialog.shown).to.equal('01:39');
    tab.dialog.close();
    await settle();
    expect(tab.asked.at(-1)).to.equal('/activity');
    expect(tab.names()).to.deep.equal(['warn', 'extended']);
    expect(tab.last().left).to.equal(1_200);
    expect(tab.told).to.have.length(1);
    await tab.pass(1_000);
    expect(tab.names(), 'as if nothing had been').to.deep.equal(['warn', 'extended']);
  });

  it('warns of nothing where somebody was active elsewhere', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_000);
    tab.session.lastUse = 1_000;
    await tab.pass(1_000);
    expect(tab.names()).to.deep.equal(['extended']);
    expect(tab.session.lastUse, 'asking is no use').to.equal(1_000);
  });

  it('closes what it has opened when another tab goes on, and does not go on itself', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_090);
    tab.session.lastUse = 1_090;
    tab.channel.onmessage?.();
    await settle();
    expect(tab.dialog.open).to.equal(false);
    expect(tab.asked).to.not.include('/activity');
  });

  it('ends when the server says so, once, and tells the other tabs', async () => {
    const tab = await new Tab().open(source);
    tab.session.ended = true;
    await tab.listeners.get('focus')?.();
    await settle();
    await tab.pass(30);
    expect(tab.names()).to.deep.equal(['ended']);
    expect(tab.last()).to.include({ expired: false });
    expect(tab.told).to.have.length(1);
    await tab.monitor.extend();
    expect(tab.asked).to.have.length(2);
  });

  it('ends in time by itself, for want of use', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_203);
    expect(tab.names()).to.deep.equal(['warn', 'ended']);
    expect(tab.last()).to.include({ expired: true, final: false });
    expect(tab.dialog.open).to.equal(false);
  });

  it('knows after a sleep what has become of the session, without any event of the browser', async () => {
    const over = await new Tab().open(source);
    await over.pass(10);
    await over.sleep(7_200);
    expect(over.names()).to.deep.equal(['ended']);
    expect(over.last().expired).to.equal(true);
    const near = await new Tab().open(source);
    await near.pass(10);
    await near.sleep(1_100);
    expect(near.names()).to.deep.equal(['warn']);
    const early = await new Tab().open(source);
    await early.pass(10);
    await early.sleep(300);
    expect(early.names()).to.deep.equal([]);
    expect(early.asked).to.have.length(2);
  });

  it('is not taken in by a clock that is set, forward or back', async () => {
    for (const jump of [7_200, -7_200]) {
      const tab = await new Tab().open(source);
      await tab.pass(10);
      tab.wall += jump;
      await tab.pass(1_060);
      expect(tab.names(), String(jump)).to.deep.equal([]);
      expect(tab.asked).to.have.length(2);
      await tab.pass(15);
      expect(tab.names(), String(jump)).to.deep.equal(['warn']);
    }
  });

  it('asks again while nobody answers, and ends by itself when it must be over', async () => {
    const tab = await new Tab().open(source);
    tab.session.failing = true;
    await tab.pass(1_210);
    expect(tab.names()).to.deep.equal([]);
    expect(tab.asked.length).to.be.within(20, 50);
    await tab.pass(10);
    expect(tab.names()).to.deep.equal(['ended']);
    expect(tab.last().expired).to.equal(true);
  });

  it('opens again when going on has failed', async () => {
    const tab = await new Tab().open(source);
    await tab.pass(1_085);
    tab.session.failing = true;
    tab.dialog.close();
    await settle();
    expect(tab.dialog.open).to.equal(false);
    tab.session.failing = false;
    await tab.pass(10);
    expect(tab.dialog.open).to.equal(true);
    expect(tab.names()).to.deep.equal(['warn', 'warn']);
  });

  it('says of an end that nothing puts off that it is one, also when it comes near by going on', async () => {
    const session = new Session();
    session.absolute = 1_203;
    const tab = await new Tab(session).open(source);
    await tab.pass(1_085);
    expect(tab.dialog.attributes).to.not.include('data-final');
    tab.dialog.close();
    await settle();
    await tab.pass(30);
    expect(tab.names()).to.deep.equal(['warn', 'extended', 'warn']);
    expect(tab.last().final).to.equal(true);
    expect(tab.dialog.attributes).to.include('data-final');
    tab.dialog.close();
    await settle();
    const uses = tab.asked.filter((url) => url === '/activity').length;
    expect(uses, 'there is nothing to go on with').to.equal(1);
    await tab.pass(200);
    expect(tab.names().at(-1)).to.equal('ended');
    expect(tab.last()).to.include({ final: true, expired: true });
  });

  it('works without a dialog, for applications that have their own', async () => {
    const tab = await new Tab().open(source, false);
    await tab.pass(1_090);
    await tab.monitor.extend();
    expect(tab.names()).to.deep.equal(['warn', 'extended']);
    tab.monitor.stop();
    await tab.pass(5_000);
    expect(tab.names()).to.deep.equal(['warn', 'extended']);
  });
});
