/** What went wrong and what to do next, by the code of the error, in Spanish. */
export const error = {
  reference: 'Referencia',
  quote: 'Indíquela cuando pida ayuda.',
  restart: 'Empezar de nuevo en {{client}}',
  again: 'Abrir la página de nuevo',
  account: 'Ir a su cuenta',
  reason: {
    title: 'Para quien desarrolla la aplicación',
    parameter: 'Qué está mal',
    expected: 'Se esperaba',
    change: 'Qué cambiar',
    development: 'Solo se muestra en desarrollo. En producción está en el registro, con la referencia.',
  },
  not_found: {
    title: 'Página no encontrada',
    what: 'No hay ninguna página en esta dirección.',
    next: 'Revise la dirección o vuelva a la aplicación de la que viene.',
  },
  method_not_allowed: {
    title: 'Esta página no se puede abrir así',
    what: 'La dirección existe, pero no responde a este tipo de petición.',
    next: 'Vuelva a la aplicación de la que viene y empiece desde allí.',
  },
  bad_request: {
    title: 'No se ha podido leer la petición',
    what: 'Algo de lo que envió su navegador faltaba o estaba dañado. No se ha cambiado nada.',
    next: 'Vuelva atrás e inténtelo otra vez.',
  },
  https_required: {
    title: 'Se necesita una conexión segura',
    what: 'Esta dirección se abrió sin cifrado, así que no se ha mostrado nada.',
    next: 'Abra la misma dirección con https:// delante.',
  },
  proxy_not_trusted: {
    title: 'Falta configurar el proxy de entrada',
    what: 'Esta petición llegó por http sin cifrar desde una dirección que no está en TRUSTED_PROXIES y no se ha mostrado nada.',
    next: 'Quienes gestionan este servicio encuentran la dirección en su registro y, si es la de su proxy, la añaden a TRUSTED_PROXIES.',
  },
  proxy_misconfigured: {
    title: 'Falta configurar el proxy de entrada',
    what: 'No indica en X-Forwarded-Proto que usted llegó por https y no se ha mostrado nada.',
    next: 'Quienes gestionan este servicio encuentran en su registro lo que el proxy tiene que enviar.',
  },
  session_cap_reached: {
    title: 'Ha iniciado sesión demasiadas veces',
    what: 'Ya tiene la sesión abierta en otros lugares, en tantos navegadores como su organización permite a la vez. Aquí no se ha iniciado la sesión.',
    next: 'Cierre la sesión en uno de ellos y vuelva a iniciarla aquí.',
  },
  device_code_used: {
    title: 'Este código ya se ha usado',
    what: 'El código del dispositivo se introdujo o se respondió en otro lugar. Aquí no se ha cambiado nada.',
    next: 'Empiece de nuevo en su dispositivo e introduzca el código nuevo.',
  },
  csrf_invalid: {
    title: 'Esta página está desactualizada',
    what: 'El formulario venía de una página que ya no es válida y no se ha cambiado nada. Ocurre después de iniciar sesión en otra pestaña o cuando las cookies están bloqueadas.',
    next: 'Permita las cookies de este sitio, abra la página de nuevo y repita lo que quería hacer.',
  },
  sign_in_expired: {
    title: 'Este inicio de sesión ha caducado',
    what: 'La página estuvo abierta demasiado tiempo o el inicio de sesión se terminó en otro lugar. Por su seguridad, no se puede continuar.',
    next: 'Vuelva a la aplicación e inicie sesión desde allí.',
  },
  foreign_interaction: {
    title: 'Este inicio de sesión empezó en otro lugar',
    what: 'Un inicio de sesión solo se puede terminar en el navegador en el que empezó, con sus cookies.',
    next: 'Empiece de nuevo desde la aplicación, en este navegador. Nunca continúe un enlace de inicio de sesión que alguien le haya enviado.',
  },
  client_invalid: {
    title: 'No conocemos esta aplicación',
    what: 'La aplicación que le ha enviado no está registrada con nosotros y no puede iniciar sesión en ella desde aquí.',
    next: 'Compruebe que abrió la dirección correcta. Si lo es, avise a quienes gestionan la aplicación.',
  },
  redirect_uri_invalid: {
    title: 'Nos hemos detenido para protegerle',
    what: 'La aplicación nos pidió enviarle a una dirección que no tiene registrada.',
    next: 'No siga desde el lugar del que viene. Avise a quienes gestionan la aplicación.',
  },
  invalid_request: {
    title: 'La aplicación ha cometido un error',
    what: 'Ha enviado una petición que no podemos atender. No es culpa suya y no se ha cambiado nada.',
    next: 'Vuelva a la aplicación e inténtelo de nuevo. Si se repite, avise a quienes la gestionan.',
  },
  access_denied: {
    title: 'No se ha concedido el acceso',
    what: 'El acceso se ha rechazado, por usted o por las reglas de esta aplicación.',
    next: 'Vuelva a la aplicación. Si necesita acceso, pídalo a su administrador.',
  },
  too_busy: {
    title: 'Demasiada actividad en este momento',
    what: 'Hay más personas iniciando sesión de las que podemos atender a la vez. Su cuenta no tiene ningún problema.',
    next: 'Espere unos segundos e inténtelo de nuevo.',
  },
  unavailable: {
    title: 'No disponible en este momento',
    what: 'No se puede acceder a una parte de este servicio. Su cuenta no tiene ningún problema.',
    next: 'Inténtelo de nuevo dentro de un minuto.',
  },
  rate_limited: {
    title: 'Demasiados intentos',
    what: 'Han llegado demasiadas peticiones en poco tiempo y las hemos puesto en pausa.',
    next: 'Espere un minuto e inténtelo de nuevo.',
  },
  internal: {
    title: 'Algo ha fallado',
    what: 'El fallo es nuestro y ha quedado registrado.',
    next: 'Inténtelo de nuevo dentro de un momento.',
  },
};
