import { expect } from 'chai';
import { ACTS } from '../../../src/administration/index.ts';
import { pageRouter } from '../../../src/app.ts';
import { EVENT_TYPES } from '../../../src/domain/audit/events/index.ts';
import { apiNeeds } from '../../../src/edge-dependencies.ts';
import { apiRoutes } from '../../../src/http/api/index.ts';
import { ROUTES } from '../../../src/oidc/provider.ts';
import type { Caused } from '../../support/evidence/caused.ts';
import { ACT_CAUSES, JOB_CAUSES, START_CAUSES, writesNone } from '../../support/evidence/causes.ts';
import { ADMIN_ROUTE_CAUSES } from '../../support/evidence/causes-admin.ts';
import { ROUTE_CAUSES } from '../../support/evidence/causes-routes.ts';
import { missingFrom } from '../../support/evidence/missing.ts';
import { patternOf } from '../../support/evidence/routes.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** How the protocol is spoken to; what it serves of itself alone (keys, discovery) changes nothing. */
const PROTOCOL = [
  `GET ${ROUTES.authorization}`,
  `POST ${ROUTES.authorization}`,
  `GET ${ROUTES.authorization}/:uid`,
  `POST ${ROUTES.token}`,
  `POST ${ROUTES.introspection}`,
  `POST ${ROUTES.revocation}`,
  `POST ${ROUTES.pushed_authorization_request}`,
  `GET ${ROUTES.userinfo}`,
  `POST ${ROUTES.userinfo}`,
  `GET ${ROUTES.end_session}`,
  `POST ${ROUTES.end_session}`,
  `POST ${ROUTES.end_session}/confirm`,
  `POST ${ROUTES.device_authorization}`,
  `POST ${ROUTES.code_verification}`,
  `GET ${ROUTES.code_verification}/:uid`,
];

describe('what writes audit events', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      settings: {
        SELF_REGISTRATION: 'true',
        CLIENT_REGISTRATION: 'true',
        CLIENT_REGISTRATION_HOSTS: 'a.example',
      },
    });
  });
  after(() => server.stop());

  it('is said of every route that is posted to', () => {
    const { app } = server;
    const pages = pageRouter(app).stack.flatMap(({ methods, path }) =>
      methods.map((method) => [method, String(path)] as const),
    );
    const api = apiRoutes(apiNeeds(app, () => Promise.resolve())).map(
      ({ method, path }) => [method as string, path] as const,
    );
    const posted = [...pages, ...api]
      .filter(([method, path]) => !READING.has(method) && !(`${method} ${path}` in ADMIN_ROUTE_CAUSES))
      .map(([method, path]) => `${method} ${path}`);
    expect(posted).to.have.length.above(50);
    expect([...posted, ...PROTOCOL].filter((route) => !(route in ROUTE_CAUSES))).to.deep.equal([]);
    const gone = Object.keys(ROUTE_CAUSES).filter(
      (route) => !route.startsWith('GET ') && ![...posted, ...PROTOCOL].includes(route),
    );
    expect(gone, 'routes that are no more').to.deep.equal([]);
  });

  it('is said of every act of operators', () => {
    expect(Object.keys(ACT_CAUSES).sort()).to.deep.equal(ACTS.map(({ name }) => name).sort());
  });

  it('is said of every job', () => {
    expect(Object.keys(JOB_CAUSES).sort()).to.deep.equal([...server.app.jobs.names].sort());
  });

  it('is there for every event: each may be written by something that is named', () => {
    const named = new Set<string>([
      ...[ROUTE_CAUSES, ACT_CAUSES, JOB_CAUSES].flatMap((list) =>
        Object.values(list).flatMap((causes) => (writesNone(causes) ? [] : causes)),
      ),
      ...START_CAUSES,
    ]);
    expect(EVENT_TYPES.filter((type) => !named.has(type))).to.deep.equal([]);
  });

  describe('at the end of a whole run', () => {
    const all: Caused[] = Object.entries(ROUTE_CAUSES).flatMap(([route, causes]) =>
      writesNone(causes) ? [] : causes.map((type) => ({ type, outcome: 'success', route })),
    );
    const types = [...new Set(all.map(({ type }) => type))];

    it('nothing is missing where everything was caused', () => {
      expect(missingFrom(all, types)).to.deep.equal([]);
    });

    it('an event that no test has caused is named', () => {
      expect(missingFrom(all, [...types, 'moon.landed'])).to.deep.equal(['no test causes moon.landed']);
    });

    it('a route is named that has written nothing, and one that wrote what nobody expects', () => {
      const less = all.filter(({ route }) => route !== 'POST /setup');
      expect(missingFrom(less, [])).to.have.length(1);
      expect(missingFrom(less, [])[0]).to.include('POST /setup');
      const more = [...all, { type: 'client.created', outcome: 'success', route: 'POST /account/zone' }];
      expect(missingFrom(more, [])).to.deep.equal([
        'POST /account/zone writes client.created, which causes-routes.ts does not say',
      ]);
    });

    it('requests are known by the pattern of their route', () => {
      expect(patternOf('POST', '/account/security/passkeys/0199?x=1')).to.equal(
        'POST /account/security/passkeys/:id',
      );
      expect(patternOf('POST', '/account/security/passkeys/new')).to.equal(
        'POST /account/security/passkeys/new',
      );
      expect(patternOf('HEAD', '/sign-in/abc')).to.equal('GET /sign-in/:uid');
      expect(patternOf('GET', '/elsewhere')).to.equal('GET /elsewhere');
    });
  });
});
