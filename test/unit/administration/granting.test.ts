import { expect } from 'chai';
import type { Actor } from '../../../src/administration/actor.ts';
import { termsAsked } from '../../../src/administration/people/role-terms.ts';
import {
  assertMayChangeRoles,
  notTheirs,
  type RoleChange,
} from '../../../src/administration/rights/granting.ts';
import { EVERYTHING, type Limit } from '../../../src/administration/rights/limit.ts';
import { type HeldRole, NO_RIGHTS, rightsOf } from '../../../src/administration/rights/rights.ts';
import { administrativeRoles } from '../../../src/administration/rights/roles.ts';
import { actingAs } from '../../support/acting-people.ts';

const NAMES = ['people.unlock', 'people.set_roles', 'clients.update', 'clients.list'];
const ROLES = administrativeRoles(
  { helpdesk: { acts: ['people.unlock'] }, chief: { acts: ['people.*'], grants: ['nurse'] } },
  NAMES,
);
const NORTH: Limit = { units: ['north', 'ward'] };
const WARD: Limit = { units: ['ward'] };
const SOUTH: Limit = { units: ['south'] };
const SOON = new Date('2030-01-01T00:00:00Z');
const LATER = new Date('2031-01-01T00:00:00Z');

const having = (role: string, limit: Limit = EVERYTHING, until?: Date): HeldRole[] => [
  { role, limit, until },
];
const given = (role: string, limit: Limit = EVERYTHING, until?: Date): RoleChange => ({
  role,
  after: { limit, until },
});
const taken = (role: string, limit: Limit = EVERYTHING, until?: Date): RoleChange => ({
  role,
  before: { limit, until },
});

describe('who may give and take a role', () => {
  const cases: [who: string, held: HeldRole[], change: RoleChange, to: Limit, may: boolean][] = [
    [
      'an administrator gives what is theirs',
      having('administrator'),
      given('administrator'),
      EVERYTHING,
      true,
    ],
    [
      'an administrator gives roles of applications',
      having('administrator'),
      given('nurse'),
      EVERYTHING,
      true,
    ],
    ['a helpdesk makes no administrator', having('helpdesk'), given('administrator'), EVERYTHING, false],
    ['a helpdesk takes no administrator', having('helpdesk'), taken('administrator'), EVERYTHING, false],
    ['a helpdesk gives what it is', having('helpdesk'), given('helpdesk'), EVERYTHING, true],
    ['a helpdesk gives no role of applications', having('helpdesk'), given('nurse'), EVERYTHING, false],
    ['a chief gives a role of their list', having('chief'), given('nurse'), EVERYTHING, true],
    ['a chief takes a role of their list', having('chief'), taken('nurse'), EVERYTHING, true],
    ['a chief gives no other', having('chief'), given('doctor'), EVERYTHING, false],
    ['a chief takes no other', having('chief'), taken('doctor'), EVERYTHING, false],
    ['a chief gives a helpdesk, which allows less', having('chief'), given('helpdesk'), EVERYTHING, true],
    ['a chief of one unit gives there', having('chief', NORTH), given('nurse'), WARD, true],
    ['a chief of one unit gives nowhere else', having('chief', NORTH), given('nurse'), SOUTH, false],
    [
      'a chief of one unit gives nobody of no unit',
      having('chief', NORTH),
      given('nurse'),
      EVERYTHING,
      false,
    ],
    ['a limit within theirs', having('chief', NORTH), given('helpdesk', WARD), WARD, true],
    ['no limit at all', having('chief', NORTH), given('helpdesk'), WARD, false],
    ['a limit elsewhere', having('chief', NORTH), given('helpdesk', SOUTH), WARD, false],
    [
      'a limited administrator makes none without a limit',
      having('administrator', NORTH),
      given('administrator'),
      WARD,
      false,
    ],
    ['nor takes one without a limit', having('administrator', NORTH), taken('administrator'), WARD, false],
    [
      'nor lifts a limit',
      having('administrator', NORTH),
      { ...taken('administrator', WARD), ...given('administrator') },
      WARD,
      false,
    ],
    ['but within theirs', having('administrator', NORTH), given('administrator', WARD), WARD, true],
    [
      'not for longer than they have it',
      having('administrator', EVERYTHING, SOON),
      given('helpdesk'),
      EVERYTHING,
      false,
    ],
    [
      'nor until after their end',
      having('administrator', EVERYTHING, SOON),
      given('helpdesk', EVERYTHING, LATER),
      EVERYTHING,
      false,
    ],
    [
      'but until their end',
      having('administrator', EVERYTHING, LATER),
      given('helpdesk', EVERYTHING, LATER),
      EVERYTHING,
      true,
    ],
    [
      'what ends later may be taken',
      having('administrator', EVERYTHING, SOON),
      taken('helpdesk'),
      EVERYTHING,
      true,
    ],
    [
      'roles of applications for as long as they like',
      having('chief', EVERYTHING, SOON),
      given('nurse'),
      EVERYTHING,
      true,
    ],
    ['nobody who has none', having('nurse'), given('nurse'), EVERYTHING, false],
  ];
  for (const [what, held, change, to, may] of cases)
    it(`${what}: ${may ? 'yes' : 'no'}`, () => {
      expect(notTheirs(rightsOf(held, ROLES), [change], to)).to.deep.equal(may ? [] : [change.role]);
    });

  it('is not whoever has no rights', () => {
    expect(notTheirs(NO_RIGHTS, [given('nurse')], WARD)).to.deep.equal(['nurse']);
    expect(notTheirs(NO_RIGHTS, [taken('nurse')], WARD)).to.deep.equal(['nurse']);
  });
});

