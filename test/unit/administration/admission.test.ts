import { expect } from 'chai';
import { z } from 'zod';
import { type About, ROWS } from '../../../src/administration/about.ts';
import { defineAct, defineRead } from '../../../src/administration/act.ts';
import type { Actor, PersonActor } from '../../../src/administration/actor.ts';
import { EVERYTHING, type Limit } from '../../../src/administration/rights/limit.ts';
import { NO_RIGHTS, type Rights, rightsOf } from '../../../src/administration/rights/rights.ts';
import type { RightsReader } from '../../../src/administration/rights/rights-store.ts';
import { administrativeRoles } from '../../../src/administration/rights/roles.ts';
import { notFound } from '../../../src/kernel/errors.ts';
import { OPERATOR } from '../../support/administration.ts';
import { fakeGround } from './fakes.ts';

const NOW = new Date('2027-01-01T12:00:00Z');
const NORTH: Limit = { units: ['north'] };
const UNIT_OF: Record<string, string> = { pat: 'north', sam: 'south', root: 'north' };

const onePerson: About<{ person: string }, { id: string }, { readonly rights: RightsReader }> = {
  subject: 'person',
  async find({ rights }, { person }, limit) {
    if (!(await rights.reachesPerson(person, limit))) throw notFound('account_unknown', 'unknown');
    return { id: person };
  },
  async hold({ rights }, tx, { person }, _target, limit) {
    if (!(await rights.reachesPerson(person, limit, tx, true))) throw notFound('account_unknown', 'unknown');
  },
  accountOf: ({ id }) => id,
};

const input = z.strictObject({ person: z.string(), gentle: z.boolean().default(false) });
const common = { irreversible: false, result: z.object({ done: z.string() }), input } as const;
const run = async (_deps: unknown, { target }: { target: { id: string } }) => ({ done: target.id });

const unlock = defineAct({ ...common, name: 'people.unlock', scope: 'people:assist', about: onePerson, run });
const reset = defineAct({
  ...{ ...common, name: 'factors.reset', scope: 'people:assist', about: onePerson, run },
  leadsIn: true,
  dangerous: ({ gentle }) => !gentle,
});
const purge = defineAct({
  ...{ ...common, name: 'system.purge', scope: 'system:write' },
  run: async () => ({ done: 'all' }),
});
const archive = defineAct({
  ...{ ...common, name: 'audit.archive', scope: 'system:write', operatorOnly: true },
  run: async () => ({ done: 'all' }),
});
const list = defineRead({
  ...{ name: 'people.list', scope: 'people:read', about: ROWS, input: z.strictObject({}) },
  result: z.object({ limit: z.unknown() }),
  run: async (_deps: unknown, _input, { limit }) => ({ limit }),
});

const NAMES = [unlock, reset, purge, archive, list].map(({ name }) => name);
const ROLES = administrativeRoles({}, NAMES);
const having = (role: string, limit: Limit = EVERYTHING) => rightsOf([{ role, limit }], ROLES);

/** Who has which rights; tests take some away. */
function ground(of: Record<string, Rights>) {
  const held: string[] = [];
  const unitOf = { ...UNIT_OF };
  return {
    ...fakeGround(),
    held,
    of,
    unitOf,
    clock: { now: () => NOW },
    fourEyes: {
      isNeeded: (_act: string, { kind }: Actor) => kind === 'client',
      ask: async () => ({ id: 'a1', expiresAt: NOW }),
    },
    rights: {
      of: async (id: string) => of[id] ?? NO_RIGHTS,
      async reachesPerson(id: string, limit: Limit, _executor?: unknown, hold = false) {
        if (hold) held.push(id);
        return limit === EVERYTHING || limit.units.includes(unitOf[id] ?? '');
      },
      othersWhoMay: async () => true,
      reachesClient: async () => false,
      isAdministrative: (role: string) => ROLES.has(role),
    },
  };
}

const by = (accountId: string, more: Partial<PersonActor> = {}): PersonActor => ({
  kind: 'person',
  accountId,
  sessionId: 's',
  level: 'aal2',
  provenAt: new Date(NOW.getTime() - 299_000),
  scopes: ['people:assist', 'people:read', 'system:write'],
  reason: 'ticket 7',
  origin: {},
  ...more,
});

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error) => `${error.status} ${error.code}`,
  );

