// Warns before a session at Gatehouse ends (docs/sessions.md). Times are in seconds.
const clock = () => performance.now() / 1000;
// Jumps when a computer wakes up or its clock is set.
const skew = () => Date.now() / 1000 - clock();

export function monitorSession({ status, activity, dialog, fetch = globalThis.fetch }) {
  const monitor = new EventTarget();
  const tabs = new BroadcastChannel(`session ${status}`);
  let known = {};
  let [at, asked, skewed] = [0, 0, skew()];
  let over;
  let warned = false;
  let queue = Promise.resolve();

  const jump = () => skew() - skewed;
  const left = () => known.idle_expires_at - known.now + at - clock() - Math.max(0, jump());
  const final = () => known.idle_expires_at >= known.absolute_expires_at;
  const tell = (type) => {
    const detail = { ...known, left: left(), final: final(), expired: left() < 2 };
    monitor.dispatchEvent(new CustomEvent(type, { detail }));
  };

  function ask(url, method) {
    asked = clock();
    const send = async () => {
      if (over) return;
      const answer = await fetch(url, { method, signal: AbortSignal.timeout(9000) });
      if ([401, 403].includes(answer.status)) return end();
      if (!answer.ok) throw answer;
      learn(await answer.json());
      if (method === 'POST') tabs.postMessage(0);
    };
    // Closed in vain: it opens again.
    queue = queue.then(send).catch(() => (warned &&= method === 'GET'));
    return queue;
  }
  const refresh = () => ask(status, 'GET');
  const extend = () => ask(activity, 'POST');

  function learn(news) {
    const longer = news.idle_expires_at > known.idle_expires_at;
    [known, at, skewed] = [news, clock(), skew()];
    tell('status');
    if (longer) {
      warned &&= !!dialog?.open;
      tell('extended');
    }
    dialog?.toggleAttribute('data-final', final());
    if (warned === news.now >= news.warn_at) return;
    warned = !warned;
    if (!warned) return dialog?.close();
    tell('warn');
    count();
    dialog?.showModal();
  }

  function count() {
    const time = new Date(Math.max(0, left()) * 1000).toISOString().slice(14, 19);
    dialog?.querySelector('[role=timer]')?.replaceChildren(time);
    tell('tick');
  }

  function stop() {
    over = true;
    warned = false;
    clearInterval(timer);
    dialog?.close();
    tabs.postMessage(0);
  }

  function end() {
    stop();
    tell('ended');
  }

  const timer = setInterval(() => {
    const jumped = Math.abs(jump()) > 2;
    const due = !(known.warn_at - known.now + at > clock());
    if ((jumped || due) && clock() - asked > (left() > 0 ? 5 : 1)) refresh();
    if (!jumped && left() < -15) end();
    else if (warned) count();
  }, 1000);

  // Whoever closes it is there.
  dialog?.addEventListener('close', () => warned && !final() && extend());
  tabs.onmessage = refresh;
  for (const type of ['focus', 'pageshow', 'visibilitychange']) addEventListener(type, refresh);
  refresh();
  return Object.assign(monitor, { refresh, extend, stop });
}
