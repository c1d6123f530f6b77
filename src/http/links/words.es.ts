import type { Shape } from '../pages/word-shape.ts';
import type { words as english } from './words.en.ts';

/** The words of the pages that links in mails lead to, and of those that ask for such a mail, in Spanish. */
export const words: Shape<typeof english> = {
  forgot: {
    title: 'Elegir una contraseña nueva',
    intro:
      'Escriba el correo electrónico con el que inicia sesión. Le enviaremos un enlace para elegir una contraseña nueva.',
    introUsername:
      'Escriba el correo electrónico o el nombre de usuario con el que inicia sesión. Le enviaremos a su correo un enlace para elegir una contraseña nueva.',
    identifier: 'Correo electrónico',
    username: 'Correo electrónico o nombre de usuario',
    missing: 'Escriba su correo electrónico.',
    usernameMissing: 'Escriba su correo electrónico o su nombre de usuario.',
    submit: 'Enviar el enlace',
    back: 'Volver al inicio de sesión',
  },
  sent: {
    nothing:
      '¿No ha llegado nada tras unos minutos? Mire en la carpeta de correo no deseado y compruebe que la dirección es la de su cuenta.',
    again: 'Enviarlo de nuevo',
    sentAgain: 'Lo ha pedido de nuevo. Si se puede enviar un mensaje a esta dirección, hay otro en camino.',
    tooOften_one:
      'Se ha pedido demasiadas veces y no se ha enviado de nuevo. Inténtelo de nuevo dentro de {{count}} minuto.',
    tooOften_other:
      'Se ha pedido demasiadas veces y no se ha enviado de nuevo. Inténtelo de nuevo dentro de {{count}} minutos.',
    back: 'Volver al inicio de sesión',
    other: 'Escribir otra dirección',
  },
  'forgot-sent': {
    title: 'Revise su correo',
    explain:
      'Si hay una cuenta con esta dirección, hay un mensaje en camino. Su enlace funciona una sola vez, durante 30 minutos.',
    explainAddress:
      'Si hay una cuenta con {{address}}, hay un mensaje en camino. Su enlace funciona una sola vez, durante 30 minutos.',
  },
  reset: {
    title: 'Elegir una contraseña nueva',
    intro: 'Para la cuenta {{email}}. Se cerrarán todas sus sesiones.',
    password: 'Contraseña nueva',
    submit: 'Guardar la contraseña nueva',
  },
  'reset-done': {
    title: 'Contraseña cambiada',
    heading: 'Su contraseña se ha cambiado',
    explain: 'Se han cerrado todas sus sesiones. Inicie sesión con la contraseña nueva.',
    next: 'Iniciar sesión',
  },
  register: {
    title: 'Crear una cuenta',
    intro: 'Le enviaremos un enlace para confirmar su correo electrónico y elegir una contraseña.',
    email: 'Correo electrónico',
    emailMissing: 'Escriba su correo electrónico.',
    emailInvalid: 'Escriba un correo electrónico completo, como nombre@example.org.',
    emailDomain: 'Las direcciones de este dominio no pueden registrarse aquí. Use la de su organización.',
    name: 'Nombre',
    nameHint: 'Como le conocen sus colegas.',
    nameMissing: 'Escriba su nombre.',
    nameInvalid: 'Este nombre no se puede usar. Escríbalo sin caracteres especiales.',
    submit: 'Enviar el enlace',
    back: 'Volver al inicio de sesión',
  },
  'register-sent': {
    title: 'Revise su correo',
    explain:
      'Si puede tener una cuenta con esta dirección, hay un mensaje en camino que dice cómo continuar. Un enlace para preparar una cuenta funciona una sola vez, durante 24 horas.',
    explainAddress:
      'Si puede tener una cuenta con {{address}}, hay un mensaje en camino que dice cómo continuar. Un enlace para preparar una cuenta funciona una sola vez, durante 24 horas.',
  },
  invitation: {
    title: 'Preparar su cuenta',
    intro: 'Ha recibido una invitación de {{brand}} para {{email}}.',
    introRegistered: 'Elija una contraseña para {{brand}}. Iniciará sesión con {{email}}.',
    introBy: '{{inviter}} le ha enviado una invitación de {{brand}} para {{email}}.',
    name: 'Nombre',
    nameHint: 'Como le conocen sus colegas.',
    password: 'Contraseña',
    submit: 'Preparar mi cuenta',
    nameMissing: 'Escriba su nombre.',
    nameInvalid: 'Este nombre no se puede usar. Escríbalo sin caracteres especiales.',
  },
  'invitation-done': {
    title: 'Cuenta preparada',
    heading: 'Su cuenta está preparada',
    explain:
      'Su correo electrónico está confirmado. Inicie sesión con él y con la contraseña que ha elegido.',
    next: 'Iniciar sesión',
  },
  secure: {
    title: 'Proteger su cuenta',
    intro: '¿Ha entrado otra persona en la cuenta {{email}}? Entonces ciérrele el paso:',
    introAddress:
      '¿Ha quitado otra persona el correo electrónico {{email}} de su cuenta? Entonces recupérela:',
    restores: 'La cuenta recuperará ese correo electrónico y el otro dejará de valer.',
    ends: 'Se cerrarán todas las sesiones, las suyas y las de cualquier otra persona.',
    password: 'La contraseña actual dejará de funcionar. A continuación elegirá una nueva.',
    undoes: 'Estas formas de iniciar sesión se añadieron a su cuenta. Se quitarán:',
    undone: {
      totp: 'Aplicación de autenticación',
      passkey: 'Llave de acceso',
      recovery_codes: 'Códigos de recuperación',
    },
    undoneNamed: { totp: 'Aplicación de autenticación «{{name}}»', passkey: 'Llave de acceso «{{name}}»' },
    added: 'Añadida el',
    own: 'Si alguna es suya, configúrela de nuevo cuando recupere la cuenta.',
    submit: 'No fui yo: cerrar el paso',
    nothing: 'Si al final fue usted, cierre esta página. No se ha cambiado nada.',
  },
  'secure-done': {
    title: 'Cuenta protegida',
    heading: 'Ya no hay ninguna sesión abierta en su cuenta',
    explain:
      'La contraseña anterior ya no funciona. Elija ahora una nueva con un enlace que le enviaremos por correo.',
    elsewhere: 'Si usa la contraseña anterior en otros sitios, cámbiela también allí.',
    next: 'Elegir una contraseña nueva',
  },
  'secure-closed': {
    title: 'Cuenta cerrada por ahora',
    heading: 'La cuenta está cerrada por ahora',
    explain:
      'Ya no hay ninguna sesión abierta y nadie puede iniciar una. No se ha podido devolverle su correo electrónico anterior, porque ahora pertenece a otra cuenta.',
    next: 'Diríjase al soporte: averiguará con usted de quién es la cuenta y la volverá a abrir.',
  },
  'link-invalid': {
    title: 'Enlace no válido',
    heading: 'Este enlace ya no funciona',
    explain: 'Ya se ha usado, ha caducado o se ha sustituido por otro posterior.',
    signIn: 'Iniciar sesión',
    secure: {
      advice: 'Si tiene dudas sobre su cuenta, elija una contraseña nueva: se cerrarán todas las sesiones.',
      next: 'Elegir una contraseña nueva',
    },
    reset: {
      advice: 'Si ya ha elegido una contraseña nueva, inicie sesión con ella. Si no, pida otro enlace.',
      next: 'Pedir otro enlace',
    },
    invitation: {
      advice: 'Si ya ha preparado su cuenta, inicie sesión. Si no, pida otra invitación a quien le invitó.',
      next: 'Iniciar sesión',
    },
    registration: {
      advice:
        'Si ya ha preparado su cuenta, inicie sesión. Si no, cree una cuenta de nuevo o pida otra invitación a quien le invitó.',
      next: 'Crear una cuenta',
    },
    address: {
      advice: 'En su cuenta puede ver qué dirección tiene. Si todavía es la anterior, pida allí otro enlace.',
      next: 'Cambiar su dirección',
    },
  },
  'verify-address': {
    title: 'Confirmar su correo electrónico',
    intro: 'Desde entonces iniciará sesión con {{email}} y le enviaremos allí nuestros mensajes.',
    submit: 'Confirmar esta dirección',
  },
  'verify-address-done': {
    title: 'Dirección confirmada',
    heading: 'Su correo electrónico está confirmado',
    explain: 'A partir de ahora inicia sesión con él.',
    next: 'Ir a su cuenta',
  },
  setup: {
    title: 'Crear el primer administrador',
    intro:
      'Es la primera cuenta de {{brand}}, con el rol «administrator». El enlace que le ha traído aquí funciona una sola vez.',
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
  'setup-done': {
    title: 'Cuenta creada',
    heading: 'Su cuenta está lista',
    explain: 'Es la primera cuenta con el rol «administrator». El enlace que ha usado ya no funciona.',
    factorNext:
      'Inicie sesión con la contraseña que ha elegido. Después configurará un segundo paso, para que una contraseña robada no baste.',
    signInNext: 'Inicie sesión con la contraseña que ha elegido.',
    next: 'Iniciar sesión',
  },
  'setup-invalid': {
    title: 'Enlace no válido',
    heading: 'Este enlace ya no funciona',
    explain: 'Ya se ha usado o ha caducado.',
    next: 'Si ya ha creado su cuenta, inicie sesión con ella. Si no, pida un enlace nuevo a quien gestiona {{brand}}.',
    signIn: 'Iniciar sesión',
  },
};
