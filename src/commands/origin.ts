import type { Origin } from '../domain/audit/events.ts';

/** From where a command acts, as the audit trail has it: its words, and nothing that was typed after them. */
export const commandOrigin = (subcommand: string): Origin => ({ command: `gatehouse ${subcommand}` });
