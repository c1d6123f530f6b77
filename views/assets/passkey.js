// The ceremonies of passkeys: fetches the options, asks the browser, and posts the answer with the form. Without this
// script, or in a browser without passkeys, what is marked `data-passkey-only` stays hidden.

const { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration } =
  globalThis.SimpleWebAuthnBrowser;

/** Options older than this may be refused by the server: they are fetched anew before autofill uses them. */
const STALE_MS = 240_000;

const messageOf = (form) => form.querySelector('[data-passkey-message]');

function say(form, code) {
  const message = messageOf(form);
  message.textContent = code === undefined ? '' : message.dataset[code];
  message.toggleAttribute('data-problem', code !== undefined && code !== 'waiting');
}

/** The options that the server made for this form, which carries the token against forgery. */
async function optionsOf(form) {
  const response = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: new URLSearchParams(new FormData(form)),
  });
  if (response.ok) return response.json();
  const error = new Error(`options: ${response.status}`);
  // A page that was open for too long, or a lock: the server says it best, on a page of its own.
  error.code = response.status < 500 ? 'reload' : 'unavailable';
  throw error;
}

function codeOf(error) {
  if (error.code === 'unavailable' || error instanceof TypeError) return 'unavailable';
  if (error.name === 'InvalidStateError') return 'exists';
  if (error.name === 'NotAllowedError' || error.name === 'AbortError') return 'cancelled';
  return 'failed';
}

function send(form, answer) {
  form.elements.response.value = JSON.stringify(answer);
  form.submit();
}

async function perform(form) {
  say(form, 'waiting');
  try {
    const optionsJSON = await optionsOf(form);
    const start = form.dataset.passkey === 'create' ? startRegistration : startAuthentication;
    send(form, await start({ optionsJSON }));
  } catch (error) {
    if (error.code === 'reload') return form.submit();
    say(form, codeOf(error));
    form.removeAttribute('data-sent');
  }
}

/** Passkeys among what the browser offers for the name field, until one is chosen or the page is left. */
async function offer(form) {
  if (!(await browserSupportsWebAuthnAutofill())) return;
  const field = document.querySelector('input[autocomplete~="webauthn"]');
  let since = Number.NEGATIVE_INFINITY;
  const begin = async () => {
    if (form.hasAttribute('data-sent') || performance.now() - since < STALE_MS) return;
    since = performance.now();
    try {
      const optionsJSON = await optionsOf(form);
      send(form, await startAuthentication({ optionsJSON, useBrowserAutofill: true }));
    } catch {
      // Nobody asked for it: the button and the password say what is wrong, if anything is.
    }
  };
  field.addEventListener('focus', begin);
  await begin();
}

function enable(form) {
  const button = form.querySelector('[data-passkey-button]');
  button.hidden = false;
  // `autofocus` passes over what is hidden when the page comes.
  if ('focus' in button.dataset && document.activeElement === document.body) button.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.hasAttribute('data-sent')) return;
    form.setAttribute('data-sent', '');
    void perform(form);
  });
  // The back button may bring the page back as it was left.
  addEventListener('pageshow', () => {
    form.removeAttribute('data-sent');
    form.elements.response.value = '';
    say(form);
  });
  if ('autofill' in form.dataset) void offer(form);
}

const forms = document.querySelectorAll('form[data-passkey]');
if (browserSupportsWebAuthn()) {
  for (const part of document.querySelectorAll('[data-passkey-only]')) part.hidden = false;
  forms.forEach(enable);
} else {
  for (const form of forms) say(form, 'unsupported');
}
