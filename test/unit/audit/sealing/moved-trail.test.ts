import { expect } from 'chai';
import { sealingOn, useSealing } from '../../../support/sealing.ts';

/** Events that were there before anything was sealed, and those that a restore has brought from another cluster. */
describe('the sealer of a trail with a past', () => {
  const here = useSealing();
  const found = async () =>
    (await here.leaves()).filter(({ kid }) => kid !== null).map(({ kid, mac }) => `${kid} ${mac}`);

  /** Rows as a version without transactions has left them, of which the second is the older one. */
  const unproven = (...kids: string[]) =>
    here.tamper(
      `insert into audit_events (id, at, type, outcome, details, xid, cluster)
       select gen_random_uuid(), timestamptz '2026-01-02' - number * interval '1 day', 'key.retired', 'success',
         jsonb_build_object('kid', kid), null, null
       from unnest($1::text[]) with ordinality as row(kid, number)`,
      [kids],
    );

  it('seals events of before first, in the order of their time, as unproven', async () => {
    await unproven('second', 'first');
    await here.events(['new']);
    await here.sealAll();
    expect(await found()).to.deep.equal(['first none', 'second none', 'new valid']);
    const { rows } = await here.owner.query(
      `select s.proven_from::int as proven, (e.details ->> 'from')::int as told
       from audit_sealing s, audit_events e where e.type = 'audit.proof_started'`,
    );
    expect(rows).to.deep.equal([{ proven: 2, told: 2 }]);
    expect(here.sealing.invalid).to.deep.equal([]);
  });

  it('seals many of them batch by batch, whoever does', async () => {
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details, xid, cluster)
       select gen_random_uuid(), timestamptz '2026-01-01' + (number / 3) * interval '1 second', 'key.retired', 'success',
         jsonb_build_object('kid', number::text), null, null from generate_series(1, 100) as number`,
    );
    const nodes = [1, 2, 3].map(() => sealingOn(here.database, { batchSize: 9 }));
    while ((await Promise.all(nodes.map(({ sealer }) => sealer.seal()))).some(({ sealed }) => sealed > 0));
    await here.sealAll();
    const { rows } = await here.owner.query(
      `select count(*)::int as leaves, count(*) filter (where l.mac = 'none')::int as unproven,
         bool_and(earlier is null or earlier <= (l.at, l.event)) as ordered
       from (select *, lag((at, event)) over (order by index) as earlier from audit_leaves where mac = 'none') l`,
    );
    expect(rows).to.deep.equal([{ leaves: 100, unproven: 100, ordered: true }]);
  });

  it('lets nodes of the version before write for a day, and nobody after', async () => {
    const bare = (kid: string) =>
      here.tamper(
        `insert into audit_events (id, at, type, outcome, details)
         values (gen_random_uuid(), now(), 'key.retired', 'success', jsonb_build_object('kid', $1::text))`,
        [kid],
      );
    await unproven('old');
    await here.sealAll();
    await bare('beside');
    await here.sealAll();
    await here.tamper(`update audit_checkpoints set at = at - interval '25 hours'`);
    await bare('late');
    await here.sealAll();
    expect(await found()).to.deep.equal(['old none', 'beside none', 'late invalid']);
  });

  it('lets nobody write without a MAC where nothing was there before', async () => {
    await here.sealAll();
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details)
       values (gen_random_uuid(), now(), 'key.retired', 'success', '{"kid": "bare"}')`,
    );
    await here.sealAll();
    expect(await found()).to.deep.equal(['bare invalid']);
  });

  it('seals what was not sealed in another cluster, at once and in its order, and then its own', async () => {
    await here.events(['sealed there']);
    await here.sealAll();
    await here.events(['left 1']);
    await here.events(['left 2']);
    // As in a cluster whose transactions have other numbers: those of the dump are far ahead, those of here behind.
    await here.tamper(
      `update audit_events set cluster = '42', xid = (xid::text::bigint + 1000000)::text::xid8`,
    );
    await here.tamper(
      `update audit_sealing set cluster = '42', xid = (xid::text::bigint + 1000000)::text::xid8`,
    );
    await here.events(['here 1']);
    await here.events(['here 2']);
    await here.sealAll();
    expect(await found()).to.deep.equal([
      'sealed there valid',
      'left 1 valid',
      'left 2 valid',
      'here 1 valid',
      'here 2 valid',
    ]);
    const { rows } = await here.owner.query(
      'select s.cluster = audit_cluster() as here, s.size::int as size from audit_sealing s',
    );
    expect(rows).to.deep.equal([{ here: true, size: (await here.leaves()).length }]);
    // What is sealed and has numbers that are still to come here does not count as waiting.
    await here.tamper(`update audit_events set at = at - interval '1 hour' where cluster = '42'`);
    expect(await here.sealing.standing.unsealedSeconds()).to.equal(0);
    await here.tamper(`update audit_sealing set cluster = '42', xid = '1000000'`);
    expect(await here.sealing.standing.unsealedSeconds()).to.be.above(3_000);
  });

  it('seals nothing twice where a database comes back to a cluster', async () => {
    await here.events([1, 2, 3]);
    await here.sealAll();
    const leaves = await here.leaves();
    await here.tamper(`update audit_sealing set cluster = '42'`);
    await here.sealAll();
    await here.events([4]);
    await here.sealAll();
    expect((await here.leaves()).slice(0, leaves.length)).to.deep.equal(leaves);
    expect(await found()).to.deep.equal(['1 valid', '2 valid', '3 valid', '4 valid']);
  });
});
