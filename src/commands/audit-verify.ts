import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { openFile, writeNewFile } from '../domain/audit/bundle/file.ts';
import { Unreadable } from '../domain/audit/bundle/format.ts';
import { readProof, verifyProof } from '../domain/audit/bundle/proof.ts';
import { readJson } from '../domain/audit/bundle/shape.ts';
import { tellProof, tellReport } from '../domain/audit/bundle/tell.ts';
import type { Verifier } from '../domain/audit/bundle/verify.ts';
import { verifyBundle } from '../domain/audit/bundle/verify-bundle.ts';
import { REPORT_WORDS_EN } from '../domain/audit/bundle/words.en.ts';
import type { RandomAccess } from '../domain/audit/bundle/zip-reading.ts';
import { NODE_CRYPTOGRAPHY } from '../domain/audit/node-cryptography.ts';
import { readAnchorFiles, readKeyFile } from './audit-files.ts';
import type { Terminal } from './environment.ts';
import { failureText } from './failure.ts';
import { safeText } from './safe-text.ts';

/** How verifying ends; docs/audit.md says the same. */
export const TAMPERED = 1;
export const UNREADABLE = 2;

const MAX_PROOF = 10_000_000;

interface VerifyOptions {
  readonly key: string;
  readonly anchor: string[];
  readonly json?: boolean;
}

/** `gatehouse audit verify`: needs no database, and no configuration. */
export function registerAuditVerify(audit: Command, terminal: Terminal): void {
  audit
    .command('verify')
    .description('verify a bundle or a proof; exit code 0: true, 1: tampered, 2: unreadable')
    .argument('<file>', 'from gatehouse audit export or gatehouse audit proof')
    .requiredOption('--key <file>', 'public keys, as gatehouse audit key printed them')
    .addOption(anchorOption())
    .option('--json', 'print the report as JSON')
    .action((file: string, options: VerifyOptions) => verifyFile(terminal, file, options));
}

/** `gatehouse audit verifier`: the page that does the same in a browser (`npm run verifier` builds it). */
export function registerAuditVerifier(audit: Command, terminal: Terminal): void {
  audit
    .command('verifier')
    .description('write the page on which an auditor verifies bundles in a browser, without a network')
    .requiredOption('--output <file>', 'an HTML file')
    .option('--force', 'replace the file where there is one')
    .action(async ({ output, force }: { output: string; force?: boolean }) => {
      const page = await readFile(join(import.meta.dirname, '../../assets/audit-verifier.html'));
      await writeNewFile(output, force === true, (sink) => new Blob([page]).stream().pipeTo(sink));
      terminal.print(`The page is in ${output}. Open it from disk.`);
    });
}

/** `--anchor`, which may be given again. */
export const anchorOption = (): Option =>
  new Option('--anchor <file>', 'checkpoints that were kept elsewhere; may be given several times')
    .default([], 'none')
    .argParser((path: string, before: readonly string[]) => [...before, path]);

async function verifyFile(terminal: Terminal, path: string, options: VerifyOptions): Promise<void> {
  try {
    const keys = await readKeyFile(options.key);
    const anchors = await readAnchorFiles(options.anchor);
    const file = await openFile(path).catch(() => {
      throw new Unreadable(`${path} cannot be read.`);
    });
    try {
      const verifier: Verifier = { cryptography: NODE_CRYPTOGRAPHY, keys, anchors };
      const verified = await verify(file, verifier);
      if (options.json) terminal.print(JSON.stringify(verified.report, null, 2));
      else for (const line of verified.lines) terminal.print(safeText(line));
      if (!verified.isTrue) terminal.fail(TAMPERED);
    } finally {
      await file.close();
    }
  } catch (error) {
    // Whatever it is, it is not proof of tampering, which has an exit code of its own.
    const why = error instanceof Unreadable ? error.message : failureText(error, false);
    terminal.warn(`${REPORT_WORDS_EN.unreadable} ${why}`);
    terminal.fail(UNREADABLE);
  }
}

async function verify(file: RandomAccess, verifier: Verifier) {
  const begin = new TextDecoder().decode(await file.read(0, 1));
  if (begin !== '{') {
    const report = await verifyBundle(file, verifier);
    return { report, lines: tellReport(report, REPORT_WORDS_EN), isTrue: !report.tampered };
  }
  if (file.size > MAX_PROOF) throw new Unreadable('The proof is longer than it can be.');
  const text = new TextDecoder().decode(await file.read(0, file.size));
  const report = verifyProof(readProof(readJson(text, 'The proof')), verifier);
  const isTrue = report.outcome === 'included' || report.outcome === 'consistent';
  return { report, lines: tellProof(report, REPORT_WORDS_EN), isTrue };
}
