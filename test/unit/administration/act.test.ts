import { expect } from 'chai';
import { z } from 'zod';
import { defineAct, defineRead, InvalidInput } from '../../../src/administration/act.ts';
import { type Actor, auditedBy, isReason, SYSTEM } from '../../../src/administration/actor.ts';
import { ADMIN_SCOPES } from '../../../src/domain/clients/admin-scopes.ts';
import { OPERATOR } from '../../support/administration.ts';
import { fakeGround, NOBODY } from './fakes.ts';

const ORIGIN = { ip: '192.0.2.1', requestId: 'r1' };
const PERSON: Actor = {
  kind: 'person',
  accountId: 'a1',
  sessionId: 's1',
  level: 'aal2',
  scopes: [...ADMIN_SCOPES],
  provenAt: new Date(0),
  origin: ORIGIN,
};
const CLIENT: Actor = { kind: 'client', clientId: 'c1', scopes: ['people:read'], origin: ORIGIN };

interface Renames {
  readonly names: { rename(id: string, name: string): Promise<boolean> };
}

const rename = defineAct({
  name: 'people.rename',
  scope: 'people:write',
  irreversible: false,
  input: z.strictObject({ id: z.string(), name: z.string().min(2) }),
  result: z.object({ changed: z.boolean() }),
  prepare: async ({ prefix }: { readonly prefix: string }, { name }) => `${prefix} ${name}`,
  async run({ names }: Renames, { input, prepared, record }) {
    const changed = await names.rename(input.id, prepared);
    await record({
      type: 'account.profile_changed',
      account: input.id,
      details: { fields: ['name'], before: {}, after: {} },
    });
    return { changed, secret: 'of the row' };
  },
});

const names = { rename: async () => true };

async function failing(work: Promise<unknown>): Promise<Error & { code?: string }> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error,
  );
}

describe('an act', () => {
  it('is one transaction with its event, by whoever acts, and answers what its result names', async () => {
    const ground = fakeGround();
    const renamed: string[] = [];
    const deps = {
      ...ground,
      prefix: 'Dr',
      names: { rename: async (...words: string[]) => renamed.push(...words) > 0 },
    };
    expect(await rename.perform(deps, OPERATOR, { id: 'a1', name: 'Ada' })).to.deep.equal({ changed: true });
    expect(renamed).to.deep.equal(['a1', 'Dr Ada']);
    expect(ground.steps).to.deep.equal(['begin', 'commit']);
    expect(ground.events).to.deep.equal([
      {
        type: 'account.profile_changed',
        outcome: 'success',
        account: 'a1',
        actor: { kind: 'command', command: 'gatehouse test', user: 'tester' },
        origin: {},
        details: { fields: ['name'], before: {}, after: {} },
      },
    ]);
  });

  it('tells a person without a role and a program without its scope that they may not, before it looks at anything', async () => {
    for (const actor of [PERSON, CLIENT]) {
      const ground = fakeGround();
      const error = await failing(
        rename.perform({ ...ground, prefix: 'Dr', names }, actor, { id: 'a1', name: '' }),
      );
      expect(error).to.include({ code: 'not_permitted', status: 403 });
      expect(ground.steps).to.deep.equal([]);
    }
  });

  it('refuses input of another shape, names what is wrong, and repeats no value', async () => {
    const ground = fakeGround();
    const input = { id: 7, name: 'x', password: 'hunter2' } as unknown as { id: string; name: string };
    const error = await failing(rename.perform({ ...ground, prefix: 'Dr', names }, SYSTEM, input));
    expect(error).to.be.instanceOf(InvalidInput).and.to.include({ code: 'input_invalid', status: 400 });
    expect((error as InvalidInput).problems).to.have.members([
      'id: is a number; expected text',
      'name: expected at least 2 characters',
      'password: is unknown',
    ]);
    expect(error.message).not.to.include('hunter2');
    expect(ground.steps).to.deep.equal([]);
  });

  it('begins no transaction where its preparation fails', async () => {
    const ground = fakeGround();
    const failed = defineAct({
      ...({ name: 'people.fail', scope: 'people:write', irreversible: false } as const),
      input: z.strictObject({}),
      result: z.object({}),
      prepare: () => Promise.reject(new Error('the file is gone')),
      run: async () => ({}),
    });
    expect((await failing(failed.perform(ground, SYSTEM, {}))).message).to.equal('the file is gone');
    expect(ground.steps).to.deep.equal([]);
  });

  it('is undone, its events too, where it fails or answers something else than it says', async () => {
    const ground = fakeGround();
    const broken = { rename: () => Promise.reject(new Error('boom')) };
    const input = { id: 'a1', name: 'Ada' };
    const error = await failing(rename.perform({ ...ground, prefix: 'Dr', names: broken }, SYSTEM, input));
    expect(error.message).to.equal('boom');
    const wrong = { rename: async () => 'perhaps' as unknown as boolean };
    const other = await failing(rename.perform({ ...ground, prefix: 'Dr', names: wrong }, SYSTEM, input));
    expect(other).to.be.instanceOf(z.ZodError);
    expect(ground.steps).to.deep.equal(['begin', 'rollback', 'begin', 'rollback']);
    expect(ground.events).to.deep.equal([]);
  });
});

describe('an act that only looks', () => {
  const show = defineRead({
    name: 'people.show',
    scope: 'people:read',
    input: z.strictObject({ id: z.string() }),
    result: z.object({ id: z.string() }),
    run: async (_deps: { readonly rows: number }, { id }) => ({ id, passwordHash: 'of the row' }),
  });

  it('answers what its result names', async () => {
    expect(await show.perform({ ...NOBODY, rows: 1 }, OPERATOR, { id: 'a1' })).to.deep.equal({ id: 'a1' });
    expect(show.readOnly).to.equal(true);
  });

  it('asks for permission and shape like any other', async () => {
    expect(await failing(show.perform({ ...NOBODY, rows: 1 }, PERSON, { id: 'a1' }))).to.include({
      code: 'not_permitted',
    });
    const unknown = { id: 'a1', more: true } as { id: string };
    expect(await failing(show.perform({ ...NOBODY, rows: 1 }, SYSTEM, unknown))).to.include({
      code: 'input_invalid',
    });
  });
});

describe('who acts, as the trail says it', () => {
  const cases: [string, Actor, object][] = [
    ['a person', PERSON, { actor: { kind: 'person', id: 'a1' }, origin: ORIGIN }],
    ['a program', CLIENT, { actor: { kind: 'client', id: 'c1' }, origin: ORIGIN }],
    [
      'a command',
      { ...OPERATOR, reason: 'ticket 7' },
      {
        actor: { kind: 'command', command: 'gatehouse test', user: 'tester' },
        origin: {},
        reason: 'ticket 7',
      },
    ],
    ['Gatehouse itself', SYSTEM, { actor: { kind: 'system' }, origin: {} }],
  ];
  for (const [who, actor, expected] of cases) {
    it(who, () => expect(auditedBy(actor)).to.deep.equal(expected));
  }

  it('takes a reason of one line with something to see in it', () => {
    expect(['ticket 7', 'x'.repeat(500)].every(isReason)).to.equal(true);
    expect(['', '  ', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(501)].some(isReason)).to.equal(false);
  });
});
