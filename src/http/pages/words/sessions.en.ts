/** The words of the pages about where somebody is signed in, in English. */
export const sessions = {
  'choose-session': {
    title: 'Choose where to sign out',
    intro_one:
      'You can be signed in on {{count}} browser at a time. To continue here, sign out on the other one.',
    intro_other:
      'You can be signed in on {{count}} browsers at a time, and you already are. To continue here, choose where to sign out.',
    legend: 'Where you are signed in',
    tooFew_one: 'Choose at least {{count}} browser to sign out.',
    tooFew_other: 'Choose at least {{count}} browsers to sign out.',
    unsaved: 'What you have not saved there may be lost.',
    submit: 'Sign out there and continue',
  },
};
