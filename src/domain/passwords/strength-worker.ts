import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';
import * as spanish from '@zxcvbn-ts/language-es-es';

/** The far side of `strength.ts`: one estimate a message. */

/** The library's own 100 takes five times as long, and changes no score of a password that people choose. */
const MOST_SUBSTITUTIONS = 20;

const estimator = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary, ...spanish.dictionary },
  graphs: common.adjacencyGraphs,
  l33tMaxSubstitutions: MOST_SUBSTITUTIONS,
});

parentPort?.on('message', ({ password, words }: { password: string; words: string[] }) => {
  parentPort?.postMessage(estimator.check(password, words).score);
});
