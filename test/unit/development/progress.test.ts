import { expect } from 'chai';
import { createProgress, type Output } from '../../../src/development/progress.ts';

describe('progress', () => {
  const recorded = (isTTY: boolean) => {
    const written: string[] = [];
    const output = { isTTY, write: (text: string) => written.push(text) > 0 } as Output;
    return { progress: createProgress(output), written };
  };

  it('writes one line a step into a file or pipe', () => {
    const { progress, written } = recorded(false);
    progress.step('One');
    progress.step('Two');
    progress.done();
    expect(written.join('')).to.equal('One …\nTwo …\n');
  });

  it('writes over its one line on a terminal, and takes it away once', () => {
    const { progress, written } = recorded(true);
    progress.done();
    expect(written).to.deep.equal([]);
    progress.step('One');
    progress.step('Two');
    progress.done();
    progress.done();
    expect(written.join('')).to.equal('One …\r\x1b[2KTwo …\r\x1b[2K');
  });
});
