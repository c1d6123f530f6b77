// Progressive enhancement of the hosted pages. Every page works without it.

// `autofocus` does this before the first frame in current browsers; older ones know it for inputs only.
requestAnimationFrame(() => {
  if (document.activeElement === document.body) document.querySelector('[data-error-summary]')?.focus();
});

for (const button of document.querySelectorAll('[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal);
  const reveal = (shown) => {
    input.type = shown ? 'text' : 'password';
    button.setAttribute('aria-label', shown ? button.dataset.hide : button.dataset.show);
    button.toggleAttribute('data-shown', shown);
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    reveal(input.type === 'password');
    input.focus();
  });
  // Submitted as a password again, so that the browser does not offer it as ordinary text later.
  input.form.addEventListener('submit', () => reveal(false));
}

for (const message of document.querySelectorAll('[data-caps]')) {
  const input = document.getElementById(message.dataset.caps);
  const tell = (event) => {
    message.textContent = event.getModifierState?.('CapsLock') ? message.dataset.text : '';
  };
  input.addEventListener('keydown', tell);
  input.addEventListener('keyup', tell);
  input.addEventListener('blur', () => {
    message.textContent = '';
  });
}

// A second click while the first is under way would only meet a form that was used already.
const PATIENCE_MS = 10_000;
for (const form of document.querySelectorAll('form[data-once]')) {
  const release = () => form.removeAttribute('data-sent');
  form.addEventListener('submit', (event) => {
    if (form.hasAttribute('data-sent')) {
      event.preventDefault();
      return;
    }
    form.setAttribute('data-sent', '');
    setTimeout(release, PATIENCE_MS);
  });
  // The back button may bring the page back as it was left.
  addEventListener('pageshow', release);
}

// A page whose form is all there is to do: it goes on by itself.
document.querySelector('form[data-submit]')?.submit();

// In the zone of the page, or else the browser's own; the time in UTC stays at hand in the title. Also of a time that another
// script has changed.
for (const time of document.querySelectorAll('time[data-localise]')) {
  const clock = { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' };
  const format = (timeZone, parts = clock) =>
    new Intl.DateTimeFormat(time.lang, {
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      timeZone,
      ...parts,
    }).format(new Date(time.dateTime));
  const show = () => {
    time.title = format('UTC');
    time.textContent = format(time.dataset.zone, time.dataset.localise === 'day' ? {} : clock);
  };
  show();
  time.addEventListener('change', show);
}

// Copies what stands in another element: each item of a list on a line of its own.
for (const button of document.querySelectorAll('[data-copy]')) {
  if (navigator.clipboard === undefined) continue;
  const source = document.getElementById(button.dataset.copy);
  const status = document.querySelector(`[data-copied="${button.dataset.copy}"]`);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const items = [...source.querySelectorAll('li')].map((item) => item.textContent.trim());
    const text = 'squeeze' in button.dataset ? source.textContent.replace(/\s/g, '') : items.join('\n');
    await navigator.clipboard.writeText(text);
    button.textContent = button.dataset.done;
    status.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = label;
      status.textContent = '';
    }, 3_000);
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

// Offers the zone of the browser where another one is chosen.
for (const offer of document.querySelectorAll('[data-zone-of-browser]')) {
  const select = document.getElementById(offer.dataset.zoneOfBrowser);
  const button = offer.querySelector('button');
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const show = () => {
    offer.hidden = select.value === timeZone || ![...select.options].some(({ value }) => value === timeZone);
  };
  button.textContent = button.dataset.text.replace('%', timeZone);
  button.addEventListener('click', () => {
    select.value = timeZone;
    select.focus();
    show();
  });
  select.addEventListener('change', show);
  show();
}
