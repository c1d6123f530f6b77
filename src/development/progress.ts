/** Tells a person who waits what is being done: on a terminal in one line that is written over, otherwise line by line. */
export interface Progress {
  step(message: string): void;
  /** Takes the line away, so that something else can be printed. */
  done(): void;
}

export type Output = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };

const CLEAR = '\r\x1b[2K';

export function createProgress(output: Output): Progress {
  let shown = false;
  const clear = () => {
    if (shown && output.isTTY) output.write(CLEAR);
    shown = false;
  };
  return {
    step(message) {
      clear();
      output.write(output.isTTY ? `${message} …` : `${message} …\n`);
      shown = true;
    },
    done: clear,
  };
}
