import type { Shape } from './word-shape.ts';
import type { words as english } from './words.en.ts';

/** The words of every page, and of those that the protocol and errors show, in Spanish. */
export const words: Shape<typeof english> = {
  common: {
    errorTitle: 'Error: {{title}}',
    errorSummary: 'Hay un problema',
    help: '¿Necesita ayuda?',
    newTab: '(se abre en una pestaña nueva)',
    policy: 'Política de privacidad de {{client}}',
    terms: 'Condiciones de uso de {{client}}',
    signedInAs: 'Sesión iniciada como',
    showPassword: 'Mostrar la contraseña',
    hidePassword: 'Ocultar la contraseña',
    shared: 'Equipo compartido',
    switchPerson: 'Cambiar de persona',
    capsLock: 'El bloqueo de mayúsculas está activado.',
  },
  scope: {
    openid: 'Reconocerle cuando vuelva',
    profile: 'Ver su nombre y su perfil',
    email: 'Ver su correo electrónico',
    roles: 'Ver sus funciones en la organización',
    groups: 'Ver sus funciones o grupos en la organización',
    phone: 'Ver su número de teléfono',
    address: 'Ver su dirección postal',
    offline_access: 'Seguir conectada mientras usted no la usa',
  },
  adminScope: {
    people_read: 'Administración: ver las personas y sus cuentas',
    people_write: 'Administración: crear, cambiar y eliminar cuentas, y asignar funciones',
    people_assist:
      'Administración: ayudar a quien no puede iniciar sesión (desbloqueo, restablecimiento, códigos de acceso)',
    clients_read: 'Administración: ver las aplicaciones y los servicios registrados',
    clients_write: 'Administración: registrar, cambiar y eliminar aplicaciones y servicios',
    audit_read: 'Administración: leer el registro de auditoría',
    reports_read: 'Administración: leer informes',
    system_read: 'Administración: ver ajustes, claves, correos y tareas',
    system_write: 'Administración: renovar claves, reenviar correos y cambiar el funcionamiento del servidor',
  },
  password: {
    rules: 'Cómo debe ser la contraseña:',
    met: 'Cumplido:',
    unmet: 'No cumplido:',
    rule: {
      length: 'Al menos {{min}} caracteres, como máximo {{max}}',
      characters_lower: 'Con una letra minúscula',
      characters_upper: 'Con una letra mayúscula',
      characters_digit: 'Con una cifra',
      characters_symbol: 'Con un carácter que no sea letra ni cifra',
      identity: 'Sin su nombre, su correo electrónico ni {{brand}}',
      blocklist: 'Ninguna de las contraseñas habituales o robadas en algún sitio',
      strength:
        'Difícil de adivinar: varias palabras sin relación entre sí son una buena opción; puede usar espacios',
      repetition: 'No un solo carácter repetido',
      history_one: 'No la contraseña que ya tiene',
      history_other: 'Ninguna de sus últimas {{count}} contraseñas',
    },
    problem: {
      missing: 'Elija una contraseña.',
      too_short: 'Esta contraseña es demasiado corta. Use al menos {{min}} caracteres.',
      too_long: 'Esta contraseña es demasiado larga. Use como máximo {{max}} caracteres.',
      single_character: 'Un solo carácter repetido es fácil de adivinar. Elija otra contraseña.',
      contains_identity:
        'Esta contraseña contiene su nombre, su correo electrónico o {{brand}}, y eso es fácil de adivinar. Elija otra.',
      lower_missing: 'Esta contraseña no tiene ninguna letra minúscula. Añada una.',
      upper_missing: 'Esta contraseña no tiene ninguna letra mayúscula. Añada una.',
      digit_missing: 'Esta contraseña no tiene ninguna cifra. Añada una.',
      symbol_missing: 'Esta contraseña solo tiene letras y cifras. Añada otro carácter.',
      blocklisted:
        'Esta contraseña es habitual o fue robada en otro servicio, así que sería de las primeras en probarse. Elija otra.',
      too_weak:
        'Esta contraseña es demasiado fácil de adivinar. Hágala más larga o use palabras sin relación entre sí.',
      reused: 'Ya ha tenido esta contraseña antes. Elija otra.',
      invalid: 'Esta contraseña no se puede usar. Elija otra.',
    },
  },
  'sign-out': {
    title: 'Cerrar sesión',
    heading: '¿Cerrar sesión?',
    fromClient:
      '{{client}} pide cerrar su sesión en {{brand}}. Es posible que otras aplicaciones le pidan iniciar sesión de nuevo.',
    everywhere:
      'Se cerrará su sesión en {{brand}} en este navegador. Es posible que las aplicaciones le pidan iniciar sesión de nuevo.',
    confirm: 'Cerrar sesión',
    stay: 'Mantener la sesión',
  },
  onward: {
    title: 'Un momento',
    submit: 'Continuar',
    'another-person': {
      heading: 'Otra persona tiene aquí una sesión abierta',
      explain: 'Al continuar, se cierra su sesión en {{brand}} en este navegador y se abre la de usted.',
      toClient: 'Al continuar, se cierra su sesión en {{brand}} en este navegador y usted pasa a {{client}}.',
    },
    'signed-out': {
      heading: 'Su sesión está cerrada',
      explain: 'No hay ninguna sesión abierta en {{brand}} en este navegador.',
      toClient:
        '{{client}} ha pedido cerrar su sesión. No hay ninguna sesión abierta en {{brand}} en este navegador.',
    },
    answer: {
      heading: 'Un momento',
      explain: 'Continúa en la aplicación de la que venía.',
      toClient: 'Continúa en {{client}}.',
    },
  },
  'signed-out': {
    title: 'Sesión cerrada',
    heading: 'Ha cerrado la sesión',
    explain: 'En un ordenador compartido, cierre también la ventana del navegador.',
    fromClient: '{{client}} ha cerrado su sesión',
    staysSignedIn: 'Su sesión en {{brand}} sigue abierta en este navegador.',
    back: 'Volver a {{client}}',
    signIn: 'Iniciar sesión de nuevo',
  },
  device: {
    title: 'Iniciar la sesión de un dispositivo',
    intro: 'Introduzca el código que muestra su dispositivo.',
    code: 'Código',
    hint: 'Ocho letras, mayúsculas o minúsculas; puede omitir el guion.',
    submit: 'Continuar',
    warning:
      'Introduzca solo el código de un dispositivo que esté usando usted en este momento. Quien le envíe un código, o se lo pida por teléfono o por mensaje, quiere iniciar sesión como usted.',
    error: {
      missing: 'Introduzca el código que muestra su dispositivo.',
      wrong: 'Este código no es correcto. Compruébelo y vuelva a introducirlo.',
      expired: 'Este código ha caducado. Empiece de nuevo en su dispositivo e introduzca el nuevo.',
      used: 'Este código ya se ha introducido. Empiece de nuevo en su dispositivo e introduzca el nuevo.',
      rate_limited_in_one:
        'Ha habido demasiados códigos incorrectos, así que este no se ha comprobado. Vuelva a intentarlo en {{count}} minuto.',
      rate_limited_in_other:
        'Ha habido demasiados códigos incorrectos, así que este no se ha comprobado. Vuelva a intentarlo en {{count}} minutos.',
      form_expired:
        'Esta página ha estado abierta demasiado tiempo, así que no se ha enviado nada. Introduzca el código de nuevo.',
    },
  },
  'device-refused': {
    title: 'No se ha iniciado la sesión del dispositivo',
    denied: 'No ha recibido nada de su cuenta.',
    stranger:
      'Si alguien le envió el código o le pidió que lo introdujera, avise a su servicio de informática. No introduzca otro código para esa persona.',
    impossible:
      'No se ha podido iniciar la sesión con esta cuenta de la forma solicitada. Empiece de nuevo en su dispositivo o pregunte a su servicio de informática.',
    account: 'Ir a su cuenta',
    again: 'Introducir otro código',
  },
  'device-done': {
    title: 'La sesión de su dispositivo está iniciada',
    explain: '{{client}} continúa allí. Puede cerrar esta página.',
    session: 'Durará mientras su sesión esté abierta aquí. Cierre la sesión aquí para terminar ambas.',
    offline: 'Continuará cuando cierre la sesión aquí. Puede terminarla en la página de su cuenta.',
    account: 'Ir a su cuenta',
  },
  'sign-out-refused': {
    title: 'Sesión no cerrada',
    stillSignedIn: 'Su sesión sigue abierta aquí',
    notSignedIn: 'Aquí no tiene ninguna sesión abierta',
    request:
      'Una aplicación ha pedido cerrar su sesión, pero la petición no era correcta y no se ha cambiado nada. No es culpa suya.',
    fromClient:
      '{{client}} ha pedido cerrar su sesión, pero la petición no era correcta y no se ha cambiado nada. No es culpa suya.',
    form: 'La pregunta de si quería cerrar la sesión estuvo abierta demasiado tiempo o se repitió en otra pestaña. No se ha cambiado nada.',
    explain:
      'Puede cerrar su sesión en {{brand}} en este navegador. No se le enviará de vuelta a ninguna aplicación.',
    nobody: 'No hay ninguna sesión abierta en {{brand}} en este navegador, así que no tiene que hacer nada.',
    signOut: 'Cerrar sesión aquí',
    account: 'Ir a su cuenta',
  },
  'sign-in-finished': {
    title: 'Este inicio de sesión ya ha terminado',
    explain: 'Se completó en otra pestaña o con un clic anterior. No queda nada por hacer en esta página.',
    back: 'Volver a {{client}}',
    account: 'Ir a su cuenta',
  },
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
};
