import { expect } from 'chai';
import { listedPeople } from '../../../src/domain/accounts/listing/facts-store.ts';
import type { PeopleFilters, PeopleSort } from '../../../src/domain/accounts/listing/filters.ts';
import {
  PAGE_BOUNDS,
  type PageBounds,
  type PeoplePlace,
  pageOfPeople,
} from '../../../src/domain/accounts/listing/listing-store.ts';
import { searchedWords, wordsOf } from '../../../src/domain/accounts/listing/words.ts';
import type { Executor } from '../../../src/storage/database.ts';
import { aFewPeople, type MadePerson, useFewPeople } from '../../support/few-people.ts';

const NOW = new Date('2026-12-01T12:00:00.000Z');
/** So few that every way of finding people is gone with a few hundred of them. */
const NARROW: PageBounds = { sortedAtOnce: 8, alone: 40, combined: 25, merged: 45, ofUnit: 3 };
const LIMIT = 30;

/** Not of whoever is disabled already, or has signed in since. */
const dormantAt = ({ dormantAt: told, backAgain, status }: MadePerson) =>
  backAgain || status === 'disabled' ? undefined : told;

describe('lists of people', () => {
  const made = useFewPeople();
  const { database, units } = made;

  /** Every page, one after the other. */
  async function all(
    filters: PeopleFilters,
    sort: PeopleSort,
    { within, bounds }: { within: readonly string[] | undefined; bounds: PageBounds },
  ): Promise<string[]> {
    const ids: string[] = [];
    let after: PeoplePlace | undefined;
    for (let pages = 0; ; pages += 1) {
      expect(pages, 'the list has an end').to.be.below(1_000);
      const options = { filters, sort, limit: LIMIT, after, units: within, now: NOW };
      const page = await pageOfPeople(database(), options, bounds);
      expect(page.ids.length).to.be.at.most(LIMIT);
      ids.push(...page.ids);
      if (page.next === undefined) return ids;
      after = page.next;
    }
  }

  const cases: Record<string, [PeopleFilters, (person: MadePerson) => boolean]> = {
    everybody: [{}, () => true],
    text: [{ text: 'MÁR' }, (person) => hasWord(person, 'mar')],
    'an address': [{ text: 'p1' }, (person) => hasWord(person, 'p1')],
    'two words': [{ text: 'lo ma' }, (person) => hasWord(person, 'lo') && hasWord(person, 'ma')],
    'a wildcard': [{ text: '%' }, () => false],
    active: [{ status: 'active' }, ({ status }) => status === 'active'],
    disabled: [{ status: 'disabled' }, ({ status }) => status === 'disabled'],
    role: [{ role: 'nurse' }, ({ roles }) => roles.includes('nurse')],
    'a role whose time is over': [{ role: 'locum' }, ({ roles, ended }) => roles.includes('locum') && !ended],
    locked: [{ locked: true }, ({ locked }) => locked],
    'not locked': [{ locked: false }, ({ locked }) => !locked],
    'no factor': [{ factor: 'none' }, ({ factors }) => factors.length === 0],
    'any factor': [{ factor: 'any' }, ({ factors }) => factors.length > 0],
    passkey: [{ factor: 'passkey' }, ({ factors }) => factors.includes('passkey')],
    totp: [{ factor: 'totp' }, ({ factors }) => factors.includes('totp')],
    'last sign-in before': [
      { lastSignInBefore: new Date('2026-06-01T00:00:00Z') },
      ({ lastSignIn }) => lastSignIn === undefined || lastSignIn < new Date('2026-06-01T00:00:00Z'),
    ],
    'last sign-in after': [
      { lastSignInAfter: new Date('2026-06-01T00:00:00Z') },
      ({ lastSignIn }) => lastSignIn !== undefined && lastSignIn >= new Date('2026-06-01T00:00:00Z'),
    ],
    'told that they are dormant': [
      { dormantBefore: new Date('2026-12-15T00:00:00Z') },
      (person) => dormantAt(person) !== undefined && Number(dormantAt(person)) < Date.UTC(2026, 11, 15),
    ],
    invited: [{ invited: true }, ({ invited }) => invited],
    'not invited': [{ invited: false }, ({ invited }) => !invited],
    'a value of an attribute': [
      { attribute: { name: 'department', value: 'CARDIOLOGIA' } },
      ({ attributes }) => attributes.department === 'Cardiología',
    ],
    'one of several values': [
      { attribute: { name: 'languages', value: 'ko' } },
      ({ attributes }) => attributes.languages !== undefined,
    ],
    'a number': [
      { attribute: { name: 'beds', value: 12.5 } },
      ({ attributes }) => attributes.beds !== undefined,
    ],
    'a beginning of a value': [{ attribute: { name: 'department', value: 'cardio' } }, () => false],
    'a value and a role': [
      { attribute: { name: 'onCall', value: true }, role: 'nurse' },
      ({ attributes, roles }) => attributes.onCall === true && roles.includes('nurse'),
    ],
    'several filters': [
      { text: 'ma', status: 'active', factor: 'totp' },
      (person) => hasWord(person, 'ma') && person.status === 'active' && person.factors.includes('totp'),
    ],
  };

  for (const [name, [filters, matches]] of Object.entries(cases)) {
    it(`find ${name}: everybody once, in order, whichever way it is gone`, async () => {
      for (const by of ['name', 'created', 'last_sign_in'] as const)
        for (const descending of [false, true])
          for (const within of [undefined, units.small, units.both, []])
            for (const bounds of [PAGE_BOUNDS, NARROW]) {
              const expected = aFewPeople
                .filter(matches)
                .filter(({ unit }) => within === undefined || (unit !== undefined && within.includes(unit)));
              const ids = await all(filters, { by, descending }, { within, bounds });
              const said = `${by} ${descending} ${within?.length} ${bounds.alone}`;
              expect(ids, said).to.have.members(expected.map(({ id }) => id));
              if (filters.text === undefined || by !== 'name' || bounds === PAGE_BOUNDS)
                expect(ids, said).to.deep.equal(sorted(expected, by, descending));
            }
    });
  }

  it('may show few of many, and always go on', async () => {
    const options = { sort: { by: 'created', descending: false }, limit: 5, now: NOW } as const;
    const filters = { status: 'disabled', factor: 'none' } as const;
    const page = await pageOfPeople(database(), { ...options, filters }, NARROW);
    expect(page.ids.length).to.be.below(5);
    expect(page.next).to.not.equal(undefined);
  });

  it('take the same statements for one person and for many', async () => {
    const counted = async (limit: number, filters: PeopleFilters) => {
      let statements = 0;
      const executor: Executor = {
        query: (statement, values) => {
          statements += 1;
          return database().query(statement, values);
        },
      };
      const options = { filters, sort: { by: 'name', descending: false }, limit, now: NOW } as const;
      await listedPeople(executor, (await pageOfPeople(executor, options)).ids, NOW);
      return statements;
    };
    for (const filters of [{}, { status: 'active' }, { text: 'ma' }] as const)
      expect(await counted(1, filters)).to.equal(await counted(200, filters));
  });

  it('tell what there is to know of each, in the order that was asked for', async () => {
    const wanted = aFewPeople.slice(0, 40).reverse();
    const ids = wanted.map(({ id }) => id);
    const told = await listedPeople(database(), [...ids, '00000000-0000-4000-8000-00000000dead'], NOW);
    expect(told.map(({ id }) => id)).to.deep.equal(ids);
    for (const [index, person] of wanted.entries()) {
      expect(told[index]).to.deep.include({
        email: person.email,
        status: person.status,
        roles: person.roles.filter((role) => role !== 'locum' || !person.ended),
        factors: person.factors,
        invited: person.invited,
        lastSignIn: person.lastSignIn,
        dormantAt: dormantAt(person),
      });
      expect(told[index]?.lockedUntil !== undefined).to.equal(person.locked);
      expect(told[index]?.unit?.id).to.equal(person.unit);
    }
  });
});

const hasWord = (person: MadePerson, beginning: string) =>
  wordsOf(person).some((word) => word.startsWith(String(searchedWords(beginning)[0]?.from)));

function sorted(people: readonly MadePerson[], by: PeopleSort['by'], descending: boolean): string[] {
  const keyOf = (person: MadePerson): string | number =>
    by === 'name'
      ? person.nameKey
      : by === 'created'
        ? person.createdAt.getTime()
        : (person.lastSignIn?.getTime() ?? Number.NEGATIVE_INFINITY);
  const order = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  const ascending = [...people].sort((a, b) => order(keyOf(a), keyOf(b)) || order(a.id, b.id));
  return (descending ? ascending.reverse() : ascending).map(({ id }) => id);
}
