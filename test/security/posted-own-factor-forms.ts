import { commitWrites, type Write } from '../../src/storage/unit-of-work.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import type { TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { UserAgent } from '../support/user-agent.ts';
import { formOf, type OpenForm, type PostedForm } from './form-tools.ts';
import { ASKED } from './posted-factor-forms.ts';
import { audited } from './support.ts';

/** The forms by which people change their second factors, on their own pages. */
export function ownFactorForms(app: () => TestServer): Record<string, PostedForm> {
  const at = (path: string) => `${app().issuer}${path}`;
  const told = (type: string, about: string) => async (): Promise<boolean> =>
    (await audited(app(), type)).some((row) => JSON.stringify(row).includes(about));
  const commit = (writes: readonly Write[]) =>
    asFixture(app().app.database, (tx) => commitWrites(tx, writes));

  /** Somebody with an app, if wanted, a passkey of somebody's making and a trusted device, who has just signed in with a code. */
  async function somebody(hasApp: boolean) {
    const person = await app().addAccount({ roles: hasApp ? [ASKED] : [] });
    const {
      factors: { totp, passkeys, trustedDevices },
    } = app().app;
    const setup = totp.begin(person, 'Phone');
    if (hasApp) {
      await commit(setup.writes);
      const confirmed = await totp.confirm(person, setup.id, totpCode(setup.secret, new Date(), -1));
      if ('refused' in confirmed) throw new Error(confirmed.refused);
      await commit([confirmed.write]);
    }
    const agent = new UserAgent();
    const page = await agent.open(at('/account'));
    const signedIn = await agent.follow(
      await agent.submit(page, { identifier: person.email, password: person.password }),
    );
    if (hasApp) {
      await agent.follow(await agent.submit(signedIn, { code: totpCode(setup.secret) }, '/factor'));
    }
    const passkey = passkeys.add({
      ...{ accountId: person.id, credentialId: Buffer.from(person.id).toString('base64url') },
      ...{ publicKey: new Uint8Array(1), counter: 0, transports: [], backupEligible: false, backedUp: false },
      ...{ aaguid: '00000000-0000-0000-0000-000000000000', name: 'Key' },
    });
    const seen = { ip: undefined, userAgent: undefined };
    if (hasApp) await commit([passkey.write, ...trustedDevices.trust(person.id, 'device', 7, seen)]);
    return { person, agent, appId: setup.id, passkeyId: passkey.id };
  }

  type Somebody = Awaited<ReturnType<typeof somebody>>;

  /** The form at an address of somebody's, which is told to the trail. */
  const changing = (
    route: string,
    event: string,
    page: (who: Somebody) => string,
    ending: (who: Somebody) => string,
    filledIn: Record<string, string> = {},
  ): PostedForm => ({
    route,
    async open(): Promise<OpenForm> {
      const who = await somebody(true);
      const form = formOf(who.agent, await who.agent.open(at(page(who))), ending(who), filledIn);
      return { ...form, happened: told(event, who.person.id) };
    },
  });
  const appPage = ({ appId }: Somebody) => `/account/security/authenticators/${appId}`;
  const passkeyPage = ({ passkeyId }: Somebody) => `/account/security/passkeys/${passkeyId}`;
  const list = () => '/account/security';

  return {
    'add an authenticator app to the account': {
      route: '/account/security/authenticators/new/:id',
      async open() {
        const { agent, person } = await somebody(false);
        const page = await agent.open(at('/account/security/authenticators/new'));
        const id = String(new URL(page.url).pathname.split('/').pop());
        const setup = await app().app.factors.totp.setup(person, id);
        const form = formOf(agent, page, id, { code: totpCode(String(setup?.secret)) });
        return { ...form, happened: told('factor.added', person.id) };
      },
    },

    'add a passkey to the account': {
      route: '/account/security/passkeys/new',
      async open() {
        const { agent, person } = await somebody(false);
        const page = await agent.open(at('/account/security/passkeys/new'));
        const form = formOf(agent, page, '/new');
        const options = await agent.post(`${form.action}/options`, form.fields);
        const device = createAuthenticator({ origin: app().issuer });
        const response = JSON.stringify(device.create(JSON.parse(options.body)));
        const fields = { ...form.fields, response };
        return { ...form, fields, happened: told('factor.added', person.id) };
      },
    },

    'rename an authenticator app': changing(
      '/account/security/authenticators/:id',
      'factor.renamed',
      appPage,
      ({ appId }) => appId,
      { name: 'Renamed' },
    ),
    'remove an authenticator app': changing(
      '/account/security/authenticators/:id/remove',
      'factor.removed',
      appPage,
      () => '/remove',
    ),
    'rename a passkey': changing(
      '/account/security/passkeys/:id',
      'factor.renamed',
      passkeyPage,
      ({ passkeyId }) => passkeyId,
      { name: 'Renamed' },
    ),
    'remove a passkey': changing(
      '/account/security/passkeys/:id/remove',
      'factor.removed',
      passkeyPage,
      () => '/remove',
    ),
    'make new recovery codes': changing(
      '/account/security/recovery-codes',
      'factor.added',
      () => '/account/security/recovery-codes',
      () => '/recovery-codes',
    ),
    'trust a device no more': changing(
      '/account/security/devices/forget',
      'device.trust_ended',
      list,
      () => '/forget',
    ),
    'end other sessions': changing(
      '/account/sessions/end-others',
      'session.others_ended',
      () => '/account/sessions/end-others',
      () => '/end-others',
    ),
  };
}
