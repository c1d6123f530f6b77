// Says when the session ends, warns before, and leaves the page when it is over. Without this script it ends all the same.

const dialog = document.querySelector('[data-session]');
const time = document.querySelector('[data-session-end] time');
const spoken = dialog.querySelector('[data-session-say]');
/** Seconds before the end at which it is said aloud how many are left. */
const HEARD = [10, 30, 60];

// Of the same deployment as this page, whatever a cache has under its other address.
const { monitorSession } = await import(dialog.dataset.monitor);

// Mails tell times in it, too. What fails now is tried on the next page.
const { zoneAction, csrf } = dialog.dataset;
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
if (zoneAction && timeZone) {
  const body = new URLSearchParams({ csrf, zone: timeZone });
  fetch(zoneAction, { method: 'POST', keepalive: true, body }).catch(() => {});
}

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

// The tab says it, too, to whoever looks at another one, until the dialog is answered.
const { title } = document;
const restoreTitle = () => {
  document.title = title;
};
dialog.addEventListener('close', restoreTitle);
monitor.addEventListener('extended', restoreTitle);

let said;
monitor.addEventListener('warn', ({ detail }) => {
  said = undefined;
  const heading = dialog.querySelector(detail.final ? 'h2 .if-final' : 'h2 .unless-final');
  document.title = `${heading.textContent} – ${title}`;
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
