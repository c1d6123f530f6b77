import { expect } from 'chai';
import { blocksOf, type Span } from '../../../src/http/pages/document-text.ts';

const markdown = (content: string) => blocksOf({ format: 'markdown', content });
const spans = (line: string): readonly Span[] => {
  const [block] = markdown(line);
  return block?.kind === 'paragraph' ? block.spans : [];
};

describe('the text of a document', () => {
  it('is in paragraphs, whose lines are joined', () => {
    expect(markdown('one\r\ntwo\n\n \nthree\n')).to.deep.equal([
      { kind: 'paragraph', spans: [{ text: 'one two' }] },
      { kind: 'paragraph', spans: [{ text: 'three' }] },
    ]);
  });

  it('has headings below that of the page', () => {
    const levels = markdown('# a\n## b\n### c ##\n###### d\n#no').map((block) =>
      block.kind === 'heading' ? [block.level, block.spans[0]?.text] : block.kind,
    );
    expect(levels).to.deep.equal([[2, 'a'], [2, 'b'], [3, 'c'], [4, 'd'], 'paragraph']);
  });

  it('has lists, with lines that go on', () => {
    expect(markdown('- a\n  b\n- c\n3. d\n4. e\n')).to.deep.equal([
      { kind: 'list', ordered: false, start: 1, items: [[{ text: 'a b' }], [{ text: 'c' }]] },
      { kind: 'list', ordered: true, start: 3, items: [[{ text: 'd' }], [{ text: 'e' }]] },
    ]);
  });

  it('has words that stand out', () => {
    expect(spans('a **b c** d *e* f')).to.deep.equal([
      { text: 'a ' },
      { text: 'b c', look: 'strong' },
      { text: ' d ' },
      { text: 'e', look: 'emphasis' },
      { text: ' f' },
    ]);
    expect(spans('2 * 3 * 4, \\*not\\*, a ** b')).to.deep.equal([{ text: '2 * 3 * 4, *not*, a ** b' }]);
  });

  it('links to pages and addresses for mail alone', () => {
    expect(spans('[here](https://example.org/a)')).to.deep.equal([
      { text: 'here', href: 'https://example.org/a' },
    ]);
    expect(spans('[us](mailto:us@example.org)')).to.deep.equal([
      { text: 'us', href: 'mailto:us@example.org' },
    ]);
    for (const address of ['javascript:alert', 'data:text/html,x', 'http://example.org', '//evil.example']) {
      expect(spans(`[x](${address})`), address).to.deep.equal([{ text: `[x](${address})` }]);
    }
  });

  it('leaves HTML as the text that it is', () => {
    const hostile = '<script>alert(1)</script> <b onclick=x>b</b> &amp;';
    expect(spans(hostile)).to.deep.equal([{ text: hostile }]);
  });

  it('keeps the lines of plain text, and reads nothing else of it', () => {
    expect(blocksOf({ format: 'plain', content: '\uFEFF# a\n**b**\n\n\n- c' })).to.deep.equal([
      { kind: 'paragraph', spans: [{ text: '# a\n**b**' }] },
      { kind: 'paragraph', spans: [{ text: '- c' }] },
    ]);
  });

  it('takes no longer for what looks like the beginning of a mark a thousand times', () => {
    const long = `${'[a]('.repeat(20_000)}*`;
    expect(spans(long)).to.deep.equal([{ text: long }]);
  });

  it('skip no level of headings', () => {
    const text = { format: 'markdown' as const, content: '#### a\n\n# b\n\n#### c\n\n#### d' };
    const levels = blocksOf(text).map((block) => (block.kind === 'heading' ? block.level : undefined));
    expect(levels).to.deep.equal([2, 2, 3, 4]);
  });
});
