/** Tells a person who waits what is being done: on a terminal in one line that is written over, otherwise line by line. */
export interface Progress {
  step(message: string): void;
  /** Takes the line away. */
  done(): void;
}

const CLEAR = '\r\x1b[2K';

export function createProgress(output: NodeJS.WriteStream): Progress {
  if (!output.isTTY) return { step: (message) => output.write(`${message} …\n`), done: () => {} };
  return {
    step: (message) => output.write(`${CLEAR}${message} …`),
    done: () => output.write(CLEAR),
  };
}
