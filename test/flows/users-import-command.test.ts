import { join } from 'node:path';
import { expect } from 'chai';
import { unseal } from '../../src/kernel/crypto.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { totpCode } from '../support/totp.ts';
import { BCRYPT, OPERATOR, PASSWORD, useUsersCommand } from '../support/users-command.ts';

const PBKDF2 = '$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('the users command', () => {
  const setup = useUsersCommand();
  const { mfaKeys, totp, accounts, run, trail, file, count } = setup;

  describe('import', () => {
    it('makes every account, with its hash, its second factor and its audit event', async () => {
      const path = await file(
        {
          email: 'Ada@example.org',
          name: 'Ada Lovelace',
          roles: ['nurse', 'ward-3'],
          email_verified: true,
          password_hash: BCRYPT,
        },
        '',
        {
          email: 'bob@example.org',
          name: 'Bob',
          password_hash: PBKDF2,
          totp_secret: 'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp',
        },
        { email: 'cy@example.org', name: 'Cy', password_hash: null, totp_secret: null },
      );
      const { printed, error } = await run(['import', path]);
      expect(error).to.equal(undefined);
      expect(printed).to.deep.equal(['Imported 3 accounts.']);

      const ada = await accounts().findByIdentifier('ada@example.org');
      expect(ada).to.deep.include({
        email: 'Ada@example.org',
        emailVerified: true,
        roles: ['nurse', 'ward-3'],
      });
      expect(ada?.passwordHash).to.match(/^\$wrapped\$bcrypt\$c=5,l=23\$/);
      expect((await setup.hasher.verify(ada?.passwordHash, 'U*U')).matches).to.equal(true);
      const cy = await accounts().findByIdentifier('cy@example.org');
      expect(cy)
        .to.deep.include({ emailVerified: false, roles: [], status: 'active' })
        .and.not.have.property('passwordHash');

      const bob = (await accounts().findByIdentifier('bob@example.org'))?.id ?? '';
      const factors = await setup.database.query<{
        account_id: string;
        sealed_by: string;
        sealed_seed: string;
      }>('select * from totp_authenticators');
      expect(factors).to.have.length(1);
      expect(factors[0]).to.include({ account_id: bob, sealed_by: 'mfa' });
      expect(JSON.stringify(factors)).to.not.include(SECRET);
      expect(unseal(mfaKeys, `totp:${bob}`, factors[0]?.sealed_seed ?? '').toString()).to.equal(SECRET);
      // The app that its owner has already works at once, and is a factor like any other.
      const code = totpCode(SECRET);
      expect(await totp().list(bob)).to.have.length(1);
      expect(await totp().match(bob, code)).to.have.property(
        'authenticatorId',
        (await totp().list(bob))[0]?.id,
      );

      const events = await trail();
      expect(events).to.have.length(3);
      for (const event of events) {
        expect(event).to.deep.include({
          type: 'account.created',
          outcome: 'success',
          actor_kind: 'command',
          command: 'gatehouse users import',
          operator: OPERATOR.user,
        });
        expect(event.details as { source?: string }).to.include({ source: 'import' });
      }
    });

    it('imports more than a batch', async () => {
      const people = Array.from({ length: 1203 }, (_, i) => ({
        email: `person${i}@example.org`,
        name: `Person ${i}`,
      }));
      expect((await run(['import', await file(...people)])).printed).to.deep.equal([
        'Imported 1203 accounts.',
      ]);
      expect(await count()).to.equal(1203);
      expect(await trail()).to.have.length(1203);
    });

    it('only checks with --dry-run', async () => {
      const { printed, error } = await run([
        'import',
        '--dry-run',
        await file({ email: 'ada@example.org', name: 'Ada' }),
      ]);
      expect(error).to.equal(undefined);
      expect(printed).to.deep.equal(['The file is good: 1 account would be imported.']);
      expect(await count()).to.equal(0);
    });

    const good = { email: 'good@example.org', name: 'Good' };
    const bad: Record<string, [line: object | string, message: RegExp]> = {
      'malformed JSON': [
        '{"email": "x@example.org", ',
        /^line 2: the line is not JSON \(column 28: the text ends too early; expected a name in double quotes \("\)\)$/,
      ],
      'no object': ['["x"]', /^line 2: the line is not a JSON object$/],
      'an unknown field': [{ ...good, email: 'x@example.org', shoe_size: 9 }, /unknown fields: shoe_size$/],
      'a field that would move the cursor': [
        { ...good, email: 'x@example.org', '\u001b[2J': 1 },
        /unknown fields: \?\[2J$/,
      ],
      'a prototype': [
        '{"email":"x@example.org","name":"X","__proto__":{"roles":["admin"]}}',
        /unknown fields: __proto__$/,
      ],
      'a plain password': [
        { ...good, email: 'x@example.org', password: PASSWORD },
        /a plain password is never taken/,
      ],
      'a plain password where its hash belongs': [
        { ...good, email: 'x@example.org', password_hash: PASSWORD },
        /password_hash: .*neither a PHC string nor bcrypt/,
      ],
      'a hash that would take minutes': [
        { ...good, email: 'x@example.org', password_hash: BCRYPT.replace('05', '31') },
        /password_hash: .*too much time or memory/,
      ],
      'no name': [{ email: 'x@example.org' }, /name: /],
      'no address': [{ name: 'X' }, /email: /],
      'what is no address': [{ email: 'x', name: 'X' }, /email: is not an e-mail address/],
      'what is no role': [{ ...good, email: 'x@example.org', roles: ['ok', 'Not OK'] }, /roles\.1: /],
      'too many roles': [
        { ...good, email: 'x@example.org', roles: Array(101).fill('r') },
        /roles: are too many/,
      ],
      'a yes for a boolean': [{ ...good, email: 'x@example.org', email_verified: 'yes' }, /email_verified: /],
      'a NUL in the name': [{ email: 'x@example.org', name: 'a\0b' }, /name: must be one line/],
      'a short TOTP secret': [
        { ...good, email: 'x@example.org', totp_secret: 'JBSWY3DP' },
        /totp_secret: is not a base32 secret/,
      ],
      'a TOTP secret that is not base32': [
        { ...good, email: 'x@example.org', totp_secret: `${SECRET}1` },
        /totp_secret: /,
      ],
      'an address twice, in another spelling': [
        { ...good, email: 'GOOD@example.org' },
        /email: GOOD@example\.org is on line 1 already/,
      ],
      'an address that has an account': [{ ...good, email: 'There@example.org' }, /has an account already/],
      'a line of 10 MB': [
        { ...good, email: 'x@example.org', name: 'x'.repeat(10_000_000) },
        /line 2: the line is longer than 65536 bytes/,
      ],
    };
    for (const [name, [line, message]] of Object.entries(bad)) {
      it(`refuses the file for ${name}, and writes nothing`, async () => {
        await asFixture(setup.database, (tx) =>
          accounts().create(tx, { email: 'there@example.org', name: 'There' }),
        );
        const outcome = await run([
          'import',
          await file(good, line, { email: 'last@example.org', name: 'Last' }),
        ]);
        expect(outcome.error).to.include({ code: 'import_refused' });
        expect(outcome.error?.safeMessage).to.equal('Nothing was imported: 1 of 3 lines cannot be used.');
        expect(outcome.warned).to.have.length(1);
        expect(outcome.warned[0])
          .to.match(/^line 2: /)
          .and.match(message);
        expect(outcome.warned[0]).to.not.include(PASSWORD);
        expect(await count()).to.equal(1);
      });
    }

    it('reports every line that is wrong, also as JSON', async () => {
      const path = await file('x', good, '{}', { ...good, name: '' }, 'y');
      const { warned } = await run(['import', path]);
      expect(warned.map((line) => line.split(':')[0])).to.deep.equal([
        'line 1',
        'line 3',
        'line 4',
        'line 5',
      ]);
      expect(warned[1]).to.match(/email: .*; name: /);
      const { printed } = await run(['import', '--json', path]);
      const report = JSON.parse(printed.join(''));
      expect(report).to.include({ accounts: 0, lines: 5 });
      expect(report.problems.map(({ line }: { line: number }) => line)).to.deep.equal([1, 3, 4, 5]);
    });

    it('refuses an empty file, a folder, and a file that is not there', async () => {
      expect((await run(['import', await file('', ' ')])).error?.code).to.equal('import_empty');
      expect((await run(['import', setup.folder])).error?.code).to.equal('file_unreadable');
      expect((await run(['import', join(setup.folder, 'nowhere')])).error?.code).to.equal('file_unreadable');
    });
  });
});
