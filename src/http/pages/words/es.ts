import { activity } from './activity.es.ts';
import type { Messages } from './en.ts';
import { error } from './errors.es.ts';
import { factors } from './factors.es.ts';
import { lifecycle } from './lifecycle.es.ts';
import { session } from './session.es.ts';
import { sessions } from './sessions.es.ts';

export const es: Messages = {
  ...lifecycle,
  ...activity,
  ...factors,
  ...sessions,
  ...session,
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
  'sign-in': {
    title: 'Iniciar sesión',
    toContinue: 'para continuar en {{client}}',
    identifier: 'Correo electrónico',
    password: 'Contraseña',
    submit: 'Iniciar sesión',
    cancel: 'Cancelar',
    cancelClient: 'Cancelar y volver a {{client}}',
    forgot: '¿Ha olvidado su contraseña?',
    register: 'Crear una cuenta',
    reauthenticate: 'Para continuar, confirme que es usted: escriba de nuevo su contraseña.',
    identifierMissing: 'Escriba su correo electrónico.',
    passwordMissing: 'Escriba su contraseña.',
    error: {
      credentials_invalid:
        'El correo electrónico o la contraseña no son correctos. Revise ambos e inténtelo de nuevo.',
      locked_in_one:
        'Ha habido demasiados intentos fallidos con este correo electrónico y el inicio de sesión está bloqueado. Inténtelo de nuevo dentro de {{count}} minuto.',
      locked_in_other:
        'Ha habido demasiados intentos fallidos con este correo electrónico y el inicio de sesión está bloqueado. Inténtelo de nuevo dentro de {{count}} minutos.',
      rate_limited_in_one:
        'Ha habido demasiados intentos en poco tiempo y este no se ha comprobado. Inténtelo de nuevo dentro de {{count}} segundo.',
      rate_limited_in_other:
        'Ha habido demasiados intentos en poco tiempo y este no se ha comprobado. Inténtelo de nuevo dentro de {{count}} segundos.',
      fields_missing: 'Complete lo que falta e inicie sesión de nuevo.',
      too_busy:
        'Muchas personas están iniciando sesión en este momento y no se ha comprobado su contraseña. Espere unos segundos e inténtelo de nuevo.',
      too_busy_in_one:
        'Muchas personas están iniciando sesión en este momento y no se ha comprobado su contraseña. Inténtelo de nuevo dentro de {{count}} segundo.',
      too_busy_in_other:
        'Muchas personas están iniciando sesión en este momento y no se ha comprobado su contraseña. Inténtelo de nuevo dentro de {{count}} segundos.',
      passkey_wrong:
        'Esta llave de acceso no se ha podido usar aquí. Inténtelo de nuevo o inicie sesión con su contraseña.',
      form_expired:
        'Esta página estuvo abierta demasiado tiempo y no se ha enviado nada. Escriba de nuevo su contraseña.',
    },
  },
  consent: {
    title: 'Permitir el acceso',
    heading: '¿Permitir que {{client}} use su cuenta?',
    intro: '{{client}} solicita:',
    isNew: 'Nuevo',
    allow: 'Permitir',
    deny: 'No permitir',
    later: 'Puede retirar este permiso más adelante en la página de su cuenta.',
  },
  scope: {
    openid: 'Reconocerle cuando vuelva',
    profile: 'Ver su nombre y su perfil',
    email: 'Ver su correo electrónico',
    roles: 'Ver sus funciones en la organización',
    offline_access: 'Seguir conectada mientras usted no la usa',
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
  },
  setup: {
    title: 'Crear el primer administrador',
    intro:
      'Esta cuenta podrá administrar el inicio de sesión de {{brand}}. El enlace que le ha traído aquí funciona una sola vez.',
    email: 'Correo electrónico',
    emailHint: 'Iniciará sesión con él.',
    name: 'Nombre',
    nameHint: 'Como le conocen sus colegas.',
    password: 'Contraseña',
    submit: 'Crear la cuenta',
    error: {
      email: {
        missing: 'Escriba su correo electrónico.',
        invalid: 'Escriba un correo electrónico completo, como nombre@example.org.',
        taken: 'Este correo electrónico no se puede usar. Elija otro.',
      },
      name: {
        missing: 'Escriba su nombre.',
        too_long: 'Este nombre es demasiado largo. Acórtelo.',
        invalid: 'Este nombre no se puede usar. Escríbalo sin caracteres especiales.',
      },
    },
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
  'change-password': {
    title: 'Elija una contraseña nueva',
    reason: {
      expired: 'Su contraseña es más antigua de lo permitido.',
      must_change: 'Su administrador le pide que cambie la contraseña.',
      compromised: 'Es posible que otra persona conozca su contraseña, así que hay que cambiarla.',
    },
    next: 'Elija otra para iniciar sesión.',
    nextClient: 'Elija otra para continuar a {{client}}.',
    account: 'Cuenta',
    password: 'Contraseña nueva',
    signedOut: 'Se cerrarán sus otras sesiones, allí donde estén abiertas.',
    submit: 'Guardar e iniciar sesión',
    error: {
      too_busy:
        'En este momento inician sesión muchas personas y no se ha comprobado su contraseña nueva. Espere unos segundos e inténtelo de nuevo.',
      too_busy_in_one:
        'En este momento inician sesión muchas personas y no se ha comprobado su contraseña nueva. Inténtelo de nuevo dentro de {{count}} segundo.',
      too_busy_in_other:
        'En este momento inician sesión muchas personas y no se ha comprobado su contraseña nueva. Inténtelo de nuevo dentro de {{count}} segundos.',
    },
  },
  'setup-done': {
    title: 'Cuenta creada',
    heading: 'Su cuenta está lista',
    explain: 'Es la primera cuenta con permisos de administración. El enlace que ha usado ya no funciona.',
    next: 'Ir a su cuenta',
  },
  'setup-invalid': {
    title: 'Enlace no válido',
    heading: 'Este enlace ya no funciona',
    explain: 'Ya se ha usado o ha caducado.',
    next: 'Si ya ha creado su cuenta, inicie sesión con ella. Si no, pida un enlace nuevo a quien gestiona {{brand}}.',
    signIn: 'Iniciar sesión',
  },
  account: {
    title: 'Su cuenta',
    profile: 'Quién es usted',
    name: 'Nombre',
    email: 'Correo electrónico',
    roles: 'Funciones',
    noRoles: 'Ninguna',
    change: 'Cambiar',
    changeProfile: 'Cambiar el nombre y el idioma',
    changeEmail: 'Cambiar el correo electrónico',
    changePassword: 'Cambiar la contraseña',
    changeSecurity: 'Inicio de sesión y seguridad',
    seeActivity: 'Ver la actividad reciente',
    lastSignIn: 'Último inicio de sesión',
    sessions: 'Dónde ha iniciado sesión',
    sessionsText: 'Si no reconoce alguna de estas sesiones, ciérrela y cambie su contraseña.',
    sessionOn: '{{browser}} en {{system}}',
    sessionUnknown: 'Un navegador',
    thisSession: 'Este navegador',
    sessionActive: 'Último uso el',
    sessionSince: 'Inicio de sesión el',
    sessionFrom: 'Desde {{ip}}',
    sessionAt: 'Usada para {{applications}}',
    endSession: 'Cerrar sesión',
    endSessionNamed: 'Cerrar la sesión de {{name}}',
    endAllSessions: 'Cerrar sesión en todas partes',
    session_ended: 'Se ha cerrado esa sesión. Se está avisando a las aplicaciones que la usaban.',
    applications: 'Aplicaciones que ha permitido',
    noApplications: 'No ha permitido que ninguna aplicación use su cuenta.',
    may: 'Puede:',
    since: 'Permitida el',
    withdraw: 'Retirar',
    withdrawFrom: 'Retirar el acceso de {{client}}',
    signOut: 'Cerrar sesión',
    profile_changed: 'Sus datos se han cambiado.',
    password_changed: 'Su contraseña se ha cambiado. Se han cerrado sus demás sesiones.',
    address_requested:
      'Si la dirección nueva se puede usar, un mensaje está en camino a ella. Su dirección cambiará cuando abra el enlace que contiene.',
    passwordExpires_one: 'Su contraseña caduca en {{count}} día. Cámbiela antes.',
    passwordExpires_other: 'Su contraseña caduca en {{count}} días. Cámbiela antes.',
    consent_withdrawn: 'Se ha retirado el acceso. La aplicación tendrá que volver a pedírselo.',
  },
  error,
};
