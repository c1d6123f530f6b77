import { createPublicKey } from 'node:crypto';
import { expect } from 'chai';
import { createRemoteJWKSet, decodeProtectedHeader, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { JwksClient } from 'jwks-rsa';
import { RETIREMENT_SECONDS, SIGNING_ALGORITHMS } from '../../src/domain/keys/policy.ts';
import { addSeconds, systemClock } from '../../src/kernel/clock.ts';
import { asFixture, fixture } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { authorize, type HandClient, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const RESOURCES = SIGNING_ALGORITHMS.map((token_algorithm) => ({
  identifier: `https://${token_algorithm.toLowerCase()}.example.org`,
  name: token_algorithm,
  scopes: ['read'],
  token_algorithm,
}));

interface Published {
  readonly kid: string;
  readonly alg: string;
}

const published = async (base: string): Promise<Published[]> => {
  const { keys } = (await (await fetch(`${base}/jwks`)).json()) as { keys: Published[] };
  return keys;
};

const baseOf = (node: TestServer) => `http://localhost:${node.app.config.server.port}`;

/** Verifies with the two libraries that services use, each reading the keys of the node that it was given. */
function verifiers(base: string): ((token: string) => Promise<unknown>)[] {
  // A verifier may ask for the keys again after so long; as in life, that is less than the time before a new key signs.
  const remote = createRemoteJWKSet(new URL(`${base}/jwks`), { cooldownDuration: 300 });
  const client = new JwksClient({ jwksUri: `${base}/jwks` });
  const byJwksRsa: JWTVerifyGetKey = async ({ kid }) =>
    createPublicKey((await client.getSigningKey(kid)).getPublicKey());
  return [remote, byJwksRsa].map((keys) => (token) => jwtVerify(token, keys, { typ: 'at+jwt' }));
}

async function rotateAll({ app }: TestServer, delaySeconds: number): Promise<void> {
  await asFixture(app.database, async (tx) => {
    for (const algorithm of SIGNING_ALGORITHMS) await app.keys.store.rotate(tx, algorithm, delaySeconds);
  });
}

describe('signing keys', () => {
  describe('rotated while two nodes sign', () => {
    let nodes: TestServer[];
    let service: HandClient;
    let registration: Record<string, string>;

    before(async () => {
      const first = await startTestServer();
      nodes = [first, await first.secondNode()];
      registration = await first.addClient({
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      });
      for (const resource of RESOURCES) await first.addResource(resource);
      service = handClient(baseOf(first), registration);
    });
    after(async () => {
      for (const node of nodes.toReversed()) await node.stop();
    });

    it('no token fails on any node, and both come to sign with the new keys', async function rotates() {
      this.timeout(30_000);
      const services = nodes.map((node) => handClient(baseOf(node), registration));
      const checks = nodes.flatMap((node) => verifiers(baseOf(node)));
      const before = new Set((await published(baseOf(nodes[0] as TestServer))).map(({ kid }) => kid));
      const kids = nodes.map(() => new Set<string>());
      const failures: string[] = [];
      let verified = 0;
      let rotating = true;

      const issueAndVerify = async (index: number) => {
        for (let turn = 0; rotating; turn += 1) {
          const resource = RESOURCES[turn % RESOURCES.length]?.identifier;
          const { body } = await (services[index] as HandClient).post('/token', {
            grant_type: 'client_credentials',
            resource,
          });
          kids[index]?.add(String(decodeProtectedHeader(body.access_token).kid));
          for (const check of checks) {
            await check(body.access_token).then(
              () => {
                verified += 1;
              },
              (error: Error) => failures.push(`node ${index}: ${error.message}`),
            );
          }
        }
      };
      const loops = [issueAndVerify(0), issueAndVerify(1)];
      const freshOn = (seen: ReadonlySet<string>) => [...seen].filter((kid) => !before.has(kid));
      try {
        await eventually('tokens are verified', async () => verified > 100);
        await rotateAll(nodes[0] as TestServer, 1);
        await eventually('both nodes have signed with each new key', async () =>
          kids.every((seen) => freshOn(seen).length === SIGNING_ALGORITHMS.length),
        );
      } finally {
        rotating = false;
        await Promise.all(loops);
      }

      expect(failures).to.deep.equal([]);
      expect(verified).to.be.greaterThan(100);
      for (const [index, seen] of kids.entries()) {
        expect(freshOn(seen), `new keys on node ${index}`).to.have.length(SIGNING_ALGORITHMS.length);
      }
      const after = (await published(baseOf(nodes[1] as TestServer))).map(({ kid }) => kid);
      expect(after).to.include.members([...before]);
      expect(after).to.have.length(2 * SIGNING_ALGORITHMS.length);
    });

    it('a sign-in that began before goes on, and its ID token is good', async () => {
      const [first] = nodes as [TestServer];
      const person = await first.addAccount();
      const client = handClient(first.issuer, await first.addClient(WEB_CLIENT));
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const generation = first.app.protocol.active.generation;
      await rotateAll(first, 0);
      await eventually('the keys changed', async () => first.app.protocol.active.generation > generation);
      const { email: identifier, password } = person;
      const back = await agent.follow(await agent.submit(page, { identifier, password }));
      const { body } = await client.redeem(String(back.location));
      const keys = createRemoteJWKSet(new URL(`${first.issuer}/jwks`));
      const { payload } = await jwtVerify(body.id_token, keys, { issuer: first.issuer });
      expect(payload.sub).to.equal(person.id);
      expect(
        (await authorize(agent, client.authorizeUrl({ prompt: 'none', id_token_hint: body.id_token })))
          .location,
      ).to.include('code=');
    });

    it('nodes that start together make one set of keys', async () => {
      const [first] = nodes as [TestServer];
      expect(service.id).to.be.a('string');
      await fixture(first.app.database, 'delete from signing_keys');
      const made = await Promise.all(
        nodes.map(({ app }) => asFixture(app.database, (tx) => app.keys.store.ensure(tx))),
      );
      expect(made.flat()).to.have.length(SIGNING_ALGORITHMS.length);
      await Promise.all(nodes.map(({ app }) => app.protocol.active.reload()));
      const [one, other] = await Promise.all(nodes.map((node) => published(baseOf(node))));
      expect(one?.map(({ kid }) => kid)).to.have.members(other?.map(({ kid }) => kid) ?? []);
    });
  });

  it('disappear when the last token that they signed is dead, and are removed then', async () => {
    let ahead = 0;
    const clock = { now: () => addSeconds(systemClock.now(), ahead) };
    const server = await startTestServer({ replace: { clock } });
    try {
      const old = (await published(server.issuer)).map(({ kid }) => kid);
      await rotateAll(server, 60);
      const kidsAt = async (seconds: number) => {
        ahead = seconds;
        await server.app.protocol.active.reload();
        return (await published(server.issuer)).map(({ kid }) => kid);
      };
      expect(await kidsAt(30))
        .to.include.members(old)
        .and.have.length(6);
      expect(await kidsAt(60 + RETIREMENT_SECONDS - 5)).to.include.members(old);
      const young = await kidsAt(60 + RETIREMENT_SECONDS + 5);
      expect(young).to.have.length(3);
      expect(young).to.not.include.members([old[0]]);
      const { app } = server;
      const removed = await asFixture(app.database, (tx) => app.keys.store.removeRetired(tx));
      expect(removed.map(({ kid }) => kid)).to.have.members(old);
      expect(await app.keys.store.list()).to.have.length(3);
    } finally {
      await server.stop();
    }
  });

  it('lie sealed in the database', async () => {
    const server = await startTestServer();
    try {
      const rows = await server.app.database.query<{ sealed_private_jwk: string; public_jwk: object }>(
        'select * from signing_keys',
      );
      for (const row of rows) {
        expect(row.sealed_private_jwk).to.match(/^v1\.test\./u);
        expect(row.public_jwk).to.not.have.property('d');
        expect(JSON.stringify(row)).to.not.include('"d":');
      }
      const person = await server.addAccount();
      const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      expect((await tokensFor(client, person)).id_token).to.be.a('string');
    } finally {
      await server.stop();
    }
  });
});
