/** The words of the pages of the life of an account, in Spanish. */
export const accountLife = {
  forgot: {
    title: 'Elegir una contraseña nueva',
    intro:
      'Escriba el correo electrónico con el que inicia sesión. Le enviaremos un enlace para elegir una contraseña nueva.',
    identifier: 'Correo electrónico',
    missing: 'Escriba su correo electrónico.',
    submit: 'Enviar el enlace',
    back: 'Volver al inicio de sesión',
  },
  'forgot-sent': {
    title: 'Revise su correo',
    explain:
      'Si existe una cuenta con esa dirección, el mensaje está en camino. Su enlace funciona una sola vez, durante 30 minutos.',
    nothing:
      '¿No ha llegado nada tras unos minutos? Mire en la carpeta de correo no deseado y compruebe que escribió la dirección de su cuenta.',
    back: 'Volver al inicio de sesión',
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
  invitation: {
    title: 'Preparar su cuenta',
    intro: 'Ha recibido una invitación de {{brand}} para {{email}}.',
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
  'link-invalid': {
    title: 'Enlace no válido',
    heading: 'Este enlace ya no funciona',
    explain: 'Ya se ha usado, ha caducado o se ha sustituido por otro posterior.',
    reset: {
      advice: 'Si ya ha elegido una contraseña nueva, inicie sesión con ella. Si no, pida otro enlace.',
      next: 'Pedir otro enlace',
    },
    invitation: {
      advice: 'Si ya ha preparado su cuenta, inicie sesión. Si no, pida otra invitación a quien le invitó.',
      next: 'Iniciar sesión',
    },
  },
};
