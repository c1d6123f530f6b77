import type { words as english } from './factor-words.en.ts';
import type { Shape } from './word-shape.ts';

/** The words of second factors and of the pages that set them up, in a sign-in and from the account, in Spanish. */
export const words: Shape<typeof english> = {
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
  'enrol-totp': {
    title: 'Preparar una aplicación de autenticación',
    scan: 'Escanee esta imagen',
    scanText: 'En la aplicación de autenticación de su teléfono, añada una cuenta y apunte la cámara aquí.',
    picture:
      'Código QR con la clave para su aplicación de autenticación. La misma clave está debajo como texto.',
    cannotScan: 'No puedo escanearla',
    onThisDevice: '¿Tiene la aplicación en este dispositivo?',
    openApp: 'Abrirla con esta clave',
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
      'Si no los ha guardado, podrá crear otros en la página de su cuenta, en «Seguridad», cuando haya iniciado sesión.',
    shownAdvice: 'Si no los ha guardado, cree otros ahora. Los que se mostraron antes dejarán de funcionar.',
    again: 'Crear códigos nuevos',
    printed: 'Códigos de recuperación de {{email}} para {{brand}}. Cada uno funciona una sola vez.',
  },
};
