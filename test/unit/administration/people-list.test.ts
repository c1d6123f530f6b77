import { expect } from 'chai';
import type { PersonActor } from '../../../src/administration/actor.ts';
import { createCursors } from '../../../src/administration/list-cursors.ts';
import { list } from '../../../src/administration/people/listing.ts';
import { EVERYTHING, type Limit } from '../../../src/administration/rights/limit.ts';
import { NO_RIGHTS } from '../../../src/administration/rights/rights.ts';
import { createAttributes } from '../../../src/domain/attributes/policy.ts';
import { createGroupStore } from '../../../src/domain/groups/store.ts';
import { createUnitStore } from '../../../src/domain/units/store.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import { declaring } from '../../support/attributes.ts';
import { aFewPeople, useFewPeople } from '../../support/few-people.ts';
import { NOBODY } from './fakes.ts';

const NOW = new Date('2026-12-01T12:00:00.000Z');
const KEYRING = { current: 'a', keys: new Map([['a', Buffer.alloc(32, 7)]]) };

const HELPDESK: PersonActor = {
  ...{ kind: 'person', accountId: '00000000-0000-4000-8000-000000000099', sessionId: 's', level: 'aal2' },
  ...{ provenAt: NOW, scopes: ['people:read'], origin: {} },
};

const code = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => 'nothing was refused',
    (error) => error.code,
  );

describe('the list of people', () => {
  const { database, units } = useFewPeople();
  const [small = '', other = ''] = units.both;
  const cursors = createCursors({ keyring: KEYRING, random: systemRandomness });

  const within = (limit: Limit) => ({
    ...NOBODY,
    rights: { ...NOBODY.rights, of: async () => ({ ...NO_RIGHTS, limitFor: () => limit }) },
    clock: { now: () => NOW },
    attributes: createAttributes({
      department: declaring({ type: 'text', filterable: true }),
      beds: declaring({ type: 'number', filterable: true }),
      languages: declaring({ type: 'text', many: true }),
    }),
    units: createUnitStore({ now: () => NOW }, systemRandomness),
    groups: createGroupStore({ now: () => NOW }, systemRandomness),
    cursors,
    database: database(),
  });
  const ask = (input: Parameters<typeof list.perform>[2], limit: Limit = EVERYTHING, actor = HELPDESK) =>
    list.perform(within(limit), actor, input);
  const idsOf = (people: readonly { id: string }[]) => people.map(({ id }) => id);
  const ofUnit = (...wanted: (string | undefined)[]) =>
    idsOf(aFewPeople.filter(({ unit }) => unit !== undefined && wanted.includes(unit)));

  it('pages through everybody, and ends', async () => {
    const found: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const { items, next } = await ask({ limit: 50, sort: '-created', cursor });
      found.push(...idsOf(items));
      if (next === null) break;
      cursor = next;
    }
    expect(found).to.have.length(aFewPeople.length);
    expect(found).to.have.members(idsOf(aFewPeople));
  });

  it('finds by an attribute that may be asked for, in units too, and says why by another one', async () => {
    const having = (isIt: (person: (typeof aFewPeople)[number]) => boolean) => idsOf(aFewPeople.filter(isIt));
    const found = async (attribute: string, limit?: Limit) =>
      idsOf((await ask({ limit: 200, attribute }, limit)).items);
    const isThere = ({ attributes }: (typeof aFewPeople)[number]) => attributes.department === 'Cardiología';
    expect(await found('department=cardiologia')).to.have.members(having(isThere));
    expect(await found('department=cardiologia', { units: [small] })).to.have.members(
      having((person) => isThere(person) && person.unit === small),
    );
    expect(await found('beds=12,50')).to.have.members(having(({ attributes }) => attributes.beds === 12.5));
    expect(await found('department==x')).to.deep.equal([]);
    for (const wrong of [
      'languages=pt',
      'nothing=x',
      'department',
      'department=',
      'beds=many',
      '',
      'constructor=x',
    ])
      expect(await code(ask({ attribute: wrong })), wrong).to.equal('input_invalid');
  });

  it('shows whoever has a limited right the people of their units, and knows no others', async () => {
    const limited = { units: [small] };
    expect(idsOf((await ask({ limit: 200 }, limited)).items)).to.have.members(ofUnit(small));
    expect(idsOf((await ask({ limit: 200, unit: small }, limited)).items)).to.have.members(ofUnit(small));
    expect(await code(ask({ unit: other }, limited))).to.equal('unit_unknown');
    expect(await code(ask({ unit: HELPDESK.accountId }))).to.equal('unit_unknown');
    const stranger = aFewPeople.find(({ unit }) => unit !== small);
    expect((await ask({ text: stranger?.email ?? '' }, limited)).items).to.deep.equal([]);
    expect((await ask({}, { units: [] })).items).to.deep.equal([]);
  });

  it('shows the people of a unit with all below it', async () => {
    expect(idsOf((await ask({ limit: 200, unit: other })).items)).to.have.members(ofUnit(other));
    await database().query('update units set parent = $1 where id = $2', [small, other]);
    try {
      expect(idsOf((await ask({ limit: 200, unit: small })).items)).to.have.members(ofUnit(small, other));
    } finally {
      await database().query('update units set parent = null');
    }
  });

  it('takes its cursors back from whoever got them, for the same question', async () => {
    const { next } = await ask({ limit: 5, status: 'active' });
    const cursor = String(next);
    expect(await code(ask({ limit: 9, status: 'active', cursor }))).to.equal('nothing was refused');
    expect(await code(ask({ status: 'disabled', cursor }))).to.equal('cursor_invalid');
    expect(await code(ask({ status: 'active', sort: '-name', cursor }))).to.equal('cursor_invalid');
    const somebodyElse = { ...HELPDESK, accountId: '00000000-0000-4000-8000-000000000098' };
    expect(await code(ask({ status: 'active', cursor }, EVERYTHING, somebodyElse))).to.equal(
      'cursor_invalid',
    );
    const altered = `${cursor.slice(0, -2)}AA`;
    expect(await code(ask({ status: 'active', cursor: altered }))).to.equal('cursor_invalid');
  });

  const wrong: Record<string, object> = {
    'an unknown filter': { color: 'red' },
    'a list of words': { text: ['a'] },
    'no word at all': { text: ' \u200b ' },
    'what cannot be stored': { text: 'a\0' },
    'too long a text': { text: 'a'.repeat(201) },
    'a day without a time': { lastSignInBefore: '2026-01-01' },
    'an unknown factor': { factor: `totp') or true --` },
    'an unknown sort': { sort: 'email' },
    'too many at once': { limit: 201 },
    'a unit that is no id': { unit: '1 or 1=1' },
    'a role with a wildcard': { role: '%' },
  };
  for (const [name, input] of Object.entries(wrong)) {
    it(`refuses ${name}`, async () => expect(await code(ask(input))).to.equal('input_invalid'));
  }

  it('takes moments in any offset', async () => {
    const all = aFewPeople.filter(
      ({ lastSignIn }) => lastSignIn !== undefined && lastSignIn >= new Date('2026-11-30T22:30:00Z'),
    );
    const { items } = await ask({ limit: 200, lastSignInAfter: '2026-12-01T00:30:00+02:00' });
    expect(idsOf(items)).to.have.members(idsOf(all));
  });
});
