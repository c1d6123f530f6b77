import { expect } from 'chai';
import pg from 'pg';
import { sealingOn, useSealing } from '../../../support/sealing.ts';
import { naiveRootOfHashes } from '../tree/naive-tree.ts';

describe('the sealer', () => {
  const here = useSealing();
  const kids = async () => (await here.leaves()).flatMap(({ kid }) => kid ?? []);

  it('seals every event once, in order, and signs the root of all of them', async () => {
    await here.events([1, 2, 3]);
    await here.events([4]);
    await here.sealAll();
    const leaves = await here.leaves();
    expect(leaves.map(({ type }) => type).filter((type) => type.startsWith('audit.'))).to.have.members([
      'audit.key_created',
      'audit.proof_started',
    ]);
    expect(leaves.map(({ index }) => index)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(await kids()).to.deep.equal(['1', '2', '3', '4']);
    expect(leaves.every(({ mac }) => mac === 'valid')).to.equal(true);
    const newest = await here.newest();
    expect(newest).to.include({ origin: 'id.example/audit', size: 6 });
    expect(
      newest && Buffer.from(newest.root).equals(naiveRootOfHashes(leaves.map(({ hash }) => hash))),
    ).to.equal(true);
    expect(await here.sealing.sealer.seal()).to.deep.equal({ sealed: 0, more: false, before: false });
    expect((await here.newest())?.note, 'nothing is signed where nothing was sealed').to.equal(newest?.note);
    expect(await here.sealing.standing.read()).to.include({
      size: 6,
      unsealedSeconds: 0,
      invalid: 0,
      fits: true,
    });
  });

  it('waits for a transaction that began before, and seals its events before those that came after', async () => {
    await here.sealAll();
    const slow = new pg.Client({ connectionString: here.url, application_name: 'slow-import' });
    await slow.connect();
    await slow.query('begin');
    await here.events(['slow'], {
      query: async (s, v) => (await slow.query((s as { text: string }).text, v as unknown[])).rows,
    });
    await here.events(['after']);
    expect(await here.sealing.sealer.seal()).to.include({ sealed: 0 });
    await here.tamper(
      `update audit_events set at = at - interval '2 minutes' where details ->> 'kid' = 'after'`,
    );
    expect(await here.sealing.standing.unsealedSeconds()).to.be.within(119, 150);
    const { rows } = await slow.query('select pg_backend_pid() as pid');
    expect(await here.sealing.standing.holder()).to.deep.include({
      pid: rows[0].pid,
      application: 'slow-import',
      prepared: undefined,
    });
    await slow.query('commit');
    await slow.end();
    await here.sealAll();
    expect(await kids()).to.deep.equal(['slow', 'after']);
    expect(await here.sealing.standing.unsealedSeconds()).to.equal(0);
  });

  it('passes over events that were rolled back', async () => {
    await here.database
      .transaction(async (tx) => {
        await here.events(['never'], tx);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await here.events(['there']);
    await here.sealAll();
    expect(await kids()).to.deep.equal(['there']);
  });

  it('is one at a time: several nodes seal each event once, in one chain', async () => {
    const nodes = [here.sealing, ...[1, 2, 3].map(() => sealingOn(here.database, { batchSize: 7 }))];
    let writing = true;
    const write = (async () => {
      for (let turn = 0; turn < 40; turn++) await here.events([`${turn}a`, `${turn}b`]);
      writing = false;
    })();
    await Promise.all([
      write,
      ...nodes.map(async ({ sealer }) => {
        while (writing) await sealer.seal();
      }),
    ]);
    await here.sealAll();
    const leaves = await here.leaves();
    expect(leaves.map(({ index }) => index)).to.deep.equal(leaves.map((_, position) => position));
    expect(await kids()).to.deep.equal(
      Array.from({ length: 40 }, (_, turn) => [`${turn}a`, `${turn}b`]).flat(),
    );
    const newest = await here.newest();
    expect(newest?.size).to.equal(leaves.length);
    expect(
      newest && Buffer.from(newest.root).equals(naiveRootOfHashes(leaves.map(({ hash }) => hash))),
    ).to.equal(true);
  });

  it('seals what was changed or put there before it came, and names it', async () => {
    await here.sealAll();
    await here.events(['edited', 'moved', 'left alone']);
    await here.tamper(
      `update audit_events set details = '{"kid": "else"}' where details ->> 'kid' = 'edited'`,
    );
    await here.tamper(
      `update audit_events set at = at + interval '1 second' where details ->> 'kid' = 'moved'`,
    );
    const insert =
      'insert into audit_events (id, at, type, outcome, details, mac) values (gen_random_uuid(), now(), ';
    await here.tamper(`${insert} 'key.retired', 'success', '{"kid": "forged"}', sha256('guess'))`);
    await here.tamper(`${insert} 'key.retired', 'success', '{"kid": "bare"}', null)`);
    await here.tamper(`${insert} 'key.retired', 'success', '{"kid": "huge", "n": 1e400}', '\\x00')`);
    await here.sealAll();
    const found = (await here.leaves()).filter(({ kid }) => kid !== null);
    expect(Object.fromEntries(found.map(({ kid, mac }) => [kid, mac]))).to.deep.equal({
      else: 'invalid',
      moved: 'invalid',
      'left alone': 'valid',
      forged: 'invalid',
      bare: 'invalid',
      huge: 'invalid',
    });
    const named = found.filter(({ mac }) => mac === 'invalid').map(({ id }) => id);
    expect(here.sealing.invalid).to.have.members(named);
    expect(await here.sealing.standing.read()).to.include({ invalid: 5, fits: true });
  });

  it('is not stopped by a second row with the id of another, which it never seals', async () => {
    await here.sealAll();
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details)
       select '01934f2e-0000-7000-8000-000000000001', now() + number * interval '1 second', 'key.retired', 'success', '{"kid": "twice"}'
       from generate_series(1, 2) as number`,
    );
    await here.events(['behind']);
    await here.sealAll();
    const { rows } = await here.owner.query(
      `select count(*)::int as leaves from audit_leaves where event = '01934f2e-0000-7000-8000-000000000001'`,
    );
    expect(rows).to.deep.equal([{ leaves: 1 }]);
    expect(await kids()).to.include('behind');
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details)
       values ('01934f2e-0000-7000-8000-000000000001', now() - interval '1 day', 'key.retired', 'success', '{"kid": "again"}')`,
    );
    await here.events(['further']);
    await here.sealAll();
    expect((await here.newest())?.size).to.equal((await here.sealing.standing.read()).size);
  });

  it('goes on only with the tree that was signed last', async () => {
    await here.events([1]);
    await here.sealAll();
    const { rows } = await here.owner.query('select size, frontier from audit_sealing');
    const { size, frontier } = rows[0];
    const changes: [string, unknown[]][] = [
      ['update audit_sealing set frontier = $1::jsonb', [JSON.stringify([...frontier].reverse())]],
      ['update audit_sealing set frontier = $1::jsonb', ['["00"]']],
      [`update audit_sealing set frontier = $1::jsonb`, ['{}']],
      ['update audit_sealing set size = $1::bigint - 1', [size]],
      ['update audit_sealing set signed_note = replace(signed_note, $1, $2)', ['\u2014 id', '\u2014 ix']],
      [
        'with gone as (delete from audit_checkpoints where $1) update audit_sealing set signed_size = null',
        [true],
      ],
    ];
    for (const [sql, values] of changes) {
      await here.tamper('begin');
      await here.tamper('commit');
      await here.owner.query('create table if not exists kept_state as table audit_sealing');
      await here.owner.query('create table if not exists kept_checkpoints as table audit_checkpoints');
      await here.tamper(sql, values);
      await here.events(['more']);
      const refused = await here.sealing.sealer.seal().then(
        () => undefined,
        (error) => error,
      );
      expect(refused, sql).to.include({ code: 'audit_tree_misfit' });
      expect(await here.sealing.standing.read(), sql).to.include({ fits: false });
      await here.tamper(`update audit_sealing s set size = k.size, frontier = k.frontier, signed_size = k.signed_size,
        signed_note = k.signed_note from kept_state k`);
      await here.tamper('delete from audit_checkpoints');
      await here.tamper(
        'insert into audit_checkpoints overriding system value select * from kept_checkpoints',
      );
    }
    await here.sealAll();
    expect(await here.sealing.standing.read()).to.include({ fits: true });
  });

  it('keeps a checkpoint a minute, and goes on from the one that was signed last', async () => {
    await here.sealAll();
    const kept = async () =>
      (await here.owner.query('select size::int as size from audit_checkpoints order by id')).rows.map(
        ({ size }) => size,
      );
    const [first, ...more] = await kept();
    expect(more).to.deep.equal([]);
    const sealOne = async (name: string) => {
      await here.events([name]);
      await here.sealAll();
      return (await here.newest())?.size;
    };
    expect(await sealOne('one')).to.equal(first + 1);
    expect(await sealOne('two')).to.equal(first + 2);
    expect(await kept(), 'within a minute').to.deep.equal([first]);
    await here.tamper(`update audit_checkpoints set at = at - interval '61 seconds'`);
    await sealOne('three');
    await sealOne('four');
    expect(await kept()).to.deep.equal([first, first + 3]);
    await here.tamper(`update audit_checkpoints set at = at + interval '1 day'`);
    await sealOne('five');
    expect(await kept(), 'behind a clock that was put back').to.deep.equal([first, first + 3, first + 5]);
    await sealOne('six');
    const newest = await here.sealing.checkpoints.newest();
    if (newest === undefined) throw new Error('nothing is signed');
    for (const _ of [1, 2]) await here.sealing.checkpoints.keep(newest);
    expect(await kept(), 'what somebody gets, once').to.deep.equal([first, first + 3, first + 5, first + 6]);
  });

  it('does not take a tree that was rewritten and signed by another key', async () => {
    await here.events([1, 2]);
    await here.sealAll();
    const stranger = sealingOn(here.database);
    await here.tamper('delete from audit_keys');
    await stranger.openKey();
    await here.events([3]);
    const refused = await stranger.sealer.seal().catch((error) => error);
    expect(refused).to.include({ code: 'audit_tree_misfit' });
  });
});
