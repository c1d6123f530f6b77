import { mail } from '../../src/administration/mail.ts';
import { type ActCase, type ActGround, attempt } from './act-cases.ts';
import { fixture } from './evidence/fixture.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';

/** A mail in this state, to somebody new; answers its id. */
async function mailIn({ app, addPerson }: ActGround, state: 'waiting' | 'sent', attempts = 1) {
  const { id } = await addPerson();
  const [row] = await fixture<{ id: string }>(
    app.database,
    `insert into mail_outbox (id, kind, account_id, priority, sealed, state, attempts, next_attempt_at, created_at, finished_at)
     values (gen_random_uuid(), 'new-device', $1, 1, case when $2 = 'waiting' then 'x' end, $2, $3, now() + interval '1 day',
       now(), case when $2 = 'sent' then now() end) returning id`,
    [id, state, attempts],
  );
  return { mail: row?.id ?? '', account: id };
}

const BOUNCE = { reason: '550 5.1.1 no such user', permanent: true };

/** Reports of mails that came back. */
export const BOUNCE_CASES: readonly ActCase[] = [
  {
    name: 'mail.report_bounce',
    prepare: async (ground) => {
      const told = await mailIn(ground, 'sent');
      return attempt(
        mail.reportBounce,
        { mail: told.mail, ...BOUNCE },
        { ...told, kind: 'new-device', changed: true },
      );
    },
    events: ['mail.bounced'],
    refuses: [
      ['mail_unknown', async () => attempt(mail.reportBounce, { mail: NOBODY, ...BOUNCE })],
      ['mail_unknown', async () => attempt(mail.reportBounce, { mail: 'nonsense', ...BOUNCE })],
      [
        'mail_unknown',
        async (ground) => {
          const { mail: id } = await mailIn(ground, 'waiting', 0);
          return attempt(mail.reportBounce, { mail: id, ...BOUNCE });
        },
      ],
      ...['', 'two\nlines', 'x'.repeat(501), 'nul\0'].map(
        (reason) =>
          [
            'input_invalid',
            async (ground: ActGround) =>
              attempt(mail.reportBounce, { mail: (await mailIn(ground, 'sent')).mail, ...BOUNCE, reason }),
          ] as const,
      ),
    ],
  },
  {
    name: 'mail.report_bounce, for good after it was said that it was for now',
    prepare: async (ground) => {
      const { mail: id } = await mailIn(ground, 'sent');
      await attempt(mail.reportBounce, { mail: id, ...BOUNCE, permanent: false }).perform(ground.app);
      return attempt(mail.reportBounce, { mail: id, ...BOUNCE }, { changed: true });
    },
    events: ['mail.bounced'],
    refuses: [],
  },
  {
    name: 'mail.report_bounce, once more',
    prepare: async (ground) => {
      const { mail: id } = await mailIn(ground, 'sent');
      await attempt(mail.reportBounce, { mail: id, ...BOUNCE }).perform(ground.app);
      return attempt(mail.reportBounce, { mail: id, ...BOUNCE, permanent: false }, { changed: false });
    },
    events: [],
    refuses: [],
  },
];
