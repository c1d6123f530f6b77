import { expect } from 'chai';
import type { Actor } from '../../../src/administration/actor.ts';
import { ACTS } from '../../../src/administration/index.ts';
import {
  actsOfScopes,
  adminScopesNotHeld,
  assertMayGiveAdminScopes,
} from '../../../src/administration/rights/admin-scopes.ts';
import { EVERYTHING, type Limit } from '../../../src/administration/rights/limit.ts';
import { rightsOf } from '../../../src/administration/rights/rights.ts';
import { administrativeRoles } from '../../../src/administration/rights/roles.ts';
import { ADMIN_SCOPES } from '../../../src/domain/clients/admin-scopes.ts';
import { NOBODY } from './fakes.ts';

const NAMES = ACTS.map(({ name }) => name);
const IN_CLIENTS = [
  ...new Set(ACTS.filter(({ scope }) => scope === 'clients:write').map(({ name }) => name)),
];
const ROLES = administrativeRoles(
  {
    'client-desk': { acts: ['clients.*', 'resources.*'], grants: [] },
    'half-desk': { acts: IN_CLIENTS.slice(1), grants: [] },
  },
  NAMES,
);
const BY_SCOPE = actsOfScopes(ACTS);
const NORTH: Limit = { units: ['north'] };
const having = (...held: [role: string, limit?: Limit][]) =>
  rightsOf(
    held.map(([role, limit = EVERYTHING]) => ({ role, limit })),
    ROLES,
  );

describe('the scopes of administration that somebody gives a client', () => {
  it('are those of which they may do every act, without a limit', () => {
    const given = (rights: ReturnType<typeof having>, ...scopes: (typeof ADMIN_SCOPES)[number][]) =>
      adminScopesNotHeld(rights, scopes, BY_SCOPE);
    expect(given(having(['client-desk']), 'clients:read', 'clients:write')).to.deep.equal([]);
    expect(given(having(['client-desk']), 'clients:write', 'people:read')).to.deep.equal(['people:read']);
    expect(given(having(['client-desk', NORTH]), 'clients:write')).to.deep.equal(['clients:write']);
    expect(given(having(['client-desk', { units: [], ownedBy: 'me' }]), 'clients:read')).to.deep.equal([
      'clients:read',
    ]);
    expect(given(having(['half-desk']), 'clients:write')).to.deep.equal(['clients:write']);
    expect(given(having(['auditor'], ['helpdesk']), 'people:write')).to.deep.equal(['people:write']);
    expect(given(having(['nurse']), ...ADMIN_SCOPES)).to.deep.equal(ADMIN_SCOPES);
  });

  it('are all of an administrator’s who is not limited, also those without acts yet', () => {
    expect(adminScopesNotHeld(having(['administrator']), ADMIN_SCOPES, new Map())).to.deep.equal([]);
    expect(adminScopesNotHeld(having(['administrator', NORTH]), ADMIN_SCOPES, BY_SCOPE)).to.deep.equal(
      ADMIN_SCOPES,
    );
    expect(adminScopesNotHeld(having(['auditor']), ['reports:read'], new Map())).to.deep.equal([
      'reports:read',
    ]);
  });

  it('are those of the token as well, of a person and of a program', async () => {
    const deps = (role: string) => ({
      actsOfScopes: BY_SCOPE,
      rights: { ...NOBODY.rights, of: async () => having([role]) },
    });
    const person = (...scopes: string[]): Actor => ({
      kind: 'person',
      accountId: 'a',
      sessionId: 's',
      level: 'aal2',
      provenAt: new Date(),
      scopes,
      origin: {},
    });
    const program = (...scopes: string[]): Actor => ({ kind: 'client', clientId: 'c', scopes, origin: {} });
    const may = (actor: Actor, given: unknown, role = 'administrator') =>
      assertMayGiveAdminScopes(deps(role), actor, { admin_scopes: given }).then(
        () => 'may',
        (error) => error.code,
      );
    expect(await may(person('clients:write', 'people:read'), ['people:read'])).to.equal('may');
    expect(await may(person('clients:write'), ['people:read'])).to.equal('admin_scopes_not_held');
    expect(await may(person('clients:write', 'people:write'), ['people:write'], 'helpdesk')).to.equal(
      'admin_scopes_not_held',
    );
    expect(await may(program('clients:write'), ['clients:write'])).to.equal('may');
    expect(await may(program('clients:write'), ['clients:write', 'people:write'])).to.equal(
      'admin_scopes_not_held',
    );
    expect(await may(program(), undefined)).to.equal('may');
    expect(await may(program(), [])).to.equal('may');
    expect(await may({ kind: 'command', command: 'gatehouse x', user: 'root' }, ADMIN_SCOPES)).to.equal(
      'may',
    );
  });
});
