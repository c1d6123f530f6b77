import type { Finding, Remark, Report, SizeAt } from './report.ts';
import { naming, type ReportWords, sizes, spans } from './words.ts';

const when = ({ size, time }: SizeAt) => `${size} events${time === undefined ? '' : `, signed ${time}`}`;

function finding(found: Finding): string {
  switch (found.kind) {
    case 'altered':
      return `Event ${naming(found)}: altered. Its content is not what was sealed.`;
    case 'personal_altered':
      return `Event ${naming(found)}: the personal value at ${found.path} was altered. It is not the one whose digest was sealed.`;
    case 'removed':
      return found.to > found.index
        ? `Events ${found.index} to ${found.to}: removed. They were sealed and are missing.`
        : `Event ${naming(found)}: removed. It was sealed and is missing.`;
    case 'inserted':
      return `Event ${naming(found)}: inserted. It was never sealed at this place.`;
    case 'reordered':
      return `Event ${naming(found)}: reordered. It was sealed as event ${found.sealedAt}.`;
    case 'forged':
      return `Event ${naming(found)}: written or altered past Gatehouse before it was sealed. Its authentication code is wrong or missing.`;
    case 'time_moved':
      return `Event ${naming(found)}: its time was moved past Gatehouse before it was sealed. told_at is there, and not five minutes off.`;
    case 'malformed':
      return `Line ${found.line} (where event ${found.index} is expected): altered. An export does not write such a line.`;
    case 'rewritten':
      return `Events ${found.from} to ${found.to}: at least one of them was altered, removed, inserted or reordered; which one cannot be told. The checkpoint${found.time === undefined ? '' : ` of ${found.time}`} has another root.`;
    case 'cut_off':
      return `Events ${found.from} to ${found.to}: cut off. The end is missing.`;
    case 'foreign_key':
      return found.what === 'anchor'
        ? 'Signed by another key: an anchor has no signature of a key of this trail.'
        : `Signed by another key: the checkpoint of ${found.size ?? 'unknown'} events has no valid signature of a key of this trail.`;
    case 'unknown_key':
      return 'Signed by another key: the key that you gave is none of the keys of this trail. Nothing else was verified by signature.';
    case 'key_change':
      return `The key ${found.verifier} follows another without its signature.`;
    case 'rolled_back':
      return `Rolled back or cut off: the anchor of ${found.anchor} events${found.time === undefined ? '' : ` (${found.time})`} is not a state of this trail, which has ${found.size}. If the bundle is older than the anchor, export again.`;
    case 'file':
      return `${found.name} does not fit the events: it was altered, or something is missing from it.`;
    case 'node':
      return `audit_nodes, level ${found.level}, index ${found.index}: altered or removed. The tree cannot be proven from it.`;
    case 'sealing_state':
      return 'audit_sealing was altered: it is not the state of the tree that was signed last.';
    case 'never_sealed':
      return `Event ${naming(found)}: inserted past Gatehouse, behind what is sealed already.`;
    case 'unsealed_forged':
      return `Event ${naming(found)}: not sealed yet, and written or altered past Gatehouse. Its authentication code is wrong or missing.`;
  }
}

function remark(told: Remark): string {
  switch (told.kind) {
    case 'restored':
      return `Declared restore at event ${told.index}: the database was restored to ${told.restored} events; up to ${told.anchored} had been anchored. The events between are lost.`;
    case 'key_changed':
      return `Key changed at event ${told.index}, signed by the key before; from then on ${told.to}`;
    case 'anchor_outside':
      return `The anchor of ${told.size} events cannot be compared: its place is not in this bundle. Export the range that contains it.`;
    case 'clock':
      return `Clock moved: for ${told.count} events, event ${told.first} first, the clock of the node was more than five minutes off the database's. told_at has what it said.`;
    case 'time_unlikely':
      return `Time in question: event ${naming(told)} has told_at, and its time does not fit the events around it. The clock of the database was wrong, or somebody moved the time before it was sealed; told_at is what the node said.`;
    case 'time_back':
      return `Clock moved: the checkpoint of ${told.size} events was signed at ${told.time}, earlier than the one before it.`;
    case 'archived':
      return `Events up to ${told.to} are archived, and verified with their own bundles.`;
  }
}

function facts(report: Report): [string, string][] {
  const { first, last, events, firstAt, lastAt, newest, checkpoints, signaturesOnly } = report;
  return [
    ['Trail', report.origin],
    ['Events', `${events}: ${first} to ${last}${firstAt === undefined ? '' : `, ${firstAt} to ${lastAt}`}`],
    ['Newest checkpoint', newest === undefined ? 'none that is proven' : when(newest)],
    [
      'Checkpoints',
      signaturesOnly > 0 ? `${checkpoints}, of ${signaturesOnly} only the signature` : `${checkpoints}`,
    ],
    ['Signed by', report.signedBy.join(', ') || 'no known key'],
    ['Personal values', `${report.personal}, of which ${report.erased} erased`],
    [
      'Unproven before',
      report.unprovenCount === 0 ? 'none' : `${report.unprovenCount}: ${spans(report.unproven)}`,
    ],
  ];
}

function window({ anchored, newest }: Report): string {
  const missing = 'a cut tail, a rollback or a deletion before sealing';
  if (anchored === undefined)
    return `No anchor was compared: ${missing} would not show. Give the newest anchor with it to close this window.`;
  const until = anchored.time ?? `event ${anchored.size - 1}`;
  const end = newest?.time ?? 'the end';
  return `Anchored: ${when(anchored)}. Up to then ${missing} is ruled out. From ${until} to ${end} (events from ${anchored.size} on), and after it, ${missing} would not show.`;
}

export const REPORT_WORDS_EN: ReportWords = {
  intact: 'Intact: every event is the one that was sealed, at its place.',
  tampered: 'Tampered: this is not what was sealed.',
  unreadable: 'Unreadable: this file cannot be verified.',
  facts,
  finding,
  remark,
  more: (count) => `… and ${count} more.`,
  proves:
    'This proves that the events are those that Gatehouse sealed, unaltered, in their order and without a gap, under the key that you gave. ' +
    'It does not prove that what they tell is true, nor events marked as unproven before their sealing. Labels are names of today and are not signed. ' +
    'A cut tail, a rollback, and a deletion before sealing show only against an anchor: they are detected if they are older than the last anchored checkpoint.',
  window,
  proof: {
    included: (index, size, time) =>
      `Proven: the event is sealed as event ${index} of the tree of ${size} events, signed ${time}.`,
    consistent: (from, size) =>
      `Proven: the tree of ${from} events is the beginning of the tree of ${size} events.`,
    wrong: 'Tampered: the proof does not lead to the root that was signed.',
    foreign:
      'Signed by another key: the checkpoint has no valid signature of the key that you gave, or of one that follows it.',
    outside: 'An anchor does not agree: it has another root at the same size.',
    agreeing: (count) =>
      count === 1
        ? 'Anchored: an anchor of this size has the same root.'
        : `Anchored: ${count} anchors of this size have the same root.`,
    uncompared: (list) =>
      `Not compared, because no tree of this proof has their size: ${list.length === 1 ? 'the anchor' : `${list.length} anchors`} of ${sizes(list)} events. Whether the tree of an anchor and that of the checkpoint belong together, gatehouse audit proof --between proves.`,
  },
};
