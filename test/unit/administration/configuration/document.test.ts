import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readDocument } from '../../../../src/administration/configuration/read-document.ts';
import { readText } from '../../../../src/administration/configuration/text.ts';

const GUIDE = join(import.meta.dirname, '../../../../docs/declarative.md');

const findingsOf = (value: unknown) =>
  readDocument(value).findings.map(({ path, words }) => `${path.join('.')}: ${words}`);

describe('a configuration document', () => {
  it('may declare nothing at all', () => {
    expect(readDocument({ gatehouse: 1 })).to.deep.equal({
      document: { gatehouse: 1, owner: 'default', clients: {}, resources: {}, groups: {}, units: {} },
      findings: [],
    });
  });

  it('is right as the guide shows it', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/u.exec(readFileSync(GUIDE, 'utf8')) ?? [];
    const read = readText(example);
    expect('value' in read && findingsOf(read.value)).to.deep.equal([]);
  });

  it('is refused with everything that is wrong with it, and what was probably meant', () => {
    expect(
      findingsOf({
        gatehouse: 2,
        owner: 'Not A Name',
        cleints: {},
        clients: { a: { metadat: {}, secret: { fil: 'x' } }, 'b c': { metadata: {} } },
        units: { north: { name: 7 }, [randomUUID()]: { name: 'x' } },
        resources: { 'not a uri': { name: 'x', scopes: [] } },
        groups: { team: { name: 'Team', members: ['me'] } },
      }).map((line) => line.replace(/[0-9a-f-]{36}/, 'ID')),
    ).to.deep.equal([
      'gatehouse: is a number; expected 1',
      'owner: expected a name of 1 to 63 small letters, digits, and . _ - between them',
      'clients.a.metadata: is missing; expected an object',
      'clients.a.secret.fil: is unknown (did you mean file?)',
      'clients.a.secret: has to have either file or env',
      'clients.a.metadat: is unknown (did you mean metadata?)',
      'clients.b c: must have letters, digits and ._~:- only, at most 128',
      'resources.not a uri: must be an absolute URI without a fragment',
      'resources.not a uri: must be printable ASCII without spaces (RFC 3986)',
      'groups.team.members: is unknown',
      'units.north.name: is a number; expected text',
      'units.ID: expected a key, not the id of something',
      'cleints: is unknown (did you mean clients?)',
    ]);
  });

  it('costs little to refuse, however much is wrong with it', function quickly() {
    this.timeout(15_000);
    const many = <Value>(of: (n: number) => Value) =>
      Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`${'u'.repeat(50)}-${n}`, of(n)]));
    const suggested = (value: unknown) => findingsOf(value).filter((line) => line.includes('did you mean'));
    const begun = process.cpuUsage();
    const strays = many((n) => ({ name: `n${n}`, parent: `${'u'.repeat(50)}-x${n}` }));
    expect(suggested({ gatehouse: 1, units: strays })).to.have.lengthOf(20);
    const chain = many((n) => ({
      name: `n${n}`,
      ...(n === 0 ? {} : { parent: `${'u'.repeat(50)}-${n - 1}` }),
    }));
    expect(findingsOf({ gatehouse: 1, units: chain })[0]).to.match(/is too deep/u);
    const unknown = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`unit${n}`, 0]));
    expect(suggested({ gatehouse: 1, ...unknown }).length).to.be.at.most(100);
    expect(process.cpuUsage(begun).user / 1_000_000, 'seconds').to.be.below(10);
  });

  for (const [value, finding] of [
    [[], /is a list; expected an object/],
    ['text', /is text; expected an object/],
    [null, /is null; expected an object/],
    [{ gatehouse: 1, units: [] }, /units: is a list; expected an object/],
    [{ gatehouse: 1, clients: { a: [] } }, /clients.a: is a list/],
    [
      { gatehouse: 1, clients: { a: { metadata: {}, secret: 'plain text' } } },
      /clients.a.secret: is text; expected an object/,
    ],
    [
      { gatehouse: 1, clients: { a: { metadata: {}, secret: { file: 'x', env: 'Y' } } } },
      /either file or env/,
    ],
  ] as const)
    it(`is refused as ${JSON.stringify(value)}`, () => {
      expect(findingsOf(value).join('\n')).to.match(finding).and.not.to.contain('plain text');
    });

  it('holds no secret, and none of what follows from the registration', () => {
    const metadata = { client_secret: 'x'.repeat(40), client_id: 'a', client_id_issued_at: 1 };
    const found = findingsOf({ gatehouse: 1, clients: { a: { metadata } } });
    expect(found.map((line) => line.split(':')[0])).to.deep.equal([
      'clients.a.metadata.client_secret',
      'clients.a.metadata.client_id',
      'clients.a.metadata.client_id_issued_at',
    ]);
    expect(found.join()).not.to.contain('xxx');
    const none = { metadata: { token_endpoint_auth_method: 'none' }, secret: { env: 'X' } };
    expect(findingsOf({ gatehouse: 1, clients: { a: none } })).to.have.lengthOf(1);
    expect(
      findingsOf({ gatehouse: 1, clients: { a: { preset: 'native', metadata: {}, secret: { env: 'X' } } } }),
    ).to.have.lengthOf(1);
  });

  it('has units in a tree, below each other or below one that is there already', () => {
    const units = (tree: Record<string, string | undefined>) => ({
      gatehouse: 1,
      units: Object.fromEntries(
        Object.entries(tree).map(([key, parent]) => [
          key,
          { name: key, ...(parent === undefined ? {} : { parent }) },
        ]),
      ),
    });
    expect(findingsOf(units({ a: undefined, b: 'a', c: randomUUID() }))).to.deep.equal([]);
    expect(findingsOf(units({ north: undefined, b: 'nort' }))).to.deep.equal([
      'units.b.parent: is no unit of this document (did you mean north?); expected a key, or the id of another unit',
    ]);
    expect(findingsOf(units({ a: 'b', b: 'a', c: 'a' }))).to.have.lengthOf(3);
    expect(findingsOf(units({ a: 'a' }))).to.deep.equal(['units.a.parent: leads back to the unit itself']);
    const chain = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [`u${n}`, n === 0 ? undefined : `u${n - 1}`]),
    );
    expect(findingsOf(units(chain))).to.deep.equal([
      'units.u8.parent: is too deep: at most 8 units are one above the other',
    ]);
  });

  it('names nothing twice', () => {
    expect(
      findingsOf({
        gatehouse: 1,
        units: { a: { name: 'Ward' }, b: { name: 'WARD ' }, c: { name: 'Ward', parent: 'a' } },
        groups: { a: { name: 'Team' }, b: { name: 'team' } },
      }),
    ).to.deep.equal(['units.b.name: is that of "a" already', 'groups.b.name: is that of "a" already']);
  });
});
