import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { InvalidInput } from '../../../../src/administration/act.ts';
import { ApprovalNeeded } from '../../../../src/administration/four-eyes.ts';
import { exitCodeOf } from '../../../../src/commands/usage.ts';
import { actOf, runActs } from './acts.ts';

const SET = actOf({
  name: 'people.set_ward',
  http: { method: 'POST', path: '/people/{person}/wards/{ward}' },
  input: z.strictObject({
    person: z.string(),
    ward: z.int().min(1),
    roles: z.array(z.string().min(2)).optional(),
    lead: z.boolean().optional(),
    unit: z.string().nullable().optional(),
    until: z.iso.datetime().optional(),
    since: z.date().optional(),
    shift: z.enum(['day', 'night']).default('day'),
    terms: z.record(z.string(), z.string()).optional(),
    scopes: z.array(z.object({ name: z.string() })).optional(),
    clientSecret: z.string().optional(),
    reason: z.string().max(10).optional(),
    value: z.union([z.string(), z.number()]).optional(),
    onProgress: z.custom<() => void>((value) => typeof value === 'function').optional(),
  }),
});

const run = (...words: string[]) => runActs([SET], [], ['users', 'set-ward', ...words]);

async function inputOf(...words: string[]) {
  const { performed, error } = await run('pat@example.org', '3', ...words);
  if (error !== undefined) throw error;
  const { person, ward, ...rest } = performed[0]?.input ?? {};
  expect([person, ward]).to.deep.equal(['pat@example.org', 3]);
  return rest;
}

async function mistakeOf(...words: string[]) {
  const { performed, error, warned } = await run(...words);
  expect(performed).to.deep.equal([]);
  expect(exitCodeOf(error)).to.equal(2);
  return `${(error as Error).message}${warned}`;
}

