import type { AccountRequest, AccountRequestStore } from '../domain/account-requests/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../log.ts';
import type { Database, Transaction } from '../storage/database.ts';
import type { Job } from './runner.ts';

export const ANSWER_REQUESTS = 'answer-requests';

export interface AnswerRequestsDependencies {
  readonly database: Database;
  readonly requests: AccountRequestStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** By kind: what is made of a request, in the transaction that takes it. */
  readonly answers: Readonly<
    Record<string, (tx: Transaction, content: AccountRequest['content']) => Promise<void>>
  >;
}

const IDLE_MS = 60_000;

/** Answers what people have asked for by naming an address, after the page has told them that it was taken. */
export function createAnswerRequests({
  database,
  requests,
  clock,
  log,
  answers,
}: AnswerRequestsDependencies): Job {
  const answerOne = () =>
    database.transaction(async (tx) => {
      const request = await requests.take(tx);
      if (request === undefined) return false;
      const answer = answers[request.kind];
      if (answer === undefined) throw new Error(`nobody answers requests of the kind ${request.kind}`);
      await answer(tx, request.content);
      return true;
    });

  return {
    name: ANSWER_REQUESTS,
    async round() {
      try {
        while (await answerOne());
      } catch (error) {
        log.error({ err: error }, 'a request could not be answered');
        await requests.putOff();
      }
      const due = await requests.nextDue();
      return due === undefined ? IDLE_MS : Math.max(due.getTime() - clock.now().getTime(), 0);
    },
  };
}
