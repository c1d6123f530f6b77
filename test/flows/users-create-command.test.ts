import { expect } from 'chai';
import type { PasswordPrompt } from '../../src/commands/password-prompt.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { OPERATOR, PASSWORD, useUsersCommand } from '../support/users-command.ts';

describe('the users command', () => {
  const setup = useUsersCommand();
  const { accounts, nobody, run, trail, count } = setup;

  describe('create', () => {
    const ada = ['create', '--email', 'ada@example.org', '--name', 'Ada Lovelace'];
    const answering = (...answers: string[]): PasswordPrompt => ({
      ...nobody,
      interactive: true,
      askHidden: async () => answers.shift() ?? '',
    });
    const piping = (line: string): PasswordPrompt => ({ ...nobody, readLine: async () => line });

    it('makes an account with roles and a password from the standard input, and its event', async () => {
      const words = [
        ...ada,
        '--role',
        'nurse',
        '--role',
        'admin',
        '--email-verified',
        '--password-stdin',
        '--json',
      ];
      const { printed, warned, error } = await run(words, { prompt: piping(PASSWORD) });
      expect(error).to.equal(undefined);
      const view = JSON.parse(printed.join(''));
      expect(view).to.deep.include({
        email: 'ada@example.org',
        emailVerified: true,
        name: 'Ada Lovelace',
        roles: ['nurse', 'admin'],
        status: 'active',
        password: 'argon2id',
      });
      const made = await accounts().findById(view.id);
      expect(await setup.hasher.verify(made?.passwordHash, PASSWORD)).to.include({ matches: true });
      const [event, ...more] = await trail();
      expect(more).to.have.length(0);
      expect(event).to.deep.include({
        type: 'account.created',
        actor_kind: 'command',
        account: view.id,
        command: 'gatehouse users create',
        operator: OPERATOR.user,
      });
      expect(event?.details).to.include({ source: 'command' });
      for (const text of [...printed, ...warned, JSON.stringify(event)]) {
        expect(text).to.not.include(PASSWORD).and.not.include('$argon2');
      }
    });

    it('asks twice on a terminal', async () => {
      expect((await run(ada, { prompt: answering(PASSWORD, PASSWORD) })).error).to.equal(undefined);
      const made = await accounts().findByIdentifier('ada@example.org');
      expect((await setup.hasher.verify(made?.passwordHash, PASSWORD)).matches).to.equal(true);
    });

    describe('in production', () => {
      const app = { config: { environment: 'production' } } as const;

      it('asks nobody for a password, and says how its owner gets one', async () => {
        for (const words of [
          ada,
          [...ada.slice(0, 2), 'eve@example.org', ...ada.slice(3), '--no-password'],
        ]) {
          const { error, warned } = await run(words, { prompt: { ...nobody, interactive: true }, app });
          expect(error).to.equal(undefined);
          expect(warned.join(' ')).to.include('No password is set').and.include('gatehouse users invite');
        }
        expect(await accounts().findByIdentifier('ada@example.org')).to.not.have.property('passwordHash');
      });

      it('takes a piped password for the first sign-in only, and the trail says so', async () => {
        const words = [...ada, '--password-stdin'];
        const { error, printed } = await run(words, { prompt: piping(PASSWORD), app });
        expect(error).to.equal(undefined);
        expect(printed[1]).to.include('first sign-in');
        const made = await accounts().findByIdentifier('ada@example.org');
        expect(made?.passwordMustChange).to.equal(true);
        expect((await trail()).map(({ type, command }) => [type, command])).to.have.deep.members([
          ['account.created', 'gatehouse users create'],
          ['password.change_required', 'gatehouse users create'],
        ]);
        await fixture(setup.database, 'delete from accounts');
        const json = await run([...words, '--json'], { prompt: piping(PASSWORD), app });
        expect(JSON.parse(json.printed.join(''))).to.include({ passwordChange: 'must_change' });
      });

      it('but not elsewhere: a developer’s account is ready', async () => {
        await run([...ada, '--password-stdin'], { prompt: piping(PASSWORD) });
        const made = await accounts().findByIdentifier('ada@example.org');
        expect(made?.passwordMustChange).to.equal(false);
      });
    });

    it('makes none when the two answers differ', async () => {
      const { error } = await run(ada, { prompt: answering(PASSWORD, `${PASSWORD} `) });
      expect(error?.code).to.equal('passwords_differ');
      expect(await count()).to.equal(0);
    });

    it('leaves the password open when nobody sits there, nothing is answered, or none is wanted', async () => {
      for (const [words, prompt] of [
        [ada, nobody],
        [ada, answering('')],
        [[...ada, '--no-password'], { ...nobody, interactive: true }],
      ] as const) {
        const { error, warned, printed } = await run([...words], { prompt });
        expect(error).to.equal(undefined);
        expect(printed[0]).to.match(/^Created ada@example\.org with the id [0-9a-f-]{36}\.$/);
        expect(warned[0]).to.include('No password is set');
        expect(await accounts().findByIdentifier('ada@example.org')).to.not.have.property('passwordHash');
        await fixture(setup.database, 'delete from accounts');
      }
    });

    const refused: Record<string, [string[], string, RegExp]> = {
      'a short password': [[...ada, '--password-stdin'], 'too short', /at least 12 characters/],
      'no password, though one was promised': [[...ada, '--password-stdin'], '', /at least 12/],
      'a password that everybody has': [
        [...ada, '--password-stdin'],
        'Password1234',
        /list of common and breached passwords/,
      ],
      'a password that is easy to guess': [
        [...ada, '--password-stdin'],
        'abcabcabcabcabc',
        /harder to guess/,
      ],
      'a password with the name in it': [
        [...ada, '--password-stdin'],
        'my friend lovelace',
        /must not contain the name/,
      ],
      'a bad address': [['create', '--email', 'ada', '--name', 'Ada'], '', /"ada" is not an e-mail address/],
      'a bad name': [['create', '--email', 'ada@example.org', '--name', ' '], '', /one line/],
      'a bad role': [[...ada, '--role', 'The Boss'], '', /"The Boss" is not a role/],
    };
    for (const [name, [words, password, message]] of Object.entries(refused)) {
      it(`refuses ${name}`, async () => {
        const { error } = await run(words, { prompt: piping(password) });
        expect(error?.safeMessage).to.match(message);
        expect(await count()).to.equal(0);
      });
    }

    it('refuses an address that is taken, before it asks for a password', async () => {
      await run([...ada, '--no-password']);
      const again = ['create', '--email', 'ADA@example.org', '--name', 'Ada'];
      expect((await run(again, { prompt: { ...nobody, interactive: true } })).error?.code).to.equal(
        'account_exists',
      );
      expect(await count()).to.equal(1);
    });

    it('lets one of several at the same time win, and the trail tells of one', async () => {
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => run([...ada, '--no-password'])));
      expect(outcomes.filter(({ error }) => error === undefined)).to.have.length(1);
      expect(outcomes.filter(({ error }) => error?.code === 'account_exists')).to.have.length(9);
      expect(await trail()).to.have.length(1);
    });
  });
});