describe('who may do an act', () => {
  const people = () =>
    ground({ desk: having('helpdesk', NORTH), root: having('administrator'), boss: having('administrator') });

  it('is who has a role for it, a scope for it, and a second factor', async () => {
    const here = people();
    const asked = (actor: Actor) => outcome(unlock.perform(here, actor, { person: 'pat' }));
    expect(await asked(by('desk'))).to.equal('done');
    expect(await asked(by('pat'))).to.equal('403 not_permitted');
    expect(await asked(by('desk', { scopes: ['people:read'] }))).to.equal('403 not_permitted');
    expect(await asked(by('desk', { level: 'aal1' }))).to.equal('401 insufficient_user_authentication');
    expect(await asked(by('desk', { level: 'phr' }))).to.equal('done');
    expect(await asked(by('desk', { level: 'toString' }))).to.equal('401 insufficient_user_authentication');
    const program = { kind: 'client', clientId: 'c', origin: {} } as const;
    expect(await asked({ ...program, scopes: ['people:assist'] })).to.equal('done');
    expect(await asked({ ...program, scopes: [] })).to.equal('403 not_permitted');
    expect(await outcome(archive.perform(here, by('root'), { person: 'pat' }))).to.equal('403 not_permitted');
    expect(await outcome(archive.perform(here, OPERATOR, { person: 'pat' }))).to.equal('done');
  });

  it('learns nothing of people beyond the limit', async () => {
    const here = people();
    expect(await outcome(unlock.perform(here, by('desk'), { person: 'sam' }))).to.equal(
      '404 account_unknown',
    );
    expect(await outcome(unlock.perform(here, by('desk'), { person: 'nobody' }))).to.equal(
      '404 account_unknown',
    );
    expect(await list.perform(here, by('desk'), {})).to.deep.equal({ limit: NORTH });
  });

  it('does not do to the whole installation what a right allows for a part of it', async () => {
    const here = ground({ part: having('administrator', NORTH), root: having('administrator') });
    expect(await outcome(purge.perform(here, by('part'), { person: 'pat' }))).to.equal('403 not_permitted');
    expect(await outcome(purge.perform(here, by('root'), { person: 'pat' }))).to.equal('done');
  });

  it('is asked once more in the transaction, with the person held', async () => {
    const here = people();
    const preparing = (change: () => void) =>
      defineAct({
        ...{ ...common, name: 'people.unlock', scope: 'people:assist', about: onePerson, run },
        prepare: async () => change(),
      }).perform(here, by('desk'), { person: 'pat' });
    expect(await outcome(preparing(() => undefined))).to.equal('done');
    expect(here.held).to.deep.equal(['pat']);
    expect(await outcome(preparing(() => Object.assign(here.unitOf, { pat: 'south' })))).to.equal(
      '404 account_unknown',
    );
    here.unitOf.pat = 'north';
    expect(await outcome(preparing(() => Object.assign(here.of, { desk: NO_RIGHTS })))).to.equal(
      '403 not_permitted',
    );
    expect(here.steps.slice(-2)).to.deep.equal(['begin', 'rollback']);
  });

  it('does not come into the account of somebody who may do more', async () => {
    const here = people();
    const asked = (actor: Actor, person: string) => outcome(reset.perform(here, actor, { person }));
    expect(await asked(by('desk'), 'root')).to.equal('403 target_outranks');
    expect(await asked(by('desk'), 'pat')).to.equal('done');
    expect(await asked(by('boss'), 'root')).to.equal('done');
    const program = { kind: 'client', clientId: 'c', scopes: ['people:assist'], origin: {} } as const;
    expect(await outcome(reset.perform(here, program, { person: 'root', gentle: true }))).to.equal(
      '403 target_outranks',
    );
    expect(await asked(OPERATOR, 'root')).to.equal('done');
    const promoted = defineAct({
      ...{ ...common, name: 'factors.reset', scope: 'people:assist', about: onePerson, run, leadsIn: true },
      prepare: async () => void Object.assign(here.of, { pat: having('administrator') }),
    });
    expect(await outcome(promoted.perform(here, by('desk'), { person: 'pat' }))).to.equal(
      '403 target_outranks',
    );
  });

  it('does what is dangerous with a reason and a fresh proof, and no program does', async () => {
    const here = people();
    const asked = (actor: Actor, gentle = false) =>
      outcome(reset.perform(here, actor, { person: 'pat', gentle }));
    expect(await asked(by('desk', { reason: undefined }))).to.equal('400 reason_required');
    const stale = by('desk', { provenAt: new Date(NOW.getTime() - 301_000) });
    expect(await asked(stale)).to.equal('401 insufficient_user_authentication');
    const error = await reset.perform(here, stale, { person: 'pat' }).catch((thrown) => thrown);
    expect(error).to.deep.include({ acrValues: ['aal2'], maxAge: 300 });
    expect(await asked({ ...stale, reason: undefined }, true)).to.equal('done');
    const program = {
      kind: 'client',
      clientId: 'c',
      scopes: ['people:assist'],
      reason: 'x',
      origin: {},
    } as const;
    expect(await asked(program)).to.equal('202 approval_needed');
    expect(await asked(program, true)).to.equal('done');
  });
});
