/** The words of the pages about where somebody is signed in, in Spanish. */
export const sessions = {
  'choose-session': {
    title: 'Elija dónde cerrar la sesión',
    intro_one:
      'Puede tener la sesión iniciada en {{count}} navegador a la vez, y la tiene en otro. Para continuar aquí, ciérrela allí.',
    intro_other:
      'Puede tener la sesión iniciada en {{count}} navegadores a la vez, y ya la tiene. Para continuar aquí, elija dónde cerrarla.',
    legend: 'Dónde ha iniciado sesión',
    tooFew_one: 'Elija al menos {{count}} navegador en el que cerrar la sesión.',
    tooFew_other: 'Elija al menos {{count}} navegadores en los que cerrar la sesión.',
    unsaved: 'Lo que no haya guardado allí podría perderse.',
    submit: 'Cerrar allí y continuar',
  },
};
