/** The words of the pages about second factors, in Spanish. */
export const factors = {
  factor: {
    account: 'Cuenta',
    another: 'Otra forma:',
    use: {
      totp: 'Usar un código de su aplicación de autenticación',
      passkey: 'Usar una llave de acceso',
      recovery_code: 'Usar un código de recuperación',
      temporary_code: 'Usar un código de acceso temporal de su administrador',
    },
    name: {
      missing: 'Póngale un nombre.',
      invalid:
        'Este nombre no se puede usar. Escríbalo sin caracteres especiales y con {{most}} como máximo.',
    },
    code: {
      missing: 'Escriba el código.',
      malformed: 'Escriba las 6 cifras que muestra su aplicación de autenticación.',
      wrong:
        'Este código no es correcto. Espere a que su aplicación de autenticación muestre el siguiente y escríbalo.',
    },
    passkey: {
      signIn: 'Iniciar sesión con una llave de acceso',
      or: 'o',
      waiting: 'Siga lo que le pide su dispositivo.',
      cancelled: 'Se ha cancelado o ha tardado demasiado. No se ha cambiado nada: inténtelo de nuevo.',
      exists: 'Este dispositivo o llave ya tiene una llave de acceso para su cuenta.',
      unavailable: 'No se ha podido contactar con el servidor. Inténtelo de nuevo dentro de un momento.',
      failed: 'Su dispositivo no ha podido hacerlo. Inténtelo de nuevo o elija otra forma.',
      unsupported: 'Este navegador no puede usar llaves de acceso. Elija otra forma o use otro navegador.',
      scriptless: 'Las llaves de acceso necesitan JavaScript, que está desactivado en este navegador.',
    },
    wait: {
      locked_in_one:
        'Ha habido demasiados intentos fallidos y el inicio de sesión está bloqueado. Inténtelo de nuevo dentro de {{count}} minuto.',
      locked_in_other:
        'Ha habido demasiados intentos fallidos y el inicio de sesión está bloqueado. Inténtelo de nuevo dentro de {{count}} minutos.',
      rate_limited_in_one:
        'Ha habido demasiados intentos en poco tiempo y este no se ha comprobado. Inténtelo de nuevo dentro de {{count}} segundo.',
      rate_limited_in_other:
        'Ha habido demasiados intentos en poco tiempo y este no se ha comprobado. Inténtelo de nuevo dentro de {{count}} segundos.',
    },
    copy: 'Copiar',
    copied: 'Copiado.',
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
  'enrol-totp': {
    title: 'Preparar una aplicación de autenticación',
    scan: 'Escanee esta imagen',
    scanText: 'En la aplicación de autenticación de su teléfono, añada una cuenta y apunte la cámara aquí.',
    picture:
      'Código QR con la clave para su aplicación de autenticación. La misma clave está debajo como texto.',
    cannotScan: 'No puedo escanearla',
    manual: 'Añada una cuenta a mano en la aplicación, con esta clave. Se basa en la hora y tiene 6 cifras.',
    key: 'Clave',
    accountName: 'Cuenta',
    secrecy: 'No muestre esta página a nadie: quien tenga la clave obtiene los mismos códigos.',
    confirm: 'Escriba el código que muestra la aplicación',
    code: 'Código',
    name: 'Nombre de este autenticador',
    nameHint: 'Para reconocerlo después, por ejemplo «Teléfono del trabajo».',
    defaultName: 'Aplicación de autenticación',
    submit: 'Confirmar',
    back: 'Volver',
    expired:
      'Esta página estuvo abierta demasiado tiempo y se ha preparado de nuevo. Borre la entrada anterior de su aplicación y escanee la imagen nueva.',
  },
  'enrol-passkey': {
    title: 'Añadir una llave de acceso',
    intro:
      'Su dispositivo le pedirá la huella, la cara, el PIN o una llave de seguridad. Aquello por lo que le reconoce nunca sale de él.',
    name: 'Nombre de esta llave de acceso',
    nameHint: 'Para reconocerla después, por ejemplo «Portátil» o «Llave azul».',
    defaultName: 'Llave de acceso',
    submit: 'Añadir una llave de acceso',
    back: 'Volver',
    error: {
      passkey_wrong: 'Esta llave de acceso no se ha podido añadir. Inténtelo de nuevo.',
      passkey_refused:
        'Su organización no permite este tipo de llave de acceso. Use otro dispositivo u otra llave.',
      expired: 'Ha tardado demasiado. Inténtelo de nuevo.',
    },
  },
  'recovery-codes': {
    title: 'Guarde sus códigos de recuperación',
    intro:
      'Si pierde el teléfono o la llave, uno de estos códigos le permite entrar en su lugar. Cada uno funciona una sola vez. Solo se muestran ahora.',
    where:
      'Guárdelos donde guarda los papeles importantes o en un gestor de contraseñas. No en el mismo teléfono.',
    copy: 'Copiar',
    copied: 'Copiados.',
    download: 'Descargar',
    print: 'Imprimir',
    stored: 'Los he guardado',
    shown: 'Los códigos ya se mostraron y no se pueden mostrar otra vez.',
    continue: 'Continuar',
    shownLater:
      'Si no los ha guardado, podrá crear otros en la página de su cuenta, en «Inicio de sesión y seguridad», cuando haya iniciado sesión.',
    shownAdvice: 'Si no los ha guardado, cree otros ahora. Los que se mostraron antes dejarán de funcionar.',
    again: 'Crear códigos nuevos',
    printed: 'Códigos de recuperación de {{email}} para {{brand}}. Cada uno funciona una sola vez.',
  },
  'account-security': {
    title: 'Inicio de sesión y seguridad',
    back: 'Su cuenta',
    none: 'Su cuenta está protegida solo por la contraseña. Añada una llave de acceso o una aplicación de autenticación, para que no baste con robar la contraseña.',
    noneRequired:
      'Su organización pide un segundo paso. Añada una llave de acceso o una aplicación de autenticación antes de que sea obligatorio.',
    fewCodes_one: 'Le queda {{count}} código de recuperación. Cree otros a tiempo.',
    fewCodes_other: 'Le quedan {{count}} códigos de recuperación. Cree otros a tiempo.',
    noCodes:
      'No le queda ningún código de recuperación. Cree otros, para poder entrar si pierde su dispositivo.',
    passkeys: 'Llaves de acceso',
    confirmText: 'Para ver los detalles y hacer cambios, confirme que es usted.',
    confirm: 'Ver los detalles',
    passkeyCount_one: 'Tiene {{count}} llave de acceso.',
    passkeyCount_other: 'Tiene {{count}} llaves de acceso.',
    authenticatorCount_one: 'Tiene {{count}} aplicación de autenticación.',
    authenticatorCount_other: 'Tiene {{count}} aplicaciones de autenticación.',
    deviceCount_one: 'Confía en {{count}} dispositivo.',
    deviceCount_other: 'Confía en {{count}} dispositivos.',
    passkeysEmpty: 'No tiene ninguna llave de acceso. Es la forma más segura y rápida de iniciar sesión.',
    addPasskey: 'Añadir una llave de acceso',
    authenticators: 'Aplicaciones de autenticación',
    authenticatorsEmpty: 'No tiene ninguna aplicación de autenticación.',
    addAuthenticator: 'Añadir una aplicación de autenticación',
    added: 'Añadida el',
    lastUsed: 'Último uso el',
    neverUsed: 'Sin usar todavía',
    synced: 'Sincronizada',
    change: 'Cambiar',
    changeNamed: 'Cambiar {{name}}',
    full: 'Tiene todas las que puede tener. Quite una para añadir otra.',
    recoveryCodes: 'Códigos de recuperación',
    codesLeft_one: 'Queda {{count}} código de {{total}}.',
    codesLeft_other: 'Quedan {{count}} códigos de {{total}}.',
    codesNeeded:
      'Podrá crear códigos de recuperación cuando tenga una llave de acceso o una aplicación de autenticación.',
    makeCodes: 'Crear códigos nuevos',
    devices: 'Dispositivos de confianza',
    devicesText: 'En ellos no se le pide un segundo paso.',
    device: 'Un dispositivo',
    deviceOn: '{{browser}} en {{system}}',
    thisDevice: 'Este dispositivo',
    deviceSince: 'De confianza desde el',
    deviceUntil: 'Hasta el',
    forget: 'Pedirlo de nuevo',
    forgetNamed: 'Pedirlo de nuevo: {{name}}',
    sessions: 'Otras sesiones',
    sessionsText:
      'Cierre todas sus demás sesiones, en otros dispositivos y navegadores. Aquí su sesión sigue abierta.',
    endSessions: 'Cerrar las demás sesiones',
    notice: {
      totp_added: 'La aplicación de autenticación se ha añadido.',
      passkey_added: 'La llave de acceso se ha añadido.',
      renamed: 'El nombre se ha cambiado.',
      totp_removed: 'La aplicación de autenticación se ha quitado.',
      passkey_removed: 'La llave de acceso se ha quitado.',
      codes_made: 'Sus códigos de recuperación nuevos ya valen.',
      device_forgotten: 'En ese dispositivo se pedirá de nuevo un segundo paso.',
      sessions_ended: 'Se han cerrado sus demás sesiones.',
    },
    noticeSessions: 'Si otra persona pudo haber usado su cuenta, cierre también las demás sesiones.',
    hint: 'Para cambiar algo aquí, primero tendrá que confirmar que es usted.',
  },
  'account-factor': {
    title: 'Cambiar una forma de iniciar sesión',
    kind: { totp: 'Aplicación de autenticación', passkey: 'Llave de acceso' },
    added: 'Añadida el',
    lastUsed: 'Último uso el',
    neverUsed: 'Sin usar todavía',
    name: 'Nombre',
    save: 'Guardar el nombre',
    removeTitle: 'Quitarla',
    remove: {
      totp: 'Los códigos de esta aplicación dejarán de funcionar.',
      passkey: 'Ya no podrá iniciar sesión con ella. Bórrela también en su dispositivo.',
    },
    last: 'Es la última: con ella se van sus códigos de recuperación y dispositivos de confianza, y solo la contraseña protegerá su cuenta.',
    endOthers: 'Cerrar también mis demás sesiones',
    submitRemove: 'Quitar',
    refused:
      'Su organización pide un segundo paso y este es el último que tiene. Añada otro antes de quitarlo.',
    refusedPasskey:
      'Su organización pide una llave de acceso y esta es la última que tiene. Añada otra antes de quitarla.',
    back: 'Volver',
  },
  'account-recovery-codes': {
    title: 'Crear códigos de recuperación nuevos',
    intro: 'Obtendrá {{number}} códigos nuevos. Los que tiene dejarán de funcionar enseguida.',
    submit: 'Crear códigos nuevos',
    back: 'Volver',
  },
};
