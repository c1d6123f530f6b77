import pg from 'pg';

/** A trail of years: people, clients, sessions and addresses as a busy installation has them, a few of each that are busy. */
export async function addManyEvents(ownerUrl: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('set synchronous_commit = off');
    await client.query(
      `insert into audit_events (id, at, type, outcome, actor_kind, actor, account, client, session, factor, ip, user_agent, request_id, details)
       select
         (lpad(to_hex(1700000000000 + n * 60), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
         timestamptz '2024-01-01T00:00:00Z' + n * interval '60 milliseconds',
         types[1 + kind], case when failed then 'failure' else 'success' end,
         case when failed then null when n % 97 = 0 then 'command' else 'person' end,
         case when failed or n % 97 = 0 then null else person end,
         person, 'client-' || n % 40, case when kind < 5 then 'session-' || n / 12 end, 'pwd',
         '10.' || n % 7 || '.' || (n / 7) % 250 || '.' || n % 250, 'Browser/' || n % 20, md5(n::text),
         case when failed then jsonb_build_object('reason', (array['password_wrong', 'locked', 'rare'])[1 + case when n % 5000 = 19 then 2 else n % 2 end])
           else '{"amr": ["pwd"], "acr": "aal1"}'::jsonb end
       from (
         select n, n % 20 = 19 as failed, md5((n % 20000)::text)::uuid::text as person,
           case when n % 20 = 19 then 5 when n % 1000 = 500 then 6 when n % 1000 = 501 then 7 else n % 5 end as kind,
           array['token.issued', 'session.started', 'sign_in.succeeded', 'authorization.granted', 'session.ended', 'sign_in.failed',
             'client.updated', 'client.created'] as types
         from generate_series(1, $1::integer) as n) as made`,
      [count],
    );
    await client.query('vacuum (analyze) audit_events');
  } finally {
    await client.end();
  }
}

/** Each filter by itself, with values that are busy in {@link addManyEvents}. */
export const MANY_EVENTS_FILTERS = {
  everything: {},
  person: { person: 'c4ca4238-a0b9-2382-0dcc-509a6f75849b' },
  'person who acted': { actor: 'c4ca4238-a0b9-2382-0dcc-509a6f75849b' },
  command: { actor: 'command' },
  type: { action: 'token.issued' },
  'rare type': { action: 'client.created' },
  'types by their beginning': { action: 'session.' },
  client: { client: 'client-7' },
  session: { session: 'session-4000' },
  address: { ip: '10.3.0.3' },
  failures: { outcome: 'failure' },
  successes: { outcome: 'success' },
  reason: { reason: 'locked' },
  'rare reason': { reason: 'rare' },
  time: { from: new Date('2024-01-01T03:00:00Z'), to: new Date('2024-01-01T04:00:00Z') },
} as const;

/** Filters that no index answers together. */
export const MANY_EVENTS_COMBINED = {
  'client and reason': { client: 'client-7', reason: 'rare' },
  'person and failure': { person: 'c4ca4238-a0b9-2382-0dcc-509a6f75849b', outcome: 'failure' },
  'client and rare type': { client: 'client-7', action: 'client.created' },
  'failure of an address': { outcome: 'failure', ip: '10.3.0.3' },
} as const;