describe('the admission of a change of roles', () => {
  const rights = {
    of: async (id: string) => rightsOf(id === 'boss' ? having('administrator') : [], ROLES),
    isAdministrative: (role: string) => ROLES.has(role),
  };
  const executor = { query: () => Promise.reject(new Error('no SQL here')) };
  const program: Actor = { kind: 'client', clientId: 'hr', scopes: ['people:write'], origin: {} };
  const change = (actor: Actor, changes: RoleChange[], account = 'pat') =>
    assertMayChangeRoles({ rights }, executor, actor, { account }, changes).then(
      () => 'may',
      (error: { code?: string }) => error.code,
    );

  it('lets nobody change their own, not even take one', async () => {
    expect(await change(actingAs({ id: 'boss' }), [taken('nurse')], 'boss')).to.equal('own_rights');
    expect(await change(actingAs({ id: 'boss' }), [given('nurse')], 'boss')).to.equal('own_rights');
    expect(await change(actingAs({ id: 'boss' }), [given('nurse')])).to.equal('may');
  });

  it('lets programs give and take roles of applications alone', async () => {
    expect(await change(program, [given('nurse')])).to.equal('may');
    expect(await change(program, [given('nurse'), given('helpdesk')])).to.equal('grant_refused');
    expect(await change(program, [taken('helpdesk')])).to.equal('grant_refused');
  });

  it('keeps nothing from the operator of the machine, and gives somebody without a role nothing', async () => {
    const operator: Actor = { kind: 'command', command: 'gatehouse', user: 'root' };
    expect(await change(operator, [given('administrator')])).to.equal('may');
    expect(await change({ kind: 'system' }, [taken('administrator')])).to.equal('may');
    expect(await change(actingAs({ id: 'nobody' }), [given('nurse')])).to.equal('grant_refused');
  });
});

describe('the terms that are asked for', () => {
  const now = SOON;
  const ask = (terms: Parameters<typeof termsAsked>[0], roles = ['helpdesk', 'nurse']) => {
    try {
      return termsAsked(terms, roles, { now, isAdministrative: (role) => ROLES.has(role) });
    } catch (error) {
      return (error as { problems: string[] }).problems;
    }
  };

  it('are of the roles that are given, in the future, and limit only what means something here', () => {
    expect(
      ask({ helpdesk: { unit: 'u', owned: false, until: LATER.toISOString() }, nurse: { owned: false } }),
    ).to.deep.equal([
      { role: 'helpdesk', unit: 'u', owned: false, until: LATER },
      { role: 'nurse', owned: false },
    ]);
    expect(ask({ doctor: { owned: false } })).to.deep.equal(['terms.doctor: is not one of the roles']);
    expect(ask({ nurse: { owned: false, until: now.toISOString() } })).to.deep.equal([
      'terms.nurse.until: has passed',
    ]);
    expect(ask({ nurse: { owned: true, unit: 'u' } })).to.deep.equal([
      'terms.nurse.unit: limits only roles of administration',
      'terms.nurse.owned: limits only roles of administration',
    ]);
  });
});
