import { expect } from 'chai';
import { z } from 'zod';
import { actOf, runActs } from './acts.ts';

const AT = new Date('2026-11-30T12:00:00.5Z');
const ZONE = ['--time-zone', 'Europe/Madrid'];

const unit = z.object({
  id: z.string(),
  name: z.string(),
  parent: z.object({ id: z.string(), name: z.string() }).nullable(),
  createdAt: z.date(),
  closed: z.boolean(),
});
const ward = {
  id: 'w-1',
  name: 'Ward \u001b[31m1',
  parent: { id: 's-1', name: 'Site' },
  createdAt: AT,
  closed: false,
};

const SHOW = actOf({ name: 'units.show', readOnly: true, result: unit });
const LIST = actOf({
  name: 'units.list',
  readOnly: true,
  input: z.strictObject({
    text: z.string().optional(),
    cursor: z.string().optional(),
    limit: z.int().min(1).max(200).default(50),
  }),
  result: z.object({ items: z.array(unit), next: z.string().nullable() }),
});

const pageOf = (from: number, count: number, next: string | null) => ({
  items: Array.from({ length: count }, (_, index) => ({ ...ward, id: `w-${from + index}` })),
  next,
});

describe('what a command made from an act prints', () => {
  it('is a field a line, times as they are in the zone, and nothing that a terminal would obey', async () => {
    const { printed } = await runActs([SHOW], [ward], ['units', 'show', ...ZONE]);
    expect(printed.split('\n')).to.deep.equal([
      'id:                    w-1',
      'name:                  Ward \\x1b[31m1',
      'parent:                Site (s-1)',
      'created at:            2026-11-30 13:00:00.500 +01:00',
      'closed:                no',
    ]);
  });

  it('is, with --json, the result as the API has it, on a terminal as safe', async () => {
    const { printed } = await runActs([SHOW], [ward], ['units', 'show', '--json']);
    expect(JSON.parse(printed)).to.deep.equal({ ...ward, createdAt: AT.toISOString() });
    expect(printed).to.contain('\\u001b').and.not.to.contain('\u001b');
  });

  it('has parts below their name, lists of objects as tables, and none of it where there is none', async () => {
    const result = z.object({
      lock: z.object({ until: z.date(), by: z.array(z.string()) }),
      facts: z.array(unit),
      no: z.array(unit),
    });
    const act = actOf({ name: 'people.diagnose', readOnly: true, result });
    const value = { lock: { until: AT, by: ['a', 'b'] }, facts: [ward], no: [] };
    const { printed } = await runActs([act], [value], ['users', 'diagnose', ...ZONE]);
    const lines = printed.split('\n');
    expect(lines[0]).to.equal('lock:');
    expect(lines[1]).to.equal('  until:               2026-11-30 13:00:00.500 +01:00');
    expect(lines[2]).to.equal('  by:                  a, b');
    expect(lines[3]).to.equal('facts:');
    expect(lines[4]).to.match(/^ {2}ID {3}NAME {9}.*PARENT {5}.*CREATED AT/);
    expect(lines[5]).to.match(/^ {2}w-1 {2}Ward/);
    expect(lines[6]).to.equal('no:                    -');
  });

  it('is "Done." where there is nothing to tell', async () => {
    expect((await runActs([actOf({ name: 'units.touch' })], [], ['units', 'touch'])).printed).to.equal(
      'Done.',
    );
  });

  it('is a table for a list, of as many pages as it takes', async () => {
    const answers = [pageOf(0, 200, 'one'), pageOf(200, 100, 'two')];
    const { printed, warned, performed } = await runActs([LIST], answers, [
      'units',
      'list',
      '--limit',
      '300',
      '--text',
      'w',
    ]);
    expect(performed.map(({ input }) => input)).to.deep.equal([
      { text: 'w', limit: 200 },
      { text: 'w', limit: 100, cursor: 'one' },
    ]);
    const lines = printed.split('\n');
    expect(lines).to.have.length(301);
    expect(lines[0]).to.match(/^ID\s+NAME\s+PARENT\s+CREATED AT\s+CLOSED$/);
    expect(lines[1]).to.match(/^w-0\s/);
    expect(lines[300]).to.match(/^w-299\s/);
    expect(warned).to.equal('There are more: use a higher --limit, or --cursor two');
  });

  it('goes on where a list ended, and tells programs where that is', async () => {
    const words = ['units', 'list', '--cursor', 'one', '--json'];
    const { printed, performed } = await runActs([LIST], [pageOf(0, 2, null)], words);
    expect(performed[0]?.input).to.deep.equal({ limit: 50, cursor: 'one' });
    const { items, next } = JSON.parse(printed);
    expect([items.length, next]).to.deep.equal([2, null]);
  });

  it('says that there is nothing, and ends where a server would go round in circles', async () => {
    const none = await runActs([LIST], [pageOf(0, 0, null)], ['units', 'list']);
    expect([none.printed, none.warned]).to.deep.equal(['', 'There is nothing of the kind.']);
    const circle = await runActs([LIST], [pageOf(0, 1, 'a'), pageOf(0, 1, 'a')], ['units', 'list']);
    expect(circle.error).to.be.an('error');
    expect(circle.performed).to.have.length(2);
  });

  for (const limit of ['0', 'x', '100001', '-1', '1.5'])
    it(`refuses ${limit} as a limit`, async () => {
      const { error, performed } = await runActs([LIST], [], ['units', 'list', `--limit=${limit}`]);
      expect(error).to.include({ code: 'limit_invalid' });
      expect(performed).to.deep.equal([]);
    });

  it('has each row as fields where a terminal has no room for the table', async () => {
    const words = ['units', 'list', ...ZONE];
    const { printed } = await runActs([LIST], [pageOf(0, 2, null)], words, undefined, 40);
    expect(printed).to.match(/^id: +w-0\nname: /);
    const wide = await runActs([LIST], [pageOf(0, 2, null)], words, undefined, 120);
    expect(wide.printed).to.match(/^ID /);
  });
});

describe('a command made from an act that cannot be undone', () => {
  const input = z.strictObject({ unit: z.string() });
  const http = { method: 'DELETE', path: '/units/{unit}' } as const;
  const DELETE = actOf({ name: 'units.delete', summary: 'Removes a ward.', http, input, irreversible: true });

  it('asks, and does nothing where the answer is no or nobody is there', async () => {
    const words = ['units', 'delete', 'w-1'];
    const no = await runActs([DELETE], [], words, async () => 'no');
    expect([no.performed.length, (no.error as { code: string }).code]).to.deep.equal([0, 'cancelled']);
    expect(no.warned).to.equal('Units delete "w-1"? Removes a ward.');
    const nobody = await runActs([DELETE], [], words);
    expect([nobody.performed.length, (nobody.error as { code: string }).code]).to.deep.equal([
      0,
      'confirmation_missing',
    ]);
  });

  it('is done where the answer is yes, or --yes says so before', async () => {
    expect(
      (await runActs([DELETE], [], ['units', 'delete', 'w-1'], async () => 'yes')).performed,
    ).to.have.length(1);
    expect((await runActs([DELETE], [], ['units', 'delete', 'w-1', '--yes'])).performed).to.have.length(1);
  });

  it('goes on without a terminal where it only asks', async () => {
    const asks = { ...DELETE, irreversible: 'asks' as const };
    expect((await runActs([asks], [], ['units', 'delete', 'w-1'])).performed).to.have.length(1);
  });
});
