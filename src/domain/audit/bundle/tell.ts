import { leafText } from '../tree/leaf.ts';
import type { ProofReport } from './proof.ts';
import type { Report } from './report.ts';
import type { ReportWords } from './words.ts';

/** A report as lines of text: the answer first, then what was found, what was verified, and what it proves. */
export function tellReport(report: Report, words: ReportWords): string[] {
  const { tampered, findings, findingCount, remarks } = report;
  const more = findingCount - findings.length;
  return [
    tampered ? words.tampered : words.intact,
    ...findings.map((finding) => `  ${words.finding(finding)}`),
    ...(more > 0 ? [`  ${words.more(more)}`] : []),
    '',
    ...words.facts(report).map(([label, value]) => `${label}: ${value}`),
    ...remarks.map((remark) => words.remark(remark)),
    '',
    words.proves,
    words.window(report),
  ];
}

/** The same for a proof of one event, or of two checkpoints; of an event with what was sealed of it. */
export function tellProof(report: ProofReport, words: ReportWords): string[] {
  const { outcome, index = 0, from = 0, size = 0, time = '?', leaf } = report;
  const { proof } = words;
  const content = leaf === undefined ? [] : [leafText(leaf)];
  const { agreeing = 0, uncompared = [] } = report;
  const anchors = [
    ...(agreeing > 0 ? [proof.agreeing(agreeing)] : []),
    ...(uncompared.length > 0 ? [proof.uncompared(uncompared)] : []),
  ];
  switch (outcome) {
    case 'included':
      return [proof.included(index, size, time), ...content, ...anchors];
    case 'consistent':
      return [proof.consistent(from, size), ...anchors];
    case 'forged':
      return [words.tampered, words.finding({ kind: 'forged', index }), ...content];
    default:
      return [proof[outcome]];
  }
}
