import type { Finding, Remark, Report, SizeAt } from './report.ts';
import { naming, type ReportWords, sizes, spans } from './words.ts';

const when = ({ size, time }: SizeAt) => `${size} eventos${time === undefined ? '' : `, firmado el ${time}`}`;

function finding(found: Finding): string {
  switch (found.kind) {
    case 'altered':
      return `Evento ${naming(found)}: alterado. Su contenido no es el que se selló.`;
    case 'personal_altered':
      return `Evento ${naming(found)}: se alteró el dato personal en ${found.path}. No es aquel cuyo resumen se selló.`;
    case 'removed':
      return found.to > found.index
        ? `Eventos ${found.index} a ${found.to}: eliminados. Se sellaron y faltan.`
        : `Evento ${naming(found)}: eliminado. Se selló y falta.`;
    case 'inserted':
      return `Evento ${naming(found)}: insertado. Nunca se selló en este lugar.`;
    case 'reordered':
      return `Evento ${naming(found)}: cambiado de lugar. Se selló como evento ${found.sealedAt}.`;
    case 'forged':
      return `Evento ${naming(found)}: escrito o alterado al margen de Gatehouse antes de sellarse. Su código de autenticación es incorrecto o falta.`;
    case 'time_moved':
      return `Evento ${naming(found)}: su hora se cambió al margen de Gatehouse antes de sellarse. Tiene told_at, y no difiere en cinco minutos.`;
    case 'malformed':
      return `Línea ${found.line} (donde se espera el evento ${found.index}): alterada. Una exportación no escribe una línea así.`;
    case 'rewritten':
      return `Eventos ${found.from} a ${found.to}: al menos uno fue alterado, eliminado, insertado o cambiado de lugar; no se puede saber cuál. El punto de control${found.time === undefined ? '' : ` del ${found.time}`} tiene otra raíz.`;
    case 'cut_off':
      return `Eventos ${found.from} a ${found.to}: cortados. Falta el final.`;
    case 'foreign_key':
      return found.what === 'anchor'
        ? 'Firmado con otra clave: un ancla no tiene firma de ninguna clave de este registro.'
        : `Firmado con otra clave: el punto de control de ${found.size ?? '?'} eventos no tiene firma válida de ninguna clave de este registro.`;
    case 'unknown_key':
      return 'Firmado con otra clave: la clave que ha indicado no es ninguna de las de este registro. No se verificó ninguna otra firma.';
    case 'key_change':
      return `La clave ${found.verifier} sigue a otra sin la firma de esta.`;
    case 'rolled_back':
      return `Restaurado o cortado: el ancla de ${found.anchor} eventos${found.time === undefined ? '' : ` (${found.time})`} no es un estado de este registro, que tiene ${found.size}. Si el paquete es anterior al ancla, expórtelo de nuevo.`;
    case 'file':
      return `${found.name} no corresponde a los eventos: fue alterado o le falta algo.`;
    case 'node':
      return `audit_nodes, nivel ${found.level}, índice ${found.index}: alterado o eliminado. El árbol no se puede demostrar con él.`;
    case 'sealing_state':
      return 'audit_sealing fue alterado: no es el estado del árbol que se firmó por último.';
    case 'never_sealed':
      return `Evento ${naming(found)}: insertado al margen de Gatehouse, detrás de lo que ya está sellado.`;
    case 'unsealed_forged':
      return `Evento ${naming(found)}: aún sin sellar, y escrito o alterado al margen de Gatehouse. Su código de autenticación es incorrecto o falta.`;
  }
}

function remark(told: Remark): string {
  switch (told.kind) {
    case 'restored':
      return `Restauración declarada en el evento ${told.index}: la base de datos se restauró a ${told.restored} eventos; hasta ${told.anchored} estaban anclados. Los eventos intermedios se perdieron.`;
    case 'key_changed':
      return `Cambio de clave en el evento ${told.index}, firmado por la clave anterior; desde entonces ${told.to}`;
    case 'anchor_outside':
      return `El ancla de ${told.size} eventos no se puede comparar: su lugar no está en este paquete. Exporte el intervalo que lo contiene.`;
    case 'clock':
      return `Reloj movido: en ${told.count} eventos, el primero el ${told.first}, el reloj del nodo difería en más de cinco minutos del de la base de datos. told_at tiene lo que marcaba.`;
    case 'time_unlikely':
      return `Hora dudosa: el evento ${naming(told)} tiene told_at, y su hora no encaja con los eventos que lo rodean. El reloj de la base de datos estaba mal, o alguien cambió la hora antes del sellado; told_at es lo que marcaba el nodo.`;
    case 'time_back':
      return `Reloj movido: el punto de control de ${told.size} eventos se firmó el ${told.time}, antes que el anterior.`;
    case 'archived':
      return `Los eventos hasta el ${told.to} están archivados y se verifican con sus propios paquetes.`;
  }
}

