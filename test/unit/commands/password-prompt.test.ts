import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { readFirstLine, readHidden } from '../../../src/commands/password-prompt.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';

/** A terminal: remembers whether it is in raw mode and what was shown on it. */
function fakeTerminal() {
  const raw: boolean[] = [];
  const shown: string[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) });
  const output = new PassThrough();
  output.on('data', (chunk: Buffer) => shown.push(chunk.toString()));
  return { input, output, raw, shown };
}

async function typing(...keys: (string | Buffer)[]) {
  const { input, output, raw, shown } = fakeTerminal();
  const answer = readHidden('Password', input, output);
  for (const key of keys) input.write(key);
  return { answer: await answer, raw, shown: shown.join('') };
}

async function* piped(...chunks: string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

describe('asking for a password', () => {
  it('shows the question and nothing of the answer, and restores the terminal', async () => {
    const { answer, raw, shown } = await typing('se', 'cret', '\r');
    expect(answer).to.equal('secret');
    expect(shown).to.equal('Password: \n');
    expect(raw).to.deep.equal([true, false]);
  });

  it('knows backspace, and characters that arrive in pieces', async () => {
    const key = Buffer.from('🗝');
    expect((await typing('ab\u007f\bx', key.subarray(0, 2), key.subarray(2), '\u007f🗝é\n')).answer).to.equal(
      'x🗝é',
    );
    expect((await typing('\u007f\u007fa\r')).answer).to.equal('a');
  });

  it('ends with Ctrl-D, keeps spaces and leaves out other control characters', async () => {
    expect((await typing(' a \u001b\u0001b ', '\u0004')).answer).to.equal(' a b ');
  });

  it('gives up with Ctrl-C, and restores the terminal', async () => {
    const { input, output, raw } = fakeTerminal();
    const answer = readHidden('Password', input, output).catch((error: unknown) => error);
    input.write('sec\u0003');
    expect(await answer)
      .to.be.instanceOf(GatehouseError)
      .and.have.property('code', 'cancelled');
    expect(raw).to.deep.equal([true, false]);
  });

  it('keeps what was pasted after the line for the next question', async () => {
    const { input, output } = fakeTerminal();
    input.write('first\rsecond\r');
    expect(await readHidden('Password', input, output)).to.equal('first');
    expect(await readHidden('Again', input, output)).to.equal('second');
  });

  it('takes what was typed when the terminal closes', async () => {
    const { input, output } = fakeTerminal();
    const answer = readHidden('Password', input, output);
    input.end('half');
    expect(await answer).to.equal('half');
  });

  it('reads the first line of a pipe, with its spaces', async () => {
    expect(await readFirstLine(piped('  pass ', 'phrase  \r', '\nmore'))).to.equal('  pass phrase  ');
    expect(await readFirstLine(piped('without an end'))).to.equal('without an end');
    expect(await readFirstLine(piped())).to.equal('');
  });

  it('does not read without end', async () => {
    const endless = (async function* () {
      for (;;) yield Buffer.alloc(1024, 'x');
    })();
    const error = await readFirstLine(endless).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(GatehouseError).and.have.property('code', 'input_too_long');
  });
});
