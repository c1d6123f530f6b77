import { z } from 'zod';
import type { Administration } from '../../../../src/administration/index.ts';
import { type AnyAct, registerGenerated } from '../../../../src/commands/generated/index.ts';
import { refuseRepeatedOptions } from '../../../../src/commands/repeated-options.ts';
import { runCommand } from '../terminal.ts';

/** An act that does nothing, for commands that are made from definitions. */
export const actOf = (more: Partial<AnyAct> & Pick<AnyAct, 'name'>): AnyAct =>
  ({
    summary: 'Does something to a ward.',
    readOnly: false,
    atomic: true,
    irreversible: false,
    operatorOnly: false,
    input: z.strictObject({}),
    result: z.object({}),
    perform: () => Promise.reject(new Error('acts are performed by administration')),
    ...more,
  }) as AnyAct;

export interface Performed {
  readonly name: string;
  readonly actor: { readonly command: string; readonly reason?: string | undefined };
  readonly input: Record<string, unknown>;
}

/** Runs a command line over the acts. Answers come in their order, the last for ever. */
export async function runActs(
  acts: readonly AnyAct[],
  answers: readonly unknown[],
  words: readonly string[],
  ask?: () => Promise<string>,
  columns?: number,
) {
  const performed: Performed[] = [];
  const administration = {
    perform: async (act: AnyAct, actor: Performed['actor'], input: Performed['input']) => {
      performed.push({ name: act.name, actor, input });
      const answer = answers[Math.min(performed.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return act.result.parse(answer ?? {});
    },
  } as unknown as Administration;
  const outcome = await runCommand(
    (program, terminal) => {
      program.configureOutput({ writeErr: terminal.warn, writeOut: terminal.print });
      const asked = { ...terminal, columns, ...(ask === undefined ? {} : { ask }) };
      registerGenerated(program, (work) => work({ administration }), asked, acts);
      refuseRepeatedOptions(program);
    },
    ...words,
  );
  return { ...outcome, performed };
}
