/** What went wrong and what to do next, by the code of the error, in English. */
export const error = {
  reference: 'Reference',
  quote: 'Quote it when you ask for help.',
  restart: 'Start again at {{client}}',
  again: 'Open the page again',
  account: 'Go to your account',
  reason: {
    title: 'For the developer',
    parameter: 'What is wrong',
    expected: 'Expected',
    change: 'What to change',
    development: 'Shown in development only. In production the log has it, under the reference.',
  },
  not_found: {
    title: 'Page not found',
    what: 'There is no page at this address.',
    next: 'Check the address, or go back to the application that you came from.',
  },
  method_not_allowed: {
    title: 'This page cannot be opened this way',
    what: 'The address exists, but it does not answer this kind of request.',
    next: 'Go back to the application that you came from and start there.',
  },
  bad_request: {
    title: 'The request could not be read',
    what: 'Something in what your browser sent was missing or damaged. Nothing was changed.',
    next: 'Go back and try once more.',
  },
  https_required: {
    title: 'A secure connection is needed',
    what: 'This address was opened without encryption, so nothing was shown.',
    next: 'Open the same address with https:// in front.',
  },
  proxy_not_trusted: {
    title: 'The proxy in front is not set up yet',
    what: 'This request came by plain http from an address that is not in TRUSTED_PROXIES, so nothing was shown.',
    next: 'Those who run this service find the address in its log, and put it into TRUSTED_PROXIES if it is their proxy.',
  },
  proxy_misconfigured: {
    title: 'The proxy in front is not set up yet',
    what: 'It does not say in X-Forwarded-Proto that you came by https, so nothing was shown.',
    next: 'Those who run this service find in its log what the proxy has to send.',
  },
  session_cap_reached: {
    title: 'You are signed in too often',
    what: 'You are signed in elsewhere already, in as many browsers as your organisation allows at a time. You were not signed in here.',
    next: 'Sign out in one of them, then sign in here again.',
  },
  device_code_used: {
    title: 'This code was used already',
    what: 'The code of the device was entered or answered elsewhere. Nothing was changed here.',
    next: 'Begin again on your device, and enter its new code.',
  },
  csrf_invalid: {
    title: 'This page is out of date',
    what: 'The form came from a page that is no longer valid, so nothing was changed. This happens after a sign-in in another tab, or when cookies are blocked.',
    next: 'Allow cookies for this site, open the page again and repeat what you wanted to do.',
  },
  sign_in_expired: {
    title: 'This sign-in has expired',
    what: 'The page was open for too long, or the sign-in was finished elsewhere. To keep you safe, it cannot be continued.',
    next: 'Go back to the application and sign in from there.',
  },
  foreign_interaction: {
    title: 'This sign-in was started elsewhere',
    what: 'A sign-in can only be finished in the browser that began it, with its cookies.',
    next: 'Start again from the application, in this browser. Never continue a sign-in link that somebody sent you.',
  },
  client_invalid: {
    title: 'This application is not known here',
    what: 'The application that sent you is not registered with us, so you cannot sign in to it here.',
    next: 'Check that you opened the right address. If you did, tell those who run the application.',
  },
  redirect_uri_invalid: {
    title: 'We stopped to protect you',
    what: 'The application asked us to send you to an address that is not registered for it.',
    next: 'Do not go on from where you came. Tell those who run the application.',
  },
  invalid_request: {
    title: 'The application made a mistake',
    what: 'It sent a request that we cannot act on. This is not your fault, and nothing was changed.',
    next: 'Go back to the application and try again. If it happens again, tell those who run it.',
  },
  access_denied: {
    title: 'Access was not given',
    what: 'Access was refused, by you or by the rules for this application.',
    next: 'Go back to the application. If you need access, ask your administrator.',
  },
  too_busy: {
    title: 'Too busy at the moment',
    what: 'More people are signing in than we can serve at once. Nothing is wrong with your account.',
    next: 'Wait a few seconds, then try again.',
  },
  unavailable: {
    title: 'Not available at the moment',
    what: 'A part of this service cannot be reached. Nothing is wrong with your account.',
    next: 'Try again in a minute.',
  },
  rate_limited: {
    title: 'Too many tries',
    what: 'Too many requests came in a short time, so we have paused them.',
    next: 'Wait a minute, then try again.',
  },
  internal: {
    title: 'Something went wrong',
    what: 'The fault is on our side and has been recorded.',
    next: 'Try again in a moment.',
  },
};
