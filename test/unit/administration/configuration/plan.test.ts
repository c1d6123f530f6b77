import { expect } from 'chai';
import fc from 'fast-check';
import { HELD_KINDS } from '../../../../src/administration/configuration/document.ts';
import {
  type Compared,
  changesBetween,
  difference,
  digestOf,
  isPartOf,
  planHash,
  type Step,
} from '../../../../src/administration/configuration/plan.ts';
import { readDocument } from '../../../../src/administration/configuration/read-document.ts';

const OWNER = 'default';
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
const fields = fc.dictionary(fc.constantFrom('name', 'parent', 'status', 'roles', 'description', 'x'), value);

/** Any state beside any document. */
const comparedObjects: fc.Arbitrary<Compared[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...HELD_KINDS),
      key: fc.string({ minLength: 1 }),
      desired: fc.option(fields, { nil: undefined }),
      held: fc.option(
        fc.record({
          id: fc.uuid(),
          fields,
          owner: fc.option(fc.constantFrom(OWNER, 'another'), { nil: undefined }),
        }),
        { nil: undefined },
      ),
    }),
    { maxLength: 12 },
  )
  .map((all) => [...new Map(all.map((each) => [`${each.kind}.${each.key}`, each])).values()]);

/** What is there after the steps were done. */
function afterSteps(compared: readonly Compared[], steps: readonly Step[]): Compared[] {
  const done = compared.map((each) => {
    const own = steps.filter(({ kind, key }) => kind === each.kind && key === each.key);
    if (own.some(({ action }) => action === 'delete')) return { ...each, held: undefined };
    const changed = own.flatMap(({ changes }) =>
      changes.map(({ field, after: is }) => [field, is ?? undefined]),
    );
    if (own.length === 0 || each.desired === undefined) return each;
    const made =
      each.kind === 'clients' && each.held === undefined && 'status' in each.desired
        ? { status: 'active' }
        : {};
    const held = {
      id: each.held?.id ?? 'new',
      owner: OWNER,
      fields: { ...made, ...each.held?.fields, ...Object.fromEntries(changed) },
    };
    return { ...each, held };
  });
  return done.filter(({ desired, held }) => desired !== undefined || held !== undefined);
}

describe('a plan', () => {
  const by = { owner: OWNER, undeclared: 'delete' } as const;

  it('leaves nothing to do once it was done, whatever there was', () => {
    fc.assert(
      fc.property(comparedObjects, (compared) => {
        const { steps, conflicts } = difference(compared, by);
        expect(difference(afterSteps(compared, steps), by).steps).to.deep.equal([]);
        const foreign = new Set(conflicts.map(({ kind, key }) => `${kind}.${key}`));
        expect(steps.filter(({ kind, key }) => foreign.has(`${kind}.${key}`))).to.deep.equal([]);
      }),
    );
  });

  it('is a part of itself at any point, and so can be gone on with', () => {
    fc.assert(
      fc.property(comparedObjects, fc.nat(), (compared, many) => {
        const { steps } = difference(compared, by);
        const digests = steps.map(digestOf);
        const some = steps.slice(0, steps.length === 0 ? 0 : many % steps.length);
        const rest = difference(afterSteps(compared, some), by).steps;
        expect(rest.length).to.equal(steps.length - some.length);
        expect(isPartOf(rest, digests)).to.equal(true);
      }),
    );
  });

  it('deletes last, and nothing unless that is asked for', () => {
    fc.assert(
      fc.property(comparedObjects, (compared) => {
        const actions = difference(compared, by).steps.map(({ action }) => action);
        expect(actions.lastIndexOf('create')).to.be.lessThan(
          actions.includes('delete') ? actions.indexOf('delete') : actions.length,
        );
        for (const undeclared of ['keep', 'release'] as const)
          expect(
            difference(compared, { owner: OWNER, undeclared }).steps.every(
              ({ action }) => action !== 'delete',
            ),
          ).to.equal(true);
      }),
    );
  });

  it('has one act for each kind of change, so that each is a transaction', () => {
    const held = {
      id: '1',
      owner: OWNER,
      fields: { name: 'A', parent: null, roles: ['b', 'a'], description: '' },
    };
    const acts = (compared: Compared) => difference([compared], by).steps.map(({ act }) => act);
    expect(
      acts({ kind: 'units', key: 'a', held, desired: { ...held.fields, name: 'B', parent: 'x' } }),
    ).to.deep.equal(['units.rename', 'units.move']);
    expect(
      acts({ kind: 'groups', key: 'a', held, desired: { ...held.fields, roles: ['a', 'b'] } }),
    ).to.deep.equal([]);
    expect(
      acts({ kind: 'groups', key: 'a', held, desired: { ...held.fields, roles: ['a'], name: 'B' } }),
    ).to.deep.equal(['groups.update', 'groups.set_roles']);
    const desired = { client_name: 'x', status: 'disabled', secret: { env: 'X' } };
    expect(acts({ kind: 'clients', key: 'a', held: undefined, desired })).to.deep.equal([
      'clients.create',
      'clients.set_secret',
      'clients.disable',
    ]);
    const disabled = { id: 'a', owner: OWNER, fields: { status: 'disabled' } };
    expect(acts({ kind: 'clients', key: 'a', held: disabled, desired: { status: 'active' } })).to.deep.equal([
      'clients.enable',
    ]);
  });

  it('compares lists as sets, but for the scopes of a resource, which have an order', () => {
    const [one, other] = [{ list: ['a', 'b'] }, { list: ['b', 'a'] }];
    expect(changesBetween('clients', one, other)).to.deep.equal([]);
    expect(changesBetween('resources', one, other)).to.have.lengthOf(1);
    expect(changesBetween('clients', { a: null }, {})).to.deep.equal([]);
  });

  it('has another hash for another document, state, or treatment of what is no longer declared', () => {
    const document = readDocument({ gatehouse: 1 }).document;
    const another = readDocument({ gatehouse: 1, owner: 'x' }).document;
    if (document === undefined || another === undefined) throw new Error('they are right');
    const step: Step = { action: 'create', act: 'units.create', kind: 'units', key: 'a', changes: [] };
    const hashes = [
      planHash(document, 'keep', []),
      planHash(document, 'delete', []),
      planHash(another, 'keep', []),
      planHash(document, 'keep', [step]),
      planHash(document, 'keep', [{ ...step, key: 'b' }]),
    ];
    expect(new Set(hashes).size).to.equal(hashes.length);
    expect(planHash(document, 'keep', [step])).to.equal(hashes[3]);
  });
});
