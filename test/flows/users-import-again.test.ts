import { expect } from 'chai';
import { asFixture, fixture, fixtures } from '../support/evidence/fixture.ts';
import { BCRYPT, useUsersCommand } from '../support/users-command.ts';

/** What a line may say, and what becomes of a file that is given again. */
describe('the users command', () => {
  const setup = useUsersCommand();
  const { accounts, run, trail, file, count } = setup;

  describe('import', () => {
    it('stops where an address is taken while it writes, and goes on there', async () => {
      const people = Array.from({ length: 600 }, (_, i) => ({
        email: `person${i}@example.org`,
        name: `Person ${i}`,
      }));
      const store = accounts();
      let batches = 0;
      const racing = {
        ...store,
        createMany: async (...[tx, inputs]: Parameters<typeof store.createMany>) => {
          batches += 1;
          if (batches === 2)
            await store.create(fixtures(setup.database), { email: 'person599@example.org', name: 'Quicker' });
          return store.createMany(tx, inputs);
        },
      };
      const path = await file(...people);
      const { error } = await run(['import', path], { app: { accounts: racing } });
      expect(error?.code).to.equal('import_overtaken');
      expect(error?.safeMessage).to.include('Stopped at line 600');
      expect(await count()).to.equal(501);
      expect((await run(['import', path])).error?.code).to.equal('import_refused');
      await fixture(setup.database, `delete from accounts where name = 'Quicker'`);
      expect((await run(['import', path])).printed).to.deep.equal([
        'Imported 100 accounts; 500 of its lines were imported before.',
      ]);
      expect(await trail()).to.have.length(600);
    });

    it('takes what people bring along', async () => {
      const line = {
        email: 'Ada@example.org',
        name: 'Ada Lovelace',
        sub: 'legacy|42',
        username: 'Ada.L',
        given_name: 'Ada',
        family_name: 'Lovelace',
        locale: 'en-GB',
        zoneinfo: 'Europe/Lisbon',
        status: 'disabled',
        password_hash: BCRYPT,
        password_changed_at: '2025-01-31T08:00:00+01:00',
        must_change_password: true,
      };
      expect((await run(['import', await file(line)])).error).to.equal(undefined);
      const ada = await accounts().findByIdentifier('ada.l');
      expect(ada).to.deep.include({
        ...{ email: 'Ada@example.org', sub: 'legacy|42', username: 'Ada.L', givenName: 'Ada' },
        ...{ familyName: 'Lovelace', locale: 'en-GB', zoneinfo: 'Europe/Lisbon', status: 'disabled' },
        passwordMustChange: true,
        passwordChangedAt: new Date('2025-01-31T07:00:00Z'),
      });
      expect(ada?.passwordHash).to.match(/^\$wrapped\$bcrypt\$c=5,l=23\$/);
      expect(await accounts().findBySub('legacy|42')).to.deep.equal(ada);
      expect(await accounts().findBySub('LEGACY|42')).to.equal(undefined);
      expect(await accounts().findBySub(ada?.id ?? '')).to.equal(undefined);
      const [created] = await trail();
      expect(created?.details).to.include({ disabled: true });
    });

    it('knows a line again whatever its person has changed since, and twice is once', async () => {
      const lines = ['ada', 'bo'].map((name) => ({
        email: `${name}@example.org`,
        name,
        password_hash: BCRYPT,
      }));
      const path = await file(...lines);
      await run(['import', path]);
      await fixture(
        setup.database,
        `update accounts set email = 'x@example.org', email_key = 'x@example.org', name = 'X', password_hash = null
         where name = 'ada'`,
      );
      const again = await run(['import', '--json', path]);
      expect(JSON.parse(again.printed.join(''))).to.include({
        accounts: 0,
        unchanged: 2,
        lines: 2,
        wrong: 0,
      });
      expect(await count()).to.equal(2);
      expect(await trail()).to.have.length(2);
      // The order of fields says nothing; what they say does.
      const [ada, bo] = lines;
      const turned = Object.fromEntries(Object.entries(ada ?? {}).reverse());
      expect((await run(['import', await file(turned)])).error).to.equal(undefined);
      const changed = await run(['import', await file({ ...bo, name: 'Bob' })]);
      expect(changed.warned[0]).to.match(
        /bo@example\.org has an account already, which this line has not made/,
      );
      expect(await count()).to.equal(2);
    });

    it('makes each account once when two import the same file at the same time', async () => {
      const people = Array.from({ length: 700 }, (_, i) => ({ email: `p${i}@example.org`, name: `P ${i}` }));
      const path = await file(...people);
      const outcomes = await Promise.all([run(['import', '--json', path]), run(['import', '--json', path])]);
      expect(outcomes.map(({ error }) => error?.code)).to.deep.equal([undefined, undefined]);
      const made = outcomes.map(({ printed }) => JSON.parse(printed.join('')).accounts as number);
      expect(made[0] ?? 0).to.equal(700 - Number(made[1]));
      expect(await count()).to.equal(700);
      expect(await trail()).to.have.length(700);
    });

    it('tells the first thousand lines that are wrong, and how many there are', async () => {
      const { warned, error } = await run(['import', await file(...Array(1002).fill('x'))]);
      expect(warned).to.have.length(1001);
      expect(warned.at(-1)).to.equal('… and 2 more lines');
      expect(error?.safeMessage).to.contain('1002 of 1002 lines');
    });

    const odd: Record<string, [line: object, message: RegExp]> = {
      'a subject that is no ASCII': [{ sub: 'é' }, /sub: must be 1 to 255 ASCII/],
      'an empty subject': [{ sub: '' }, /sub: /],
      'a subject of 256 characters': [{ sub: 'x'.repeat(256) }, /sub: /],
      'the name of our own pages as a subject': [{ sub: 'gatehouse' }, /sub: /],
      'a subject that is on another line': [{ sub: 'S-1' }, /sub: S-1 is on line 1 already/],
      'a user name with an @': [{ username: 'a@b' }, /username: must be/],
      'a user name with an @ of another width': [{ username: 'a\uFF20b' }, /username: must be/],
      'a user name that is an id': [
        { username: '00000000-0000-4000-8000-000000000000' },
        /username: must be/,
      ],
      'a user name that is on another line, in other letters': [
        { username: 'ONE' },
        /username: ONE is on line 1/,
      ],
      'a locale that is none': [{ locale: 'english please' }, /locale: is not a BCP 47/],
      'a zone that is none': [{ zoneinfo: 'Mars/Olympus' }, /zoneinfo: is not a name/],
      'another status': [{ status: 'locked' }, /status: /],
      'a date without a time': [{ password_changed_at: '2025-01-31' }, /password_changed_at: /],
      'a password from the future': [
        { password_changed_at: '2999-01-01T00:00:00Z' },
        /must not be in the future/,
      ],
      'a list for a text': [{ sub: ['x'] }, /sub: /],
    };
    for (const [name, [fields, message]] of Object.entries(odd)) {
      it(`refuses the file for ${name}`, async () => {
        const first = { email: 'one@example.org', name: 'One', sub: 'S-1', username: 'one' };
        const path = await file(first, { email: 'x@example.org', name: 'X', ...fields });
        const { warned, error } = await run(['import', path]);
        expect(error?.code).to.equal('import_refused');
        expect(warned.join('\n'))
          .to.match(message)
          .and.match(/^line 2: /);
        expect(await count()).to.equal(0);
      });
    }

    it('refuses subjects and user names that are taken', async () => {
      const made = await asFixture(setup.database, (tx) =>
        accounts().create(tx, { email: 'there@example.org', name: 'There', username: 'There' }),
      );
      await fixture(
        setup.database,
        `insert into clients (id, metadata, created_at, updated_at) values ('wiki', '{}', now(), now())`,
      );
      try {
        for (const [fields, message] of [
          [{ username: 'THERE' }, /username: THERE is another account's/],
          [{ sub: made.id }, /is the subject of another account or the id of a client/],
          [{ sub: made.id.toUpperCase() }, /is the subject of another account/],
          [{ sub: 'wiki' }, /sub: wiki is the subject/],
        ] as const) {
          const { warned } = await run([
            'import',
            await file({ email: 'x@example.org', name: 'X', ...fields }),
          ]);
          expect(warned.join('\n')).to.match(message);
        }
        // Subjects are compared letter by letter.
        expect(
          (await run(['import', await file({ email: 'x@example.org', name: 'X', sub: 'Wiki' })])).error,
        ).to.equal(undefined);
      } finally {
        await fixture(setup.database, `delete from clients where id = 'wiki'`);
      }
    });
  });
});
