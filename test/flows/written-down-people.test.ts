import { expect } from 'chai';
import { createLogger } from '../../src/log.ts';
import { logStartWarnings } from '../../src/wire/start-warnings.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { useWrittenDown } from '../support/written-down.ts';

/** What a person writes into a file or after a command is honoured, or named. */
describe('what is written down for a command', () => {
  const setup = useWrittenDown();
  const { run, file } = setup;

  describe('roles', () => {
    const warning = (role: string, nearest?: string) =>
      `nobody has the role "${role}" yet, and no setting names it${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
    const people = ['--no-password', '--name', 'Ada Lovelace'];

    it('users create warns of what nobody has and no policy names', async () => {
      const { warned, error } = await run(
        ...['users', 'create', '--email', 'a1@example.org', ...people],
        ...['--role', 'adminstrator', '--role', 'nurze', '--role', 'zebra'],
      );
      expect(error).to.equal(undefined);
      expect(warned.slice(-3)).to.deep.equal([
        warning('adminstrator', 'administrator'),
        warning('nurze', 'nurse'),
        warning('zebra'),
      ]);
    });

    it('but not of what somebody has, a policy names, or every installation has', async () => {
      const { warned } = await run(
        ...['users', 'create', '--email', 'a2@example.org', ...people],
        ...['--role', 'nurse', '--role', 'clinician', '--role', 'pharmacist', '--role', 'administrator'],
      );
      expect(warned.join()).not.to.contain('nobody has');
    });

    it('users invite', async () => {
      const { warned, printed } = await run(
        ...['users', 'invite', '--email', 'a3@example.org', '--name', 'Ada', '--role', 'clinicain', '--json'],
      );
      expect(warned).to.deep.equal([warning('clinicain', 'clinician')]);
      expect(JSON.parse(printed)).to.include({ email: 'a3@example.org' });
    });

    it('users import, with the first line of each, tried or done', async () => {
      const path = await file(
        ['"doktor"', '"nurse"', '"doktor","clinicians"']
          .map((roles, index) => `{"email":"i${index}@example.org","name":"I","roles":[${roles}]}`)
          .join('\n'),
      );
      const expected = [`line 1: ${warning('doktor')}`, `line 3: ${warning('clinicians', 'clinician')}`];
      expect((await run('users', 'import', '--dry-run', path)).warned).to.deep.equal(expected);
      const { printed } = await run('users', 'import', '--json', path);
      expect(JSON.parse(printed).warnings).to.deep.equal([
        { line: 1, message: warning('doktor') },
        { line: 3, message: warning('clinicians', 'clinician') },
      ]);
    });

    it('of policies that nobody has are in the log of the start, and clients that are refused', async () => {
      const lines: string[] = [];
      const log = createLogger({ server: { logLevel: 'warn' } }, { write: (line) => void lines.push(line) });
      await fixture(setup.server.app.database, `update accounts set roles = '{nurse}'`);
      await fixture(
        setup.server.app.database,
        `insert into clients (id, metadata, created_at, updated_at) values ('broken', '[]', now(), now())`,
      );
      await logStartWarnings({ ...setup.server.app, log }, { JWT_SECRET: 'hunter2-hunter2' });
      const text = lines.join('');
      expect(text).to.contain('"client":"broken"').and.contain('a stored client is refused');
      expect(text).to.contain('SESSION_POLICIES: nobody has the role').and.contain('clinician');
      expect(text).to.contain('PASSWORD_EXPIRY_ROLES: nobody has the role');
      expect(text).to.contain('JWT_SECRET: is no setting of Gatehouse').and.not.contain('hunter2');
    });
  });

  describe('users import', () => {
    const importing = async (...lines: string[]) =>
      (await run('users', 'import', '--dry-run', await file(lines.join('\n')))).warned.join('\n');

    it('answers unknown fields with the nearest', async () => {
      const text = await importing(
        '{"emial":"x@example.org","name":"X","role":["a"],"emailVerified":true,"shoe_size":9}',
      );
      expect(text).to.contain('emial (did you mean email?)').and.contain('role (did you mean roles?)');
      expect(text)
        .to.contain('emailVerified (did you mean email_verified?)')
        .and.match(/shoe_size$/);
    });

    it('refuses a field that is there twice', async () => {
      expect(
        await importing('{"email":"x@example.org","name":"X","roles":["a"],"roles":["administrator"]}'),
      ).to.equal('line 1: fields that are there twice: roles');
    });

    it('says so of a table', async () => {
      expect(await importing('E-Mail;Name;Roles', 'x@example.org;X;nurse')).to.match(
        /^line 1: the line is the head of a table \(CSV\).*\nline 2: the line is not JSON \(column 1: .*\)$/,
      );
    });

    it('speaks of wrong types in words of ours', async () => {
      const text = await importing(
        '{"email":17,"name":null,"roles":"nurse","email_verified":"true","password_hash":1,"totp_secret":1}',
      );
      expect(text).not.to.match(/Invalid|received/);
      expect(text)
        .to.contain('roles: is text; must be a list')
        .and.contain('email_verified: is text; must be true or false');
    });
  });
});
