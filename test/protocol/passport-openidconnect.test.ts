import { expect } from 'chai';
// @ts-expect-error: it has no types.
import session from 'express-session';
// @ts-expect-error: it has no types.
import passport from 'passport';
// @ts-expect-error: it has no types.
import OpenIDConnectStrategy from 'passport-openidconnect';
import { type ExpressApplication, startExpress, visit } from '../support/express-application.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

type Done = (error: unknown, user: unknown) => void;

/** Reads the ID token and, unless its developer asks for more, nothing else. It cannot do PKCE and sends its secret in the form. */
describe('passport-openidconnect', function passportOpenidconnect() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  const running: ExpressApplication[] = [];

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ name: 'Robin Reyes', givenName: 'Robin', familyName: 'Reyes' });
  });
  after(async () => {
    for (const application of running) await application.stop();
    await server.stop();
  });

  /** The profile that the application is given after a sign-in. */
  async function profileWith(metadata: object): Promise<object> {
    const application = await startExpress(async (app, base) => {
      const registration = await server.addClient({
        redirect_uris: [`${base}/callback`],
        token_endpoint_auth_method: 'client_secret_post',
        require_pkce: false,
        first_party: true,
        ...metadata,
      });
      const authenticator = new passport.Passport();
      const { issuer } = server;
      authenticator.use(
        new OpenIDConnectStrategy(
          {
            issuer,
            authorizationURL: `${issuer}/authorize`,
            tokenURL: `${issuer}/token`,
            userInfoURL: `${issuer}/userinfo`,
            clientID: registration.client_id,
            clientSecret: registration.client_secret,
            callbackURL: `${base}/callback`,
            scope: 'profile email',
            nonce: true,
          },
          (_issuer: string, profile: object, done: Done) => done(null, profile),
        ),
      );
      app.use(
        session({ secret: 'a secret of the application alone', resave: false, saveUninitialized: false }),
      );
      app.get('/', authenticator.authenticate('openidconnect', { session: false }));
      app.get(
        '/callback',
        authenticator.authenticate('openidconnect', { session: false }),
        (request, response) => void response.json((request as unknown as { user: object }).user),
      );
    });
    running.push(application);
    const page = await visit(application.base, person);
    expect(page.status, page.body).to.equal(200);
    return JSON.parse(page.body);
  }

  it('knows who signs in, by id_token_claims', async () => {
    const told = {
      id: person.id,
      displayName: 'Robin Reyes',
      name: { familyName: 'Reyes', givenName: 'Robin' },
      emails: [{ value: person.email }],
    };
    expect(await profileWith({ id_token_claims: true })).to.deep.include(told);
  });

  it('knows nothing but the subject without it', async () => {
    expect(await profileWith({})).to.deep.equal({ id: person.id });
  });
});
