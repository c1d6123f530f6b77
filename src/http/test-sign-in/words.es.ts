import type { Shape } from '../pages/word-shape.ts';
import type { words as en } from './words.en.ts';

/** Words of the pages of a test sign-in, in Spanish. */
export const words: Shape<typeof en> = {
  'test-sign-in': {
    title: 'Inicio de sesión de prueba',
    heading: 'Inicio de sesión de prueba en {{client}}',
    intro: 'Lo que {{client}} sabría de la persona que figura abajo.',
    revoked:
      'Todo lo que se emitió en esta prueba se revocó antes de mostrar esta página. Nada queda en la aplicación ni en la cuenta.',
    whose: 'Estos son los datos (claims) de',
    signIn: 'Inicio de sesión',
    acr: 'Nivel (acr)',
    amr: 'Métodos (amr)',
    authTime: 'Sesión iniciada',
    none: 'ninguno',
    scopes: 'Permisos (scopes)',
    given: 'concedido',
    refused: 'no concedido',
    ofResource: 'de {{resource}}',
    why: {
      unknown: 'Aquí no se conoce ningún permiso con este nombre.',
      not_registered: 'El scope del registro del cliente no lo incluye.',
      not_registered_at_resource: 'Los resource_scopes o admin_scopes del cliente no lo incluyen.',
      other_resource: 'Pertenece a un recurso que la solicitud no nombra (resource).',
      offline_grant: 'Los grant_types del cliente no incluyen refresh_token.',
      offline_not_allowed: 'Ningún administrador se lo ha permitido a este cliente (offline_access).',
      offline_prompt: 'La solicitud tiene que pedir el consentimiento (prompt=consent).',
      not_consented: 'La persona no lo ha permitido.',
    },
    withoutValue: 'Datos sin valor',
    withoutValueIntro: 'Estos permisos abren datos de los que no se sabe nada de esta persona.',
    idToken: 'Token de identidad',
    noIdToken: 'No hay ninguno: la solicitud no pide el permiso openid.',
    userinfo: 'Userinfo',
    noUserinfo: 'El token de acceso es para un recurso, así que no abre userinfo.',
    noUserinfoScope: 'Userinfo necesita el permiso openid.',
    accessToken: 'Token de acceso',
    opaque: 'Es opaco: los servicios averiguan por introspección qué representa.',
    tokenType: 'Tipo',
    tokenScope: 'Permisos',
    audience: 'Destinatario (aud)',
    algorithm: 'Firmado con {{algorithm}}.',
    lifetimes: 'Duración',
    lifetime: {
      idToken: 'Token de identidad',
      accessToken: 'Token de acceso',
      refreshToken: 'Token de renovación',
    },
    seconds: '{{seconds}} segundos',
    noRefreshToken: 'No se entregó ningún token de renovación.',
  },
  'test-sign-in-refused': {
    title: 'La solicitud fue rechazada',
    heading: 'La solicitud de {{client}} fue rechazada',
    intro: 'Esto es lo que recibiría la aplicación. No se emitió nada.',
    error: 'Error',
  },
  'test-sign-in-closed': {
    title: 'Sin inicio de sesión de prueba',
    heading: 'No hay nada que mostrar',
    next: 'Pida otro enlace.',
    problems: 'Qué falla en su registro',
    why: {
      unknown: 'Este enlace no se conoce, o sus diez minutos han pasado.',
      used: 'Este enlace ya se abrió. Funciona una sola vez.',
      over: 'Esta prueba ha terminado. Su respuesta se muestra una sola vez.',
      foreign: 'Esta respuesta no pertenece a ninguna prueba que haya empezado este navegador.',
      somebody_else:
        'Esta prueba es para otra persona, no para quien tiene aquí la sesión iniciada. No muestra sus datos a nadie más.',
      not_permitted: 'La persona de este enlace ya no puede probar esta aplicación.',
      client_gone: 'La aplicación se ha eliminado o desactivado entretanto.',
      client_disabled:
        'La aplicación está desactivada y nadie puede iniciar sesión en ella. Actívela primero.',
      client_refused: 'La aplicación se rechaza en todas partes, porque su registro incumple las reglas.',
    },
  },
};
