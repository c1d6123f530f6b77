/** The words of the end of a session: before it, on every page of one's own, and after it. */
export const session = {
  session: {
    endsAt: 'If you do nothing here, you are signed out on',
    title: 'Are you still there?',
    text: 'You are about to be signed out, because this page was not used for a while. What you have not saved would be lost.',
    finalTitle: 'Your session ends soon',
    finalText: 'You signed in a long time ago, so you have to sign in again. Save your work before.',
    left: 'Time left',
    spoken: 'You are signed out in %.',
    stay: 'Stay signed in',
    understood: 'Understood',
    signOut: 'Sign out',
  },
  'session-over': {
    title: 'Signed out',
    heading: 'You were signed out',
    idle: 'Nothing was done here for a while, so you were signed out to keep your account safe.',
    age: 'You signed in a long time ago, so you were signed out to keep your account safe.',
    ended: 'Your session was ended: here, in another window, or by an administrator.',
    back: 'Sign in again',
  },
};
