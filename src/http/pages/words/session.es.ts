/** The words of the end of a session, in Spanish. */
export const session = {
  session: {
    endsAt: 'Si no hace nada aquí, su sesión se cierra el',
    title: '¿Sigue ahí?',
    text: 'Su sesión está a punto de cerrarse, porque esta página no se ha usado durante un rato. Perdería lo que no haya guardado.',
    finalTitle: 'Su sesión termina pronto',
    finalText: 'Inició la sesión hace mucho tiempo y tiene que iniciarla de nuevo. Guarde antes su trabajo.',
    left: 'Tiempo restante',
    spoken: 'Su sesión se cierra en %.',
    stay: 'Mantener la sesión',
    understood: 'Entendido',
    signOut: 'Cerrar sesión',
  },
  'session-over': {
    title: 'Sesión cerrada',
    heading: 'Su sesión se ha cerrado',
    idle: 'Durante un rato no se ha hecho nada aquí, así que la sesión se ha cerrado para proteger su cuenta.',
    age: 'Inició la sesión hace mucho tiempo, así que se ha cerrado para proteger su cuenta.',
    ended: 'La sesión se ha cerrado: aquí, en otra ventana o por un administrador.',
    back: 'Iniciar sesión de nuevo',
  },
};
