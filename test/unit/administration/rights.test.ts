import { expect } from 'chai';
import { ACTS } from '../../../src/administration/index.ts';
import {
  EVERYTHING,
  type Limit,
  reachesAll,
  union,
  withinUnits,
} from '../../../src/administration/rights/limit.ts';
import { rightsOf } from '../../../src/administration/rights/rights.ts';
import { administrativeRoles, problemsOfRoles } from '../../../src/administration/rights/roles.ts';

const NAMES = ACTS.map(({ name }) => name);
const ROLES = administrativeRoles(
  { 'ward-desk': { acts: ['people.*', '!people.delete', '!people.set_*'], grants: ['nurse'] } },
  NAMES,
);
const NORTH: Limit = { units: ['north', 'north-1'] };
const SOUTH: Limit = { units: ['south'] };

const having = (...held: [role: string, limit?: Limit][]) =>
  rightsOf(
    held.map(([role, limit = EVERYTHING]) => ({ role, limit })),
    ROLES,
  );

describe('a limit of a right', () => {
  it('of several rights is everything that one of them reaches', () => {
    expect(union([])).to.equal(undefined);
    expect(union([NORTH, EVERYTHING])).to.equal(EVERYTHING);
    expect(union([NORTH, SOUTH, { units: ['south'], ownedBy: 'a' }])).to.deep.equal({
      units: ['north', 'north-1', 'south'],
      ownedBy: 'a',
    });
  });

  it('reaches another where it has all of it', () => {
    for (const [outer, inner, expected] of [
      [EVERYTHING, EVERYTHING, true],
      [EVERYTHING, NORTH, true],
      [NORTH, EVERYTHING, false],
      [NORTH, { units: ['north-1'] }, true],
      [NORTH, { units: ['north', 'south'] }, false],
      [NORTH, { units: [], ownedBy: 'a' }, false],
      [{ units: [], ownedBy: 'b' }, { units: [], ownedBy: 'a' }, false],
      [undefined, { units: [] }, false],
    ] as const)
      expect(reachesAll(outer, inner), JSON.stringify([outer, inner])).to.equal(expected);
  });

  it('is a condition of a statement, and of nobody where there are no units', () => {
    const values: unknown[] = [];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    expect(withinUnits(EVERYTHING, 'a.unit', parameter)).to.equal('true');
    expect(withinUnits(NORTH, 'a.unit', parameter)).to.equal('a.unit = any($1::uuid[])');
    expect(values).to.deep.equal([['north', 'north-1']]);
  });
});

describe('the roles of administration', () => {
  it('let the administrator do everything, whatever is configured', () => {
    const roles = administrativeRoles({ administrator: { acts: [], grants: [] } }, NAMES);
    expect([...(roles.get('administrator')?.acts ?? [])]).to.have.members(NAMES);
  });

  it('have patterns of which the last one that fits decides', () => {
    const acts = ROLES.get('ward-desk')?.acts;
    expect(acts?.has('people.unlock')).to.equal(true);
    expect(acts?.has('people.delete')).to.equal(false);
    expect(acts?.has('people.set_roles')).to.equal(false);
    expect(acts?.has('clients.list')).to.equal(false);
  });

  it('let an auditor read, and change nothing', () => {
    const acts = ROLES.get('auditor')?.acts ?? new Set();
    expect(ACTS.filter(({ name, readOnly }) => acts.has(name) && !readOnly)).to.deep.equal([]);
    expect(acts.has('audit.list')).to.equal(true);
  });

  it('are told where they name what is no act', () => {
    expect(
      problemsOfRoles({ desk: { acts: ['people.*', '!people.dissable'], grants: [] } }, NAMES),
    ).to.deep.equal(['desk.acts: there is no act "people.dissable" (did you mean people.disable?)']);
  });
});

describe('the rights of somebody', () => {
  it('reach as far as the roles that allow the act, and no further', () => {
    const rights = having(['helpdesk', NORTH], ['auditor'], ['nurse']);
    expect(rights.limitFor('people.list')).to.equal(EVERYTHING);
    expect(rights.limitFor('people.unlock')).to.deep.equal(NORTH);
    expect(rights.limitFor('people.delete')).to.equal(undefined);
    expect(having(['nurse'])).to.include({ isAdministrative: false });
  });

  it('cover those of somebody who may do nothing that they may not', () => {
    const cases: [one: ReturnType<typeof having>, other: ReturnType<typeof having>, covers: boolean][] = [
      [having(['administrator']), having(['administrator']), true],
      [having(['administrator']), having(['helpdesk'], ['ward-desk']), true],
      [having(['helpdesk']), having(['administrator']), false],
      [having(['helpdesk']), having(['nurse']), true],
      [having(['helpdesk']), having(['helpdesk', NORTH]), true],
      [having(['helpdesk', NORTH]), having(['helpdesk']), false],
      [having(['helpdesk', NORTH]), having(['helpdesk', SOUTH]), false],
      [having(['helpdesk']), having(['application-manager']), false],
      [having(['administrator', NORTH]), having(['administrator']), false],
    ];
    for (const [one, other, covers] of cases) expect(one.covers(other)).to.equal(covers);
  });

  it('give what they have: administrative roles by all that these allow, others by name', () => {
    const desk = having(['ward-desk', NORTH]);
    expect(desk.mayGive('nurse', EVERYTHING, { units: ['north-1'] })).to.equal(true);
    expect(desk.mayGive('nurse', EVERYTHING, SOUTH)).to.equal(false);
    expect(desk.mayGive('doctor', EVERYTHING, NORTH)).to.equal(false);
    expect(desk.mayGive('ward-desk', { units: ['north-1'] }, NORTH)).to.equal(true);
    expect(desk.mayGive('ward-desk', EVERYTHING, NORTH)).to.equal(false);
    expect(desk.mayGive('administrator', NORTH, NORTH)).to.equal(false);
    const administrator = having(['administrator']);
    for (const role of ['administrator', 'helpdesk', 'nurse'])
      expect(administrator.mayGive(role, EVERYTHING, EVERYTHING)).to.equal(true);
    expect(having(['helpdesk']).mayGive('nurse', EVERYTHING, NORTH)).to.equal(false);
  });
});
