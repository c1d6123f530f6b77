import { expect } from 'chai';
import { factors } from '../../src/administration/factors.ts';
import type { AccessAct } from '../../src/lifecycle/end-of-access.ts';
import { type Belongings, type Left, LINK_KINDS } from '../support/access.ts';
import { act } from '../support/administration.ts';
import { command } from '../support/commands.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { addApp, typeCode, typePassword } from '../support/factors.ts';
import type { TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

export const CHOSEN = 'marble otters juggle quietly';
const UNDOING = ['factorAdded', 'formerAddress'] as const;
const OWNERS = ['notMe', ...UNDOING] as const;

export const EVERYTHING: Left = {
  ownSession: true,
  otherSession: true,
  ownTokens: true,
  otherTokens: true,
  waiting: true,
  complete: true,
  trustedDevices: 1,
  temporaryCode: true,
  links: LINK_KINDS,
};
const NOTHING: Left = {
  ownSession: false,
  otherSession: false,
  ownTokens: false,
  otherTokens: false,
  waiting: false,
  complete: false,
  trustedDevices: 0,
  temporaryCode: false,
  links: [],
};
/** Where only what is elsewhere ends. */
const OWN: Left = { ...NOTHING, ownSession: true, ownTokens: true, trustedDevices: 1 };

interface Act {
  readonly name: string;
  readonly act: AccessAct;
  readonly does: (server: TestServer, belongings: Belongings) => Promise<unknown>;
  readonly leaves: Left;
  /** With which password the person signs in after it; none where they do not. */
  readonly thenWith?: string;
}

/** Written by hand and not made from the table of the product: it says what must be. */
export const ACTS: readonly Act[] = [
  {
    name: 'users disable',
    act: 'disabled',
    does: (server, { person }) => command(server, 'users', 'disable', person.email),
    leaves: NOTHING,
  },
  {
    name: 'users disable, then users enable',
    act: 'enabled',
    async does(server, { person }) {
      await command(server, 'users', 'disable', person.email);
      await command(server, 'users', 'enable', person.email);
    },
    leaves: NOTHING,
    thenWith: 'theirs',
  },
  {
    name: 'users enable of what was disabled without any of this',
    act: 'enabled',
    async does(server, { person }) {
      await fixture(server.app.database, `update accounts set status = 'disabled' where id = $1`, [
        person.id,
      ]);
      await command(server, 'users', 'enable', person.email);
    },
    leaves: NOTHING,
    thenWith: 'theirs',
  },
  {
    name: 'users delete',
    act: 'deleted',
    does: (server, { person }) => command(server, 'users', 'delete', person.email, '--yes'),
    leaves: NOTHING,
  },
  {
    name: 'users reset-factors, and a factor again',
    act: 'factorsReset',
    async does(server, belongings) {
      const { person } = belongings;
      await command(server, 'users', 'reset-factors', person.email);
      // It comes with a code of its own.
      await fixture(server.app.database, 'delete from temporary_codes where account_id = $1', [person.id]);
      // Whose code would be right: what was waiting is over although there is something to show again.
      Object.assign(belongings, { authenticator: await addApp(server, person) });
    },
    leaves: NOTHING,
  },
  {
    name: 'one of two factors, removed by an administrator',
    act: 'factorRemoved',
    async does(server, belongings) {
      const { id } = belongings.person;
      const former = await act(server.app, factors.list, { person: id });
      Object.assign(belongings, { authenticator: await addApp(server, belongings.person) });
      await act(server.app, factors.remove, { person: id, factor: former.factors[0]?.id ?? '' });
    },
    leaves: NOTHING,
  },
  {
    name: 'users require-password-change',
    act: 'passwordChangeRequired',
    does: (server, { person }) => command(server, 'users', 'require-password-change', person.email),
    leaves: NOTHING,
  },
  {
    name: 'users set-address',
    act: 'addressSet',
    does: (server, { person }) =>
      command(server, 'users', 'set-address', person.email, `next-${person.email}`),
    leaves: NOTHING,
  },
  {
    name: 'users set-roles, by which a role is lost',
    act: 'rolesTaken',
    async does(server, { person }) {
      await command(server, 'users', 'set-roles', person.email, 'passing');
      await command(server, 'users', 'set-roles', person.email, '--none');
    },
    leaves: { ...NOTHING, links: LINK_KINDS, trustedDevices: 1 },
    thenWith: 'theirs',
  },
  {
    name: 'sessions end --user',
    act: 'signedOutByAdministrator',
    does: (server, { person }) => command(server, 'sessions', 'end', '--user', person.email),
    leaves: NOTHING,
    thenWith: 'theirs',
  },
  {
    name: 'users reset-password',
    act: 'resetLinkSent',
    does: (server, { person }) => command(server, 'users', 'reset-password', person.email),
    leaves: { ...EVERYTHING, links: OWNERS },
    thenWith: 'theirs',
  },
  {
    name: 'a new password by a mailed link',
    act: 'passwordReset',
    does: ({ app }, { links }) => app.lifecycle.passwordReset.complete(links.reset, CHOSEN, {}),
    leaves: { ...NOTHING, links: UNDOING },
    thenWith: CHOSEN,
  },
  {
    name: 'a change of the password by its owner',
    act: 'passwordChanged',
    async does({ app }, { person, session }) {
      const account = await app.accounts.store.findById(person.id);
      if (account === undefined) throw new Error('no account');
      const given = { current: person.password, chosen: CHOSEN };
      expect(await app.lifecycle.changes.password(account, given, { session, origin: {} })).to.equal(
        undefined,
      );
    },
    leaves: { ...OWN, links: UNDOING },
    thenWith: CHOSEN,
  },
  {
    name: 'a change of the password that a sign-in demands',
    act: 'passwordChangeDone',
    async does(server, { person, authenticator }) {
      const flag = 'update accounts set password_must_change = $2 where id = $1';
      await fixture(server.app.database, flag, [person.id, true]);
      const agent = new UserAgent();
      const asked = await typePassword(agent, await agent.open(`${server.issuer}/account`), person);
      const demanded = await agent.follow(await typeCode(agent, asked, await authenticator.fresh()));
      await agent.follow(await agent.submit(demanded, { new_password: CHOSEN }));
      expect((await agent.get(`${server.issuer}/account`)).status, 'that sign-in itself').to.equal(200);
    },
    leaves: { ...NOTHING, trustedDevices: 1, links: UNDOING },
    thenWith: CHOSEN,
  },
  {
    name: '"this wasn’t me"',
    act: 'secured',
    does: ({ app }, { links }) => app.lifecycle.securing.secure(links.notMe, {}),
    leaves: { ...NOTHING, links: UNDOING },
  },
  {
    name: '"this wasn’t me" of a factor that was added',
    act: 'secured',
    does: ({ app }, { links }) => app.lifecycle.securing.secure(links.factorAdded, {}),
    leaves: { ...NOTHING, links: ['formerAddress'] },
  },
  {
    name: 'the account taken back by its former address',
    act: 'secured',
    does: ({ app }, { links }) => app.lifecycle.addressRestoring.restore(links.formerAddress, {}),
    // Those that were mailed since are in the hands of whoever had it.
    leaves: { ...NOTHING, links: ['factorAdded'] },
  },
  {
    name: 'the account disabled by its former address, which is somebody else’s by now',
    act: 'secured',
    async does(server, { person, links }) {
      await server.addAccount({ email: `former-${person.email}` });
      expect(await server.app.lifecycle.addressRestoring.restore(links.formerAddress, {})).to.equal(
        'disabled',
      );
    },
    leaves: { ...NOTHING, links: ['factorAdded'] },
  },
  {
    name: 'sign out everywhere',
    act: 'signedOutEverywhere',
    async does({ issuer }, { agent }) {
      await agent.submit(await agent.get(`${issuer}/account/sessions/end-all`), {}, '/sessions/end-all');
    },
    leaves: { ...NOTHING, trustedDevices: 1, links: OWNERS },
    thenWith: 'theirs',
  },
  {
    name: 'sign out everywhere else',
    act: 'othersSignedOut',
    async does({ issuer }, { agent }) {
      await agent.submit(
        await agent.get(`${issuer}/account/sessions/end-others`),
        {},
        '/sessions/end-others',
      );
    },
    leaves: { ...OWN, links: OWNERS },
    thenWith: 'theirs',
  },
  {
    name: 'a new address, confirmed by its link',
    act: 'addressChanged',
    does: ({ app }, { links }) => app.lifecycle.changes.confirmAddress(links.address, {}),
    leaves: { ...EVERYTHING, links: UNDOING },
  },
];

/** What is about less than a person, and leaves the rest of what they have. */
export const LESSER: readonly (Omit<Act, 'act'> & { readonly act?: undefined })[] = [
  {
    name: 'users set-roles, by which none is lost',
    does: (server, { person }) => command(server, 'users', 'set-roles', person.email, 'passing'),
    leaves: EVERYTHING,
  },
  {
    name: 'sessions end, of one',
    does: (server, { session }) => command(server, 'sessions', 'end', session),
    leaves: { ...EVERYTHING, ownSession: false, ownTokens: false },
  },
  {
    name: 'a refresh token that is used twice',
    async does(_server, { client, tokens }) {
      const { refresh_token: used } = tokens.own;
      await client.refresh(used);
      expect((await client.refresh(used)).status).to.equal(400);
    },
    leaves: { ...EVERYTHING, ownTokens: false },
  },
];
