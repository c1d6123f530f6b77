import type { Shape } from '../pages/word-shape.ts';
import type { words as english } from './words.en.ts';

/** The words of the pages of a sign-in, in Spanish. */
export const words: Shape<typeof english> = {
  'sign-in': {
    title: 'Iniciar sesión',
    toContinue: 'para continuar en {{client}}',
    identifier: 'Correo electrónico',
    username: 'Correo electrónico o nombre de usuario',
    password: 'Contraseña',
    submit: 'Iniciar sesión',
    cancel: 'Cancelar',
    cancelClient: 'Cancelar y volver a {{client}}',
    forgot: '¿Ha olvidado su contraseña?',
    register: 'Crear una cuenta',
    reauthenticate: 'Para continuar, confirme que es usted: escriba de nuevo su contraseña.',
    lockedWay: 'Si no quiere esperar, elija una contraseña nueva: con eso termina el bloqueo.',
    lockedReset: 'Restablecer la contraseña',
    somebody_else:
      'Inicie sesión como otra persona. Hasta entonces, la sesión que está abierta aquí sigue abierta.',
    identifierMissing: 'Escriba su correo electrónico.',
    usernameMissing: 'Escriba su correo electrónico o su nombre de usuario.',
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
  'choose-account': {
    title: '¿Con qué cuenta?',
    continue: 'Continuar como {{name}}',
    other: 'Usar otra cuenta',
    explain: 'En este navegador solo puede tener la sesión abierta una persona a la vez.',
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
  'confirm-device': {
    title: 'Iniciar la sesión de un dispositivo',
    heading: '¿Iniciar la sesión de un dispositivo en {{client}}?',
    warning:
      'Continúe solo si ha empezado usted mismo, en un dispositivo que está usando en este momento. Si alguien le envió el código o le dijo que lo introdujera, rechácelo: iniciaría sesión como usted.',
    application: 'Aplicación',
    code: 'Código en el dispositivo',
    address: 'Dirección IP del dispositivo',
    unknown: 'desconocido',
    asked: 'Solicitado el',
    account: 'La sesión se iniciaría como',
    intro: '{{client}} solicita:',
    deny: 'Rechazar',
    confirm: 'Iniciar la sesión de este dispositivo',
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
  'use-notice': {
    title: 'Aviso de uso del sistema',
    intro: 'Lea este aviso. Tendrá acceso cuando confirme que lo ha leído.',
    version: 'Versión {{version}}',
    accept: 'Lo he leído, continuar',
    decline: 'No continuar',
    declining: 'Si no continúa, el inicio de sesión termina aquí.',
    decliningSignsOut: 'Si no continúa, se cerrará su sesión en este navegador.',
  },
  terms: {
    title: 'Condiciones de uso',
    intro:
      'Para usar {{brand}} debe aceptar estas condiciones. Solo se le preguntará de nuevo cuando cambien.',
    version: 'Versión {{version}}',
    accept: 'Acepto las condiciones',
    decline: 'No acepto',
    declining: 'Si no acepta, el inicio de sesión termina aquí.',
    decliningSignsOut: 'Si no acepta, se cerrará su sesión en este navegador.',
  },
  declined: {
    title: 'No ha iniciado sesión',
    explain: 'No aceptó lo que se le mostró, así que el inicio de sesión ha terminado.',
    next: 'Puede iniciar sesión cuando quiera; entonces se le mostrará de nuevo.',
    again: 'Iniciar sesión',
  },
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
  'second-factor': {
    title: 'Confirme que es usted',
    heading: {
      totp: 'Escriba el código de su aplicación de autenticación',
      passkey: 'Confirme con su llave de acceso',
      recovery_code: 'Escriba un código de recuperación',
      temporary_code: 'Escriba su código de acceso temporal',
    },
    intro: {
      totp: 'Abra la aplicación en su teléfono. Muestra un código de 6 cifras para {{brand}}.',
      passkey: 'Su dispositivo le pedirá la huella, la cara, el PIN o una llave de seguridad.',
      recovery_code:
        'Guardó códigos de recuperación cuando preparó su segundo factor. Cada uno funciona una sola vez.',
      temporary_code: 'Su administrador le ha dado un código que le permite entrar una vez.',
      temporary_code_enrol:
        'Se quitó su segundo factor. Su administrador le da un código con el que configura uno nuevo.',
    },
    code: 'Código',
    recoveryCode: 'Código de recuperación',
    recoveryHint: 'En mayúsculas o minúsculas, con o sin guiones.',
    temporaryCode: 'Código de acceso temporal',
    temporaryHint: '10 letras y cifras. En mayúsculas o minúsculas, con o sin guiones.',
    temporaryOver:
      'Un código funciona durante un tiempo limitado, y no después de varios intentos fallidos. Si no tiene ninguno, o el suyo no funciona, pida uno nuevo a su administrador.',
    trust_one: 'No pedir un segundo paso en este dispositivo durante {{count}} día',
    trust_other: 'No pedir un segundo paso en este dispositivo durante {{count}} días',
    trustHint: 'Solo si nadie más usa este dispositivo.',
    step_up: 'Lo que quiere hacer exige un segundo paso.',
    submit: 'Continuar',
    usePasskey: 'Continuar con una llave de acceso',
    lost: 'Si no puede usar ninguna de ellas, pida ayuda: alguien tiene que comprobar quién es usted.',
    error: {
      code_missing: 'Escriba el código.',
      code_malformed: 'Escriba las 6 cifras que muestra su aplicación de autenticación.',
      code_wrong:
        'Este código no es correcto o ya se ha usado. Espere a que su aplicación muestre el siguiente y escríbalo.',
      recovery_missing: 'Escriba uno de sus códigos de recuperación.',
      recovery_wrong: 'Este código no es correcto o ya se ha usado. Revíselo o escriba otro.',
      temporary_missing: 'Escriba el código que le ha dado su administrador.',
      temporary_wrong:
        'Este código no es correcto o ya no funciona. Revíselo o pida uno nuevo a su administrador.',
      passkey_wrong: 'Esta llave de acceso no se ha podido usar aquí. Inténtelo de nuevo o elija otra forma.',
      too_busy:
        'En este momento inician sesión muchas personas y no se ha comprobado nada. Espere unos segundos e inténtelo de nuevo.',
      form_expired:
        'Esta página estuvo abierta demasiado tiempo y no se ha enviado nada. Inténtelo de nuevo.',
    },
  },
  'enrol-factor': {
    title: 'Proteja su cuenta',
    heading: 'Proteja su cuenta con un segundo paso',
    reason: {
      required: 'Además de la contraseña, su organización pide un segundo paso al iniciar sesión.',
      client: 'Además de la contraseña, {{client}} pide un segundo paso al iniciar sesión.',
      phishing_resistant:
        'Su organización pide una llave de acceso al iniciar sesión: nadie puede engañarle para que la entregue.',
      client_phishing_resistant:
        '{{client}} pide una llave de acceso al iniciar sesión: nadie puede engañarle para que la entregue.',
      optional: 'Con un segundo paso, quien averigüe su contraseña tampoco podrá iniciar sesión por usted.',
    },
    choose: 'Elija una. Podrá añadir otras más adelante.',
    passkey: 'Llave de acceso',
    passkeyText:
      'Su huella, su cara o el PIN de este dispositivo, o una llave de seguridad. La más segura y rápida.',
    totp: 'Aplicación de autenticación',
    totpText: 'Una aplicación de su teléfono muestra un código de 6 cifras que usted escribe.',
    skip: 'Ahora no',
    skipLast: 'Es la última vez que puede dejarlo para más tarde.',
    skipsLeft_one: 'Puede dejarlo para más tarde {{count}} vez más.',
    skipsLeft_other: 'Puede dejarlo para más tarde {{count}} veces más.',
    skipUntil: 'Puede dejarlo para más tarde hasta el {{until}}.',
  },
};