function facts(report: Report): [string, string][] {
  const { first, last, events, firstAt, lastAt, newest, checkpoints, signaturesOnly } = report;
  return [
    ['Registro', report.origin],
    ['Eventos', `${events}: ${first} a ${last}${firstAt === undefined ? '' : `, ${firstAt} a ${lastAt}`}`],
    ['Último punto de control', newest === undefined ? 'ninguno demostrado' : when(newest)],
    [
      'Puntos de control',
      signaturesOnly > 0 ? `${checkpoints}, de ${signaturesOnly} solo la firma` : `${checkpoints}`,
    ],
    ['Firmado por', report.signedBy.join(', ') || 'ninguna clave conocida'],
    ['Datos personales', `${report.personal}, de ellos ${report.erased} borrados`],
    [
      'Sin demostrar antes',
      report.unprovenCount === 0 ? 'ninguno' : `${report.unprovenCount}: ${spans(report.unproven)}`,
    ],
  ];
}

function window({ anchored, newest }: Report): string {
  const missing = 'un final cortado, una vuelta atrás o un borrado antes del sellado';
  if (anchored === undefined)
    return `No se comparó ningún ancla: ${missing} no se notaría. Indique el ancla más reciente para cerrar esta ventana.`;
  const until = anchored.time ?? `el evento ${anchored.size - 1}`;
  const end = newest?.time ?? 'el final';
  return `Anclado: ${when(anchored)}. Hasta entonces queda descartado ${missing}. Desde ${until} hasta ${end} (eventos desde el ${anchored.size}), y después, ${missing} no se notaría.`;
}

export const REPORT_WORDS_ES: ReportWords = {
  intact: 'Íntegro: cada evento es el que se selló, en su lugar.',
  tampered: 'Manipulado: esto no es lo que se selló.',
  unreadable: 'Ilegible: este archivo no se puede verificar.',
  facts,
  finding,
  remark,
  more: (count) => `… y ${count} más.`,
  proves:
    'Esto demuestra que los eventos son los que Gatehouse selló, sin alterar, en su orden y sin huecos, con la clave que ha indicado. ' +
    'No demuestra que lo que cuentan sea cierto, ni los eventos marcados como sin demostrar antes de su sellado. Las etiquetas son nombres de hoy y no están firmadas. ' +
    'Un final cortado, una vuelta atrás y un borrado antes del sellado solo se notan frente a un ancla: se detectan si son anteriores al último punto de control anclado.',
  window,
  proof: {
    included: (index, size, time) =>
      `Demostrado: el evento está sellado como evento ${index} del árbol de ${size} eventos, firmado el ${time}.`,
    consistent: (from, size) =>
      `Demostrado: el árbol de ${from} eventos es el comienzo del árbol de ${size} eventos.`,
    wrong: 'Manipulado: la prueba no lleva a la raíz que se firmó.',
    foreign:
      'Firmado con otra clave: el punto de control no tiene firma válida de la clave indicada, ni de una que la siga.',
    outside: 'Un ancla no coincide: tiene otra raíz con el mismo tamaño.',
    agreeing: (count) =>
      `Anclado: ${count === 1 ? 'un ancla' : `${count} anclas`} del mismo tamaño: la raíz es la misma.`,
    uncompared: (list) =>
      `Sin comparar, porque ningún árbol de esta prueba tiene su tamaño: ${list.length === 1 ? 'el ancla' : `${list.length} anclas`} de ${sizes(list)} eventos. Si el árbol de un ancla y el del punto de control van juntos lo demuestra gatehouse audit proof --between.`,
  },
};
