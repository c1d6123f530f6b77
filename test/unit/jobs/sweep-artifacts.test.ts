import { expect } from 'chai';
import { fixture } from '../../support/evidence/fixture.ts';
import { sweepArtifactsOn } from '../../support/jobs.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('sweeping what is past its time', function () {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const count = async (table: string) => {
    const [row] = await server.app.database.query<{ count: number }>(
      `select count(*)::int as count from ${table}`,
    );
    return row?.count;
  };

  it('deletes, in batches and on two nodes at once, what ended more than a day ago, and nothing else', async () => {
    const { database } = server.app;
    const insert = (hours: number, from: number, to: number) => [
      `insert into oidc_artifacts (model, id_hash, payload, expires_at)
       select 'Interaction', decode(md5(n::text), 'hex'), '{}', now() + interval '${hours} hours'
       from generate_series(${from}, ${to}) n`,
      `insert into sign_in_attempts select decode(md5(n::text), 'hex'), '{}', now(), now() + interval '${hours} hours'
       from generate_series(${from}, ${to}) n`,
      `insert into one_time_links (id, purpose, token_hash, payload, created_at, expires_at)
       select gen_random_uuid(), 'p', decode(md5(n::text), 'hex'), '{}', now(), now() + interval '${hours} hours'
       from generate_series(${from}, ${to}) n`,
    ];
    await fixture(
      database,
      `insert into oidc_artifacts (model, id_hash, payload) values ('Grant', '\\x00', '{}')`,
    );
    for (const statement of [...insert(-25, 1, 2500), ...insert(-1, 3001, 3003), ...insert(1, 4001, 4002)]) {
      await database.query(statement);
    }

    const job = sweepArtifactsOn(server.app);
    let pause = 0;
    for (let rounds = 0; rounds < 10 && pause < 1_000; rounds += 1) {
      [pause = 0] = await Promise.all([job.round(), job.round()]);
    }

    expect(await count('oidc_artifacts')).to.equal(1 + 3 + 2);
    expect(await count('sign_in_attempts')).to.equal(3 + 2);
    expect(await count('one_time_links')).to.equal(3 + 2);
    expect(pause).to.be.at.least(3_600_000);
  });
});