describe('what is typed for an act', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-generated-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('has the parameters of the path as arguments, and leaves out what was not said', async () => {
    expect(await inputOf()).to.deep.equal({});
  });

  it('is done alone in an emergency only with a reason', async () => {
    const { performed } = await run('pat@example.org', '3', '--emergency', '--reason', 'fire');
    expect(performed[0]?.actor).to.include({ emergency: true, reason: 'fire' });
    expect(await mistakeOf('pat@example.org', '3', '--emergency')).to.include('--reason');
  });

  it('may wait for a second person, which is no failure, and as JSON says for which request', async () => {
    const waits = new ApprovalNeeded({ id: 'a-1', expiresAt: new Date(0) });
    const words = ['users', 'set-ward', 'pat@example.org', '3'];
    const { error } = await runActs([SET], [waits], words);
    expect(exitCodeOf(error)).to.equal(0);
    const { printed } = await runActs([SET], [waits], [...words, '--json']);
    expect(JSON.parse(printed)).to.deep.equal({ approval: 'a-1', expiresAt: new Date(0).toISOString() });
  });

  it('repeats a list, and can say that it is to be empty', async () => {
    expect(await inputOf('--roles', 'nurse', '--roles', 'doctor')).to.deep.equal({
      roles: ['nurse', 'doctor'],
    });
    expect(await inputOf('--no-roles')).to.deep.equal({ roles: [] });
  });

  it('has both values of a flag, and none of something that may be none', async () => {
    expect(await inputOf('--lead')).to.deep.equal({ lead: true });
    expect(await inputOf('--no-lead', '--no-unit')).to.deep.equal({ lead: false, unit: null });
  });

  it('takes times of a zone, and from now on', async () => {
    const words = ['--until', '2026-12-01T09:00', '--since', '2026-12-01', '--time-zone', 'Europe/Lisbon'];
    expect(await inputOf(...words)).to.deep.equal({
      until: '2026-12-01T09:00:00.000Z',
      since: new Date('2026-12-01T00:00:00Z'),
    });
    const { until } = await inputOf('--until', '+2h');
    expect(new Date(String(until)).getTime() - Date.now()).to.be.closeTo(2 * 3_600_000, 60_000);
  });

  it('takes objects as JSON or from a file, and lists of them', async () => {
    const file = join(folder, 'terms.json');
    await writeFile(file, '{"a":"b"}');
    expect(await inputOf('--terms', `@${file}`)).to.deep.equal({ terms: { a: 'b' } });
    expect(await inputOf('--terms', '{"c":"d"}')).to.deep.equal({ terms: { c: 'd' } });
    const scopes = [{ name: 'x' }, { name: 'y' }];
    expect(await inputOf('--scopes', JSON.stringify(scopes))).to.deep.equal({ scopes });
    expect(await inputOf('--scopes', '{"name":"x"}', '--scopes', '{"name":"y"}')).to.deep.equal({ scopes });
  });

  it('reads a secret from a file, and not from what others can see', async () => {
    const file = join(folder, 'secret');
    await writeFile(file, 's3cret\n');
    expect(await inputOf('--client-secret', `@${file}`)).to.deep.equal({ clientSecret: 's3cret' });
    const mistake = await mistakeOf('pat', '3', '--client-secret', 'hunter2');
    expect(mistake)
      .to.match(/^--client-secret: .*@FILE/)
      .and.not.to.contain('hunter2');
  });

  it('takes text or a number where both may be', async () => {
    expect(await inputOf('--value', '12')).to.deep.equal({ value: 12 });
    expect(await inputOf('--value', 'twelve')).to.deep.equal({ value: 'twelve' });
  });

  it('gives the reason to the trail, and to an act that asks for it', async () => {
    const { performed } = await run('pat', '3', '--reason', 'left');
    expect(performed[0]?.actor).to.include({ command: 'gatehouse users set-ward', reason: 'left' });
    expect(performed[0]?.input.reason).to.equal('left');
  });

  it('names the option or argument of each finding, all at once, and calls nothing', async () => {
    const words = [
      'pat',
      'three',
      '--roles',
      'ok',
      '--roles',
      'x',
      '--shift',
      'noon',
      '--reason',
      'too long, this',
    ];
    expect((await mistakeOf(...words)).split('\n')).to.deep.equal([
      '<ward>: is text; expected a number',
      '--roles.1: expected at least 2 characters',
      '--shift: is text; expected one of day, night',
      '--reason: expected at most 10 characters',
    ]);
  });

  it('names the option of what the act itself has found', async () => {
    const found = new InvalidInput(['roles.0: is unknown'], [{ path: ['roles', 0], words: 'is unknown' }]);
    const { error } = await runActs([SET], [found], ['users', 'set-ward', 'pat', '3']);
    expect(error).to.include({ safeMessage: '--roles.0: is unknown', code: 'input_invalid' });
  });

  for (const [what, words, says] of [
    ['an option twice', ['--unit', 'a', '--unit', 'b'], /is there twice/],
    ['a flag and its opposite', ['--lead', '--no-lead'], /exclude each other/],
    ['a list and none of it', ['--roles', 'ok', '--no-roles'], /exclude each other/],
    ['an unknown option', ['--on-progress', 'x'], /unknown option/],
    ['a time that there is not', ['--until', '2026-02-30'], /^--until: expected a time/],
    ['what is no JSON', ['--terms', '{"a"'], /^--terms: is no JSON: line 1/],
    ['a name twice in JSON', ['--terms', '{"a":"1","a":"2"}'], /^--terms: a is there twice/],
    ['a list for an object', ['--terms', '[]'], /^--terms: is a list; expected an object/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await mistakeOf('pat', '3', ...words)).to.match(says);
    });
  }

  it('refuses a file that is not there, without quoting anything', async () => {
    const { error } = await run('pat', '3', '--terms', '@/nowhere/x.json');
    expect(error).to.include({ code: 'file_unreadable' });
  });

  it('tells in its help what it takes', async () => {
    const { printed } = await run('--help');
    for (const told of [
      'set-ward [options] <person> <ward>',
      'does something to a ward',
      '--shift <text>',
      'usually "day"',
      '--reason <text>',
      '--client-secret <@file>',
    ])
      expect(printed).to.contain(told);
    expect(printed).not.to.contain('on-progress');
  });
});
