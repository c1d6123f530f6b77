import { expect } from 'chai';
import { Command } from 'commander';
import { idsAsArguments } from '../../../src/commands/ids-as-arguments.ts';

const ID = '-7zKd0vQe_hX2mLw9TfYs';

describe('ids that begin with a hyphen', () => {
  async function parse(...words: string[]) {
    const program = new Command('gatehouse').exitOverride().configureOutput({ writeErr: () => undefined });
    const heard: unknown[] = [];
    program
      .command('end')
      .argument('[session]')
      .option('--reason <text>')
      .option('--yes')
      .action((session: string | undefined, options: object) => void heard.push(session, options));
    await program.parseAsync(idsAsArguments(words), { from: 'user' });
    return heard;
  }

  it('are arguments, wherever they stand', async () => {
    expect(await parse('end', ID)).to.deep.equal([ID, {}]);
    expect(await parse('end', ID, '--reason', 'left the ward')).to.deep.equal([
      ID,
      { reason: 'left the ward' },
    ]);
    expect(await parse('end', '--yes', ID)).to.deep.equal([ID, { yes: true }]);
    expect(await parse('end', `-${ID}`)).to.deep.equal([`-${ID}`, {}]);
    expect(await parse('end', '-hKd0vQe_hX2mLw9TfYs7')).to.deep.equal(['-hKd0vQe_hX2mLw9TfYs7', {}]);
  });

  it('that stand behind -- already stay there', () => {
    expect(idsAsArguments(['end', '--', ID])).to.deep.equal(['end', '--', ID]);
  });

  it('are not confused with options, known or mistyped', async () => {
    for (const words of [
      ['end', '--reson', 'x'],
      ['end', '--passwords-that-are-not-there'],
      ['end', '-x'],
    ]) {
      expect(idsAsArguments(words)).to.deep.equal(words);
      const error = await parse(...words).catch((thrown) => thrown);
      expect(error).to.have.property('code', 'commander.unknownOption');
    }
  });
});
