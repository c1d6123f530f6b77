import { REPORT_WORDS_EN } from '../src/domain/audit/bundle/words.en.ts';
import { REPORT_WORDS_ES } from '../src/domain/audit/bundle/words.es.ts';
import type { ReportWords } from '../src/domain/audit/bundle/words.ts';

/** The words of the verifier's page, and of what it reports. */
export interface PageWords {
  readonly report: ReportWords;
  readonly title: string;
  readonly intro: string;
  readonly language: string;
  readonly key: string;
  readonly keyHint: string;
  readonly anchors: string;
  readonly anchorsHint: string;
  readonly bundle: string;
  readonly bundleHint: string;
  readonly verify: string;
  readonly noKey: string;
  readonly noBundle: string;
  readonly noAnchor: string;
  readonly working: string;
  readonly done: (events: string) => string;
  readonly found: string;
  readonly facts: string;
  readonly remarks: string;
  readonly meaning: string;
}

export const WORDS: Readonly<Record<'en' | 'es', PageWords>> = {
  en: {
    report: REPORT_WORDS_EN,
    title: 'Verify an audit trail',
    intro:
      'This page verifies a bundle or a proof that Gatehouse has exported. It works without a network: nothing leaves this computer.',
    language: 'Language',
    key: 'Public keys',
    keyHint:
      'What “gatehouse audit key” prints, one key a line. Get it from the organisation by a way of its own, not with the bundle.',
    anchors: 'Anchors (optional)',
    anchorsHint: 'Files with checkpoints that were kept elsewhere.',
    bundle: 'Bundle or proof',
    bundleHint: 'Choose the file, or drop it here.',
    verify: 'Verify',
    noKey: 'Enter at least one public key, as “gatehouse audit key” prints it.',
    noBundle: 'Choose a bundle or a proof.',
    noAnchor: 'A file of anchors holds no checkpoint.',
    working: 'Verifying …',
    done: (events) => `${events} events verified so far`,
    found: 'What was found, the first bad event first',
    facts: 'What was verified',
    remarks: 'Remarks',
    meaning: 'What this proves, and what not',
  },
  es: {
    report: REPORT_WORDS_ES,
    title: 'Verificar un registro de auditoría',
    intro:
      'Esta página verifica un paquete o una prueba que Gatehouse ha exportado. Funciona sin red: nada sale de este ordenador.',
    language: 'Idioma',
    key: 'Claves públicas',
    keyHint:
      'Lo que imprime «gatehouse audit key», una clave por línea. Obténgalo de la organización por una vía propia, no junto con el paquete.',
    anchors: 'Anclas (opcional)',
    anchorsHint: 'Archivos con puntos de control que se guardaron en otro lugar.',
    bundle: 'Paquete o prueba',
    bundleHint: 'Elija el archivo o suéltelo aquí.',
    verify: 'Verificar',
    noKey: 'Introduzca al menos una clave pública, tal como la imprime «gatehouse audit key».',
    noBundle: 'Elija un paquete o una prueba.',
    noAnchor: 'Un archivo de anclas no contiene ningún punto de control.',
    working: 'Verificando …',
    done: (events) => `${events} eventos verificados hasta ahora`,
    found: 'Lo que se encontró, primero el primer evento afectado',
    facts: 'Lo que se verificó',
    remarks: 'Observaciones',
    meaning: 'Qué demuestra esto, y qué no',
  },
};
