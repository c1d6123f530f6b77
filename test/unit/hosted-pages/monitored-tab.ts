import { runInNewContext } from 'node:vm';

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
export class Session {
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
export class Tab {
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

export const settle = async () => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
};
