// Says when the session ends, warns before, and leaves the page when it is over. Without this script it ends all the same.

const dialog = document.querySelector('[data-session]');
const time = document.querySelector('[data-session-end] time');
const spoken = dialog.querySelector('[data-session-say]');
/** Seconds before the end at which it is said aloud how many are left. */
const HEARD = [10, 30, 60];

// Of the same deployment as this page, whatever a cache has under its other address.
const { monitorSession } = await import(dialog.dataset.monitor);

const monitor = monitorSession({
  status: '/account/session',
  activity: '/account/session/activity',
  dialog,
  fetch: (url, { method, signal }) =>
    fetch(url, {
      method,
      signal,
      headers: { Accept: 'application/json' },
      ...(method === 'POST' ? { body: new URLSearchParams({ csrf: dialog.dataset.csrf }) } : {}),
    }),
});

monitor.addEventListener('status', ({ detail }) => {
  time.dateTime = new Date(detail.idle_expires_at * 1000).toISOString();
  time.dispatchEvent(new Event('change'));
});

function inWords(seconds) {
  const [value, unit] = seconds < 120 ? [seconds, 'second'] : [Math.floor(seconds / 60), 'minute'];
  const format = new Intl.NumberFormat(time.lang, { style: 'unit', unit, unitDisplay: 'long' });
  return spoken.dataset.sessionSay.replace('%', format.format(value));
}

let said;
monitor.addEventListener('warn', () => {
  said = undefined;
});
monitor.addEventListener('tick', ({ detail }) => {
  const seconds = Math.max(0, Math.ceil(detail.left));
  const step = HEARD.find((each) => seconds <= each) ?? 'at first';
  if (step === said) return;
  said = step;
  spoken.textContent = inWords(seconds);
});

monitor.addEventListener('ended', ({ detail }) => {
  const because = detail.expired ? (detail.final ? 'age' : 'idle') : 'ended';
  location.replace(`/account/signed-out?${new URLSearchParams({ because, from: location.pathname })}`);
});
