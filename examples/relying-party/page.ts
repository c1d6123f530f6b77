/** The pages of the sample application, in the light or dark theme that the reader's system has; they work without a script. */
import { createHash } from 'node:crypto';

const STYLE = `
  :root { color-scheme: light dark; --paper: #fff; --ground: #f3f4f6; --ink: #16181d; --quiet: #566070; --line: #d5d9e0; --accent: #0f6b4f; --on-accent: #fff }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #1c2027; --ground: #12151a; --ink: #e9ecf1; --quiet: #a3adbb; --line: #343b46; --accent: #6fd3ae; --on-accent: #06271c }
  }
  * { box-sizing: border-box }
  body { margin: 0; padding: 3rem 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
  main { max-width: 40rem; margin: auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: 0.75rem }
  h1 { margin: 0 0 0.5rem; font-size: 1.5rem; line-height: 1.3 }
  h2 { margin: 2rem 0 0.5rem; font-size: 1.05rem }
  p { margin: 0 0 1rem }
  .quiet { color: var(--quiet) }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.4rem 1.5rem; margin: 1.5rem 0 }
  dt { color: var(--quiet) }
  dd { margin: 0; overflow-wrap: anywhere }
  pre { margin: 0; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--ground); border: 1px solid var(--line); border-radius: 0.5rem; font: 0.85rem/1.5 ui-monospace, monospace }
  .actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.5rem }
  button { min-height: 2.75rem; padding: 0.5rem 1.25rem; font: inherit; font-weight: 600; border: 1px solid var(--accent); border-radius: 0.5rem; background: var(--accent); color: var(--on-accent); cursor: pointer }
  button.second { background: none; color: var(--accent) }
  button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
  a { color: var(--accent) }
  .notice { padding: 0.75rem 1rem; border: 1px solid var(--line); border-left: 0.375rem solid var(--accent); border-radius: 0.5rem }
  dialog { max-width: 26rem; padding: 1.5rem; background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 0.75rem }
  dialog::backdrop { background: rgb(10 15 20 / 60%) }
  dialog h2 { margin-top: 0 }
  [role=timer] { font-variant-numeric: tabular-nums; font-weight: 600 }
  [data-final] .unless-final, dialog:not([data-final]) .if-final { display: none }
  @media (max-width: 30rem) {
    body { padding: 1rem }
    main { padding: 1.25rem }
    dl { grid-template-columns: minmax(0, 1fr); gap: 0 }
    dd { margin-bottom: 0.75rem }
    .actions, .actions form, button { width: 100% }
  }
`;

/**
 * This one stylesheet and the icon, both in the page itself; one script, which loads that of Gatehouse, and what it asks here;
 * forms that end here or at Gatehouse; and nobody else's frame.
 */
export const contentSecurityPolicy = (issuer: string): string =>
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src data:; ` +
  `script-src 'self' ${issuer}/session-monitor.js; connect-src 'self'; form-action 'self' ${issuer}; ` +
  `base-uri 'none'; frame-ancestors 'none'`;

const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f6b4f"/><path d="M9 16.5l5 5 9.5-11" fill="none" stroke="#fff" stroke-width="3.5"/></svg>',
  );

const REPLACEMENTS: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, (character) => REPLACEMENTS[character] ?? '');

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title)}</title>
  <link rel="icon" href="${ICON}">
  <style>${STYLE}</style>
</head>
<body><main>${body}</main></body>
</html>`;

const button = (action: string, label: string, second = false): string =>
  `<form method="post" action="/${action}"><button${second ? ' class="second"' : ''}>${label}</button></form>`;

/** Opened by the script when it is time to; whoever closes it stays signed in, as long as that is possible. */
const warning = `<dialog aria-labelledby="ends" aria-describedby="why">
      <h2 id="ends">You will be signed out soon</h2>
      <p id="why"><span class="unless-final">Nothing was done here for a while.</span>
        <span class="if-final">You signed in a long time ago and have to sign in again.</span>
        Time left: <span role="timer"></span></p>
      <form method="dialog"><button autofocus><span class="unless-final">Stay signed in</span><span class="if-final">Understood</span></button></form>
    </dialog>
    <script type="module" src="/session.js"></script>`;

const listed = (value: unknown): string =>
  Array.isArray(value) && value.length > 0 ? value.join(', ') : 'none';

export function homePage(
  claims: Record<string, unknown> | undefined,
  serviceAnswer: string | undefined,
  notice: string | undefined,
): string {
  const told = notice === undefined ? '' : `<p class="notice" role="status">${escapeHtml(notice)}</p>`;
  if (claims === undefined) {
    return page(
      'Sample application',
      `<h1>Sample application</h1>
      ${told}
      <p>This application keeps no passwords. It asks Gatehouse who you are.</p>
      <div class="actions">${button('sign-in', 'Sign in')}</div>`,
    );
  }
  const answer =
    serviceAnswer === undefined
      ? '<p class="quiet">The application can call a service on your behalf, with an access token from Gatehouse.</p>'
      : `<pre>${escapeHtml(serviceAnswer)}</pre>`;
  return page(
    'Signed in – Sample application',
    `<h1>Hello, ${escapeHtml(claims.name)}</h1>
    <p class="quiet">You are signed in to the sample application. See
      <a href="${escapeHtml(claims.iss)}/account">your account at Gatehouse</a>.</p>
    <dl>
      <dt>Name</dt><dd>${escapeHtml(claims.name)}</dd>
      <dt>Email</dt><dd>${escapeHtml(claims.email)}</dd>
      <dt>Roles</dt><dd>${escapeHtml(listed(claims.roles))}</dd>
    </dl>
    <div class="actions">
      ${button('call-service', 'Call the sample service')}
      ${button('do-sensitive', 'Do something sensitive', true)}
      ${button('sign-out', 'Sign out', true)}
    </div>
    ${told}
    <h2>The service’s answer</h2>
    ${answer}
    <h2>All claims</h2>
    <pre>${escapeHtml(JSON.stringify(claims, undefined, 2))}</pre>
    ${warning}`,
  );
}

export const errorPage = (): string =>
  page(
    'Not signed in – Sample application',
    `<h1>That did not work</h1>
    <p>The sign-in could not be finished, or Gatehouse could not be reached. You can try again.</p>
    <p><a href="/">Back to the start</a></p>`,
  );
