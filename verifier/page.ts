import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { Unreadable } from '../src/domain/audit/bundle/format.ts';
import { readProof, verifyProof } from '../src/domain/audit/bundle/proof.ts';
import type { Report } from '../src/domain/audit/bundle/report.ts';
import { readJson } from '../src/domain/audit/bundle/shape.ts';
import { tellProof } from '../src/domain/audit/bundle/tell.ts';
import type { Verifier } from '../src/domain/audit/bundle/verify.ts';
import { verifyBundle } from '../src/domain/audit/bundle/verify-bundle.ts';
import { parseCheckpoint } from '../src/domain/audit/tree/checkpoint.ts';
import {
  type NoteCryptography,
  parseNote,
  parseVkey,
  type VerifierKey,
} from '../src/domain/audit/tree/note.ts';
import { WORDS } from './words.ts';

/**
 * The page on which an auditor verifies a bundle: one file, opened from disk, without a network. The verification is that of
 * `gatehouse audit verify`, with other libraries for hashes and signatures.
 */

const CRYPTOGRAPHY: NoteCryptography = {
  sha256: (bytes) => sha256(bytes),
  verifyEd25519(publicKey, message, signature) {
    try {
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
};

const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const language = byId<HTMLSelectElement>('language');
const form = byId<HTMLFormElement>('form');
const key = byId<HTMLTextAreaElement>('key');
const anchors = byId<HTMLInputElement>('anchors');
const bundle = byId<HTMLInputElement>('bundle');
const drop = byId('drop');
const progress = byId('progress');
const result = byId('result');

/** What was found last, to be told again in another language. */
type Outcome =
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'proof'; readonly report: ReturnType<typeof verifyProof> }
  | { readonly kind: 'unreadable'; readonly why: string };
let outcome: Outcome | undefined;

const words = () => WORDS[language.value === 'es' ? 'es' : 'en'];

function translate(): void {
  const chosen = words();
  document.documentElement.lang = language.value;
  document.title = chosen.title;
  for (const element of document.querySelectorAll<HTMLElement>('[data-word]')) {
    const word = chosen[element.dataset.word as keyof typeof chosen];
    if (typeof word === 'string') element.textContent = word;
  }
  progress.textContent = '';
  if (outcome !== undefined) show(outcome);
}

function add(
  parent: HTMLElement,
  name: keyof HTMLElementTagNameMap,
  text: string,
  className = '',
): HTMLElement {
  const element = document.createElement(name);
  element.textContent = text;
  if (className !== '') element.className = className;
  parent.append(element);
  return element;
}

function list(title: string, items: readonly string[]): void {
  if (items.length === 0) return;
  add(result, 'h2', title);
  const items_ = add(result, 'ul', '');
  for (const item of items) add(items_, 'li', item);
}

function show(found: Outcome): void {
  outcome = found;
  const chosen = words();
  const told = chosen.report;
  result.replaceChildren();
  result.hidden = false;
  if (found.kind === 'unreadable') {
    add(result, 'p', told.unreadable, 'verdict bad');
    add(result, 'p', found.why);
    return;
  }
  if (found.kind === 'proof') {
    const [verdict = '', ...rest] = tellProof(found.report, told);
    const isTrue = found.report.outcome === 'included' || found.report.outcome === 'consistent';
    add(result, 'p', verdict, `verdict ${isTrue ? 'good' : 'bad'}`);
    for (const line of rest) add(result, 'pre', line);
    return;
  }
  const { report } = found;
  add(
    result,
    'p',
    report.tampered ? told.tampered : told.intact,
    `verdict ${report.tampered ? 'bad' : 'good'}`,
  );
  const more = report.findingCount - report.findings.length;
  list(chosen.found, [...report.findings.map(told.finding), ...(more > 0 ? [told.more(more)] : [])]);
  add(result, 'h2', chosen.facts);
  const facts = add(result, 'dl', '');
  for (const [label, value] of told.facts(report)) {
    add(facts, 'dt', label);
    add(facts, 'dd', value);
  }
  list(chosen.remarks, report.remarks.map(told.remark));
  add(result, 'h2', chosen.meaning);
  add(result, 'p', told.proves);
  add(result, 'p', told.window(report));
}

function keysGiven(): VerifierKey[] | undefined {
  const lines = key.value.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '').map((line) => parseVkey(CRYPTOGRAPHY.sha256, line));
  return keys.length === 0 || keys.includes(undefined) ? undefined : (keys as VerifierKey[]);
}

async function anchorsGiven(): Promise<string[] | undefined> {
  const notes: string[] = [];
  for (const file of anchors.files ?? []) {
    const found = (await file.text()).split(/^---\n/m).map((note) => `${note.trimEnd()}\n`);
    const checkpoints = found.filter((note) => {
      const parsed = parseNote(note);
      return parsed !== undefined && parseCheckpoint(parsed.text) !== undefined;
    });
    if (checkpoints.length === 0) return undefined;
    notes.push(...checkpoints);
  }
  return notes;
}

const MAX_PROOF = 10_000_000;

async function verify(file: File, verifier: Verifier): Promise<Outcome> {
  try {
    if ((await file.slice(0, 1).text()) === '{' && file.size <= MAX_PROOF)
      return {
        kind: 'proof',
        report: verifyProof(readProof(readJson(await file.text(), file.name)), verifier),
      };
    const read = async (offset: number, length: number) =>
      new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
    return { kind: 'report', report: await verifyBundle({ size: file.size, read }, verifier) };
  } catch (error) {
    return { kind: 'unreadable', why: error instanceof Unreadable ? error.message : String(error) };
  }
}

async function run(): Promise<void> {
  const chosen = words();
  const keys = keysGiven();
  const [file] = bundle.files ?? [];
  const notes = await anchorsGiven();
  const problem =
    keys === undefined
      ? chosen.noKey
      : file === undefined
        ? chosen.noBundle
        : notes === undefined
          ? chosen.noAnchor
          : '';
  progress.textContent = problem === '' ? chosen.working : problem;
  if (keys === undefined || file === undefined || notes === undefined) {
    (keys === undefined ? key : file === undefined ? bundle : anchors).focus();
    return;
  }
  const button = form.querySelector('button') as HTMLButtonElement;
  button.disabled = true;
  result.hidden = true;
  let shown = 0;
  const onProgress = (events: number) => {
    if (events - shown < 1_000) return;
    shown = events;
    progress.textContent = chosen.done(events.toLocaleString(language.value));
  };
  try {
    show(await verify(file, { cryptography: CRYPTOGRAPHY, keys, anchors: notes, onProgress }));
  } finally {
    button.disabled = false;
  }
  progress.textContent = '';
  result.focus();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});
language.addEventListener('change', translate);
for (const name of ['dragover', 'dragleave', 'drop'] as const) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', name === 'dragover');
    const files = event.dataTransfer?.files;
    if (name === 'drop' && files !== undefined && files.length > 0) {
      bundle.files = files;
      void run();
    }
  });
}
language.value = navigator.language.startsWith('es') ? 'es' : 'en';
translate();
