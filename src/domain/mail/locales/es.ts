import type { MailWords } from './en.ts';

export const es: MailWords = {
  common: {
    greeting: 'Hola, {{name}}:',
    greetingNobody: 'Hola:',
    when: 'Cuándo',
    inUtc: 'En UTC',
    address: 'Dirección IP',
    device: 'Dispositivo',
    deviceOn: '{{browser}} en {{system}}',
    buttonFails: 'Si el botón no funciona, copie esta dirección en su navegador:',
    worksOnce: 'El enlace funciona una sola vez, hasta el {{until}}. No se lo pase a nadie.',
    notYou: '¿No ha sido usted?',
    secure: 'Proteger su cuenta',
    callSupport: 'Avísenos de inmediato:',
    callSupportNobody: 'Avise de inmediato a su servicio informático.',
    help: '¿Necesita ayuda?',
    neverAsks: '{{brand}} nunca le pide su contraseña ni un código por correo o por teléfono.',
    automatic: 'Este mensaje se ha enviado automáticamente a {{address}} porque se refiere a su cuenta.',
    automaticAlarm: 'Este mensaje se ha enviado automáticamente a {{address}}, adonde se envían las alarmas.',
    notRead: 'Las respuestas no se leen.',
  },
  invitation: {
    subject: 'Active su cuenta en {{brand}}',
    title: 'Active su cuenta',
    what: 'Se ha preparado una cuenta para usted en {{brand}}. Elija una contraseña para empezar a usarla.',
    whatBy:
      '{{inviter}} ha preparado una cuenta para usted en {{brand}}. Elija una contraseña para empezar a usarla.',
    button: 'Activar su cuenta',
    notExpected:
      'Si no esperaba esta invitación, no tiene que hacer nada: sin el enlace la cuenta sigue cerrada.',
  },
  'verify-address': {
    subject: 'Confirme su correo electrónico',
    title: 'Confirme su correo electrónico',
    what: 'Alguien ha indicado este correo electrónico para una cuenta en {{brand}}. Confirme que es suyo.',
    button: 'Confirmar este correo',
    notExpected: 'Si no lo ha indicado usted, no tiene que hacer nada: sin confirmar, este correo no se usa.',
  },
  'address-changed': {
    subject: 'Se ha cambiado su correo electrónico',
    title: 'Se ha cambiado su correo electrónico',
    what: {
      person:
        'Su cuenta en {{brand}} tiene ahora el correo electrónico {{newAddress}}. A partir de ahora iniciará sesión con él y allí recibirá nuestros mensajes.',
      administrator:
        'Un administrador ha asignado a su cuenta en {{brand}} el correo electrónico {{newAddress}}. A partir de ahora iniciará sesión con él y allí recibirá nuestros mensajes.',
    },
    notYou: {
      person: 'Es posible que otra persona tenga su contraseña.',
      administrator: 'Avise a sus administradores.',
    },
  },
  'password-reset': {
    subject: 'Elija una contraseña nueva',
    title: 'Elija una contraseña nueva',
    what: {
      person:
        'Alguien, probablemente usted, ha pedido elegir una contraseña nueva para su cuenta en {{brand}}.',
      administrator: 'Un administrador le pide que elija una contraseña nueva para su cuenta en {{brand}}.',
    },
    button: 'Elegir una contraseña nueva',
    notYou:
      'En ese caso no tiene que hacer nada: su contraseña no cambia y nadie puede usar el enlace sin este mensaje. Si siguen llegando mensajes como este, avísenos.',
  },
  'password-changed': {
    subject: 'Se ha cambiado su contraseña',
    title: 'Se ha cambiado su contraseña',
    what: {
      person: 'Se ha cambiado la contraseña de su cuenta en {{brand}}.',
      link: 'Se ha elegido una contraseña nueva para su cuenta en {{brand}} mediante un enlace que le habíamos enviado.',
      administrator:
        'Un administrador ha anulado la contraseña de su cuenta en {{brand}}. Se le pedirá una nueva.',
    },
    ended: 'Se ha cerrado su sesión en todos los demás dispositivos.',
    notYou: 'Es posible que otra persona haya entrado en su cuenta.',
  },
  'password-expires': {
    subject_one: 'Su contraseña caduca dentro de {{count}} día',
    subject_other: 'Su contraseña caduca dentro de {{count}} días',
    title: 'Su contraseña está a punto de caducar',
    what_one: 'La contraseña de su cuenta en {{brand}} caduca dentro de {{count}} día, el {{until}}.',
    what_other: 'La contraseña de su cuenta en {{brand}} caduca dentro de {{count}} días, el {{until}}.',
    advice: 'Cámbiela antes, cuando le venga bien. Después se le pedirá una nueva al iniciar sesión.',
    button: 'Cambiar su contraseña',
    noPassword:
      'Nadie le pedirá la antigua ni la nueva por correo: escríbalas solo en la página de {{brand}}.',
  },
  'account-dormant': {
    subject: 'Su cuenta se desactivará si no inicia sesión',
    title: 'Hace mucho que no se usa su cuenta',
    what: 'Nadie ha iniciado sesión en su cuenta en {{brand}} desde el {{since}}. Se desactivará el {{until}}.',
    keep: 'Para conservarla, inicie sesión antes. No hace falta nada más.',
    button: 'Iniciar sesión',
    noPassword:
      'Si ha olvidado su contraseña, o nunca ha elegido una, la página de inicio de sesión le lleva a una nueva.',
    notNeeded:
      'Si ya no necesita la cuenta, no tiene que hacer nada. Después, un administrador puede volver a activarla.',
  },
  'account-locked': {
    subject: 'Su cuenta está bloqueada',
    title: 'Su cuenta está bloqueada',
    what: 'Alguien ha escrito varias veces seguidas una contraseña o un código incorrectos para su cuenta en {{brand}}. Para protegerla, nadie puede iniciar sesión con contraseña hasta el {{until}}. No tiene que hacer nada: se desbloquea sola.',
    whatForGood:
      'Alguien ha escrito muchísimas veces una contraseña o un código incorrectos para su cuenta en {{brand}}. Para protegerla, su contraseña deja de funcionar hasta que elija una nueva.',
    secure: 'Elegir una contraseña nueva',
    notYou:
      'Entonces alguien intenta adivinar su contraseña. Una contraseña larga que no use en ningún otro sitio se lo impide.',
  },
  'failed-attempts': {
    subject: 'Intentos fallidos de entrar en su cuenta',
    title: 'Alguien no ha podido entrar en su nombre',
    what_one:
      'Desde el {{since}} ha habido {{count}} intento fallido de iniciar sesión en su cuenta de {{brand}}. Nadie ha entrado.',
    what_other:
      'Desde el {{since}} ha habido {{count}} intentos fallidos de iniciar sesión en su cuenta de {{brand}}. Nadie ha entrado.',
    whatThen_one:
      'Desde el {{since}} ha habido {{count}} intento fallido de iniciar sesión en su cuenta de {{brand}}. Después alguien, probablemente usted, ha iniciado sesión.',
    whatThen_other:
      'Desde el {{since}} ha habido {{count}} intentos fallidos de iniciar sesión en su cuenta de {{brand}}. Después alguien, probablemente usted, ha iniciado sesión.',
    last: 'El último:',
    notYou:
      'Entonces alguien intenta adivinar su contraseña. Una contraseña larga que no use en ningún otro sitio se lo impide.',
  },
  'new-device': {
    subject: 'Nuevo inicio de sesión en su cuenta',
    title: 'Nuevo inicio de sesión en su cuenta',
    what: 'Alguien, probablemente usted, ha iniciado sesión en su cuenta de {{brand}} desde un dispositivo que no se había usado antes para ello.',
    notYou: 'Es posible que otra persona tenga su contraseña.',
  },
  'device-signed-in': {
    subject: 'Se ha iniciado la sesión de un dispositivo en su cuenta',
    title: 'Un dispositivo ha iniciado sesión como usted',
    what: 'Un dispositivo ha iniciado sesión en {{client}} con su cuenta de {{brand}}: alguien, probablemente usted, ha introducido su código en un navegador y lo ha confirmado.',
    asked: 'El dispositivo lo pidió el {{when}}.',
    askedFrom: 'El dispositivo lo pidió el {{when}} desde la dirección IP {{address}}.',
    confirmed: 'Se confirmó:',
    notYou:
      'Si otra persona le envió el código o le pidió que lo introdujera, ese dispositivo es suyo y ahora actúa como usted en {{client}}.',
  },
  'factor-changed': {
    subject: {
      added: 'Se ha añadido una forma de iniciar sesión en su cuenta',
      removed: 'Se ha quitado una forma de iniciar sesión en su cuenta',
    },
    title: {
      added: 'Se ha añadido una forma de iniciar sesión',
      removed: 'Se ha quitado una forma de iniciar sesión',
    },
    what: {
      added: {
        totp: 'Se ha añadido una aplicación de autenticación a su cuenta en {{brand}}.',
        passkey: 'Se ha añadido una llave de acceso a su cuenta en {{brand}}.',
        'recovery-codes':
          'Se han creado códigos de recuperación nuevos para su cuenta en {{brand}}. Los anteriores ya no funcionan.',
      },
      removed: {
        totp: 'Se ha quitado la aplicación de autenticación de su cuenta en {{brand}}.',
        passkey: 'Se ha quitado una llave de acceso de su cuenta en {{brand}}.',
        'recovery-codes': 'Se han quitado los códigos de recuperación de su cuenta en {{brand}}.',
        all: 'Un administrador ha quitado todos los segundos factores de su cuenta en {{brand}} y ha cerrado su sesión en todas partes. Configurará uno nuevo la próxima vez que inicie sesión, con un código que le dará un administrador.',
      },
    },
    notYou: 'Es posible que otra persona haya entrado en su cuenta.',
  },
  'recovery-used': {
    subject: 'Se ha usado un código de recuperación',
    title: 'Se ha usado un código de recuperación',
    what: 'Alguien, probablemente usted, ha iniciado sesión en su cuenta de {{brand}} con un código de recuperación.',
    left_one: 'Le queda {{count}} código. Cree otros nuevos a tiempo.',
    left_other: 'Le quedan {{count}} códigos. Cada uno funciona una sola vez.',
    left_none: 'Era el último. Cree códigos nuevos para poder entrar si pierde su segundo factor.',
    notYou: 'Es posible que otra persona tenga su contraseña y sus códigos de recuperación.',
  },
  'temporary-code': {
    subject: {
      issued: 'Se ha creado un código de acceso temporal para su cuenta',
      used: 'Se ha usado un código de acceso temporal',
    },
    title: {
      issued: 'Se ha creado un código de acceso temporal',
      used: 'Se ha usado un código de acceso temporal',
    },
    what: {
      issued:
        'Un administrador ha creado un código con el que puede iniciar sesión una vez en su cuenta de {{brand}} sin su segundo factor. Se lo da él, no se envía por correo. Funciona hasta el {{until}}.',
      issued_for_factor:
        'Un administrador ha creado un código con el que puede configurar un segundo factor para su cuenta de {{brand}}. Se lo da él, no se envía por correo. Funciona hasta el {{until}}.',
      used: 'Alguien, probablemente usted, ha usado un código de acceso temporal de un administrador para su cuenta de {{brand}}.',
    },
    notYou: {
      issued: 'Si no ha pedido un código a un administrador, es posible que alguien se haga pasar por usted.',
      used: 'Es posible que otra persona tenga su contraseña y el código.',
    },
  },
  alarm: {
    subject: {
      break_glass_created: 'Alarma: se ha creado una cuenta de emergencia',
      break_glass_used: 'Alarma: una cuenta de emergencia ha iniciado sesión',
      break_glass_drill_due: 'Alarma: hay que comprobar una cuenta de emergencia',
      approval_bypassed: 'Alarma: se ha actuado sin una segunda persona',
    },
    title: {
      break_glass_created: 'Se ha creado una cuenta de emergencia',
      break_glass_used: 'Una cuenta de emergencia ha iniciado sesión',
      break_glass_drill_due: 'Hay que comprobar una cuenta de emergencia',
      approval_bypassed: 'Se ha actuado sin una segunda persona',
    },
    what: {
      break_glass_created:
        'En el servidor de {{brand}}, {{by}} ha creado la cuenta de emergencia {{about}}. Quien tenga su sobre puede administrarlo todo.',
      break_glass_used:
        'Alguien ha iniciado sesión en {{brand}} con la cuenta de emergencia {{about}} y puede administrarlo todo durante cuatro horas desde su primer inicio de sesión.',
      break_glass_drill_due:
        'Hace mucho que nadie confirma que el sobre de la cuenta de emergencia {{about}} de {{brand}} está intacto y en su sitio.',
      approval_bypassed:
        'En el servidor de {{brand}}, {{by}} ha hecho sin otra persona, como emergencia, lo que necesita una segunda: {{about}}.',
    },
    advice: {
      break_glass_created:
        'Si no sabía nada de esto, averigüe cuanto antes quién lo ha hecho y revoque la cuenta.',
      break_glass_used:
        'Si no sabe de ninguna emergencia, revoque la cuenta cuanto antes. Cuando termine su uso, otra persona tiene que revisarlo.',
      break_glass_drill_due: 'Busque el sobre, compruebe su precinto y registre la comprobación.',
      approval_bypassed:
        'Si no sabe de ninguna emergencia, averigüe cuanto antes quién lo ha hecho y qué se ha cambiado.',
    },
  },
  'already-registered': {
    subject: 'Ya tiene una cuenta',
    title: 'Ya tiene una cuenta',
    what: 'Alguien, probablemente usted, ha intentado registrarse en {{brand}} con este correo electrónico. Ya tiene una cuenta, así que no se ha cambiado nada. Inicie sesión con ella:',
    button: 'Iniciar sesión',
    forgotten: 'Si ha olvidado su contraseña, elija una nueva aquí:',
    notYou: 'En ese caso no tiene que hacer nada: quien lo haya intentado no ha averiguado nada sobre usted.',
  },
};
