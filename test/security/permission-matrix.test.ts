import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Actor } from '../../src/administration/actor.ts';
import { ACTS } from '../../src/administration/index.ts';
import { units } from '../../src/administration/units/index.ts';
import { ADMINISTRATION_GUIDE_FILE } from '../../src/commands/config.ts';
import { actingAs, placed } from '../support/acting-people.ts';
import { act } from '../support/administration.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What docs/administration.md says: by act, what stands in each column. */
function written(): { readonly roles: string[]; readonly rows: Map<string, Record<string, string>> } {
  const table = readFileSync(ADMINISTRATION_GUIDE_FILE, 'utf8').split('\n');
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
  const lines = table.filter((line) => line.startsWith('| ') && !line.startsWith('| ---')).map(cells);
  const [head = [], ...acts] = lines;
  const rows = acts.map((row) => [
    String(row[0]),
    Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])),
  ]);
  return { roles: head.slice(3, -1), rows: new Map(rows as [string, Record<string, string>][]) };
}

/** Refused by every act as its input, so that nothing is done: who may not do the act is refused before. */
const NO_INPUT = { nothing: 'of the kind' };

describe('every act by every role', function matrix() {
  this.timeout(120_000);
  let server: TestServer;
  const { roles, rows } = written();

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  /** The acts that the actor may do. */
  async function allowed(actor: Actor): Promise<string[]> {
    const names: string[] = [];
    for (const each of ACTS) {
      const code = await server.app.administration.perform(each as never, actor, NO_INPUT as never).then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      expect(code, each.name).to.be.oneOf(['not_permitted', 'input_invalid']);
      if (code === 'input_invalid') names.push(each.name);
    }
    return names;
  }
  const someone = (...has: string[]) => server.addAccount({ roles: has });
  const inTable = (role: string) => [...rows].filter(([, row]) => row[role] === 'yes').map(([name]) => name);

  it('stands in the table, with the roles that are shipped', () => {
    expect([...rows.keys()]).to.deep.equal(ACTS.map(({ name }) => name));
    expect(roles).to.deep.equal(['administrator', 'helpdesk', 'application-manager', 'auditor']);
  });

  for (const role of roles)
    it(`is permitted to a person with the role ${role} as the table says, and within a unit only where it can be limited`, async () => {
      const { id } = await someone(role);
      expect(await allowed(actingAs({ id }))).to.deep.equal(inTable(role));
      expect(await allowed(actingAs({ id }, { scopes: [] }))).to.deep.equal([]);
      const { id: unit } = await act(server.app, units.create, { name: `Of ${role}` });
      await placed(server.app, id, { terms: [{ role, owned: false, unit }] });
      const limited = inTable(role).filter((name) => rows.get(name)?.['limited by'] !== 'cannot be');
      expect(await allowed(actingAs({ id }))).to.deep.equal(limited);
      const past = new Date(server.app.clock.now().getTime() - 1);
      await placed(server.app, id, { terms: [{ role, owned: false, until: past }] });
      expect(await allowed(actingAs({ id }))).to.deep.equal([]);
    });

  it('is permitted to nobody without such a role, and of programs to those with the scope', async () => {
    expect(await allowed(actingAs(await someone()))).to.deep.equal([]);
    expect(await allowed(actingAs(await someone('nurse')))).to.deep.equal([]);
    const program = { kind: 'client', clientId: 'c', reason: 'x', origin: {} } as const;
    expect(await allowed({ ...program, scopes: [] })).to.deep.equal([]);
    expect(await allowed({ ...program, scopes: ['people:read'] })).to.deep.equal(
      [...rows]
        .filter(([, row]) => row.scope === 'people:read' && row['asks for'] !== 'the machine of the server')
        .map(([name]) => name),
    );
  });
});
