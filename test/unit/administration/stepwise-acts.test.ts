import { expect } from 'chai';
import { z } from 'zod';
import { ACTS } from '../../../src/administration/index.ts';
import { keys } from '../../../src/administration/keys/index.ts';
import { mail } from '../../../src/administration/mail.ts';
import { defineStepwise } from '../../../src/administration/stepwise.ts';
import type { SealedColumn } from '../../../src/storage/resealing.ts';
import { OPERATOR } from '../../support/administration.ts';
import { fakeGround } from './fakes.ts';

const failing = (work: Promise<unknown>): Promise<Error & { code?: string }> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error,
  );

const BY = {
  outcome: 'success',
  actor: { kind: 'command', command: 'gatehouse test', user: 'tester' },
  origin: {},
};

describe('an act of several steps', () => {
  const count = defineStepwise({
    name: 'keys.count',
    scope: 'system:write',
    irreversible: false,
    input: z.strictObject({ to: z.int() }),
    result: z.object({ counted: z.int() }),
    async run({ limit }: { readonly limit: number }, { input, step }) {
      for (let each = 1; each <= input.to; each += 1) {
        await step(async ({ record }) => {
          await record({ type: 'key.retired', details: { kid: String(each) } });
          if (each > limit) throw new Error('power cut');
        });
      }
      return { counted: input.to, secret: 'left out' };
    },
  });

  it('is a transaction for each, with its events by whoever acts, and says so', async () => {
    const ground = fakeGround();
    expect(await count.perform({ ...ground, limit: 9 }, OPERATOR, { to: 2 })).to.deep.equal({ counted: 2 });
    expect(ground.steps).to.deep.equal(['begin', 'commit', 'begin', 'commit']);
    expect(ground.events).to.deep.equal(
      ['1', '2'].map((kid) => ({ type: 'key.retired', details: { kid }, ...BY })),
    );
    expect(count).to.include({ atomic: false, readOnly: false });
  });

  it('keeps the steps before one that fails, and begins none after it', async () => {
    const ground = fakeGround();
    const error = await failing(count.perform({ ...ground, limit: 1 }, OPERATOR, { to: 3 }));
    expect(error.message).to.equal('power cut');
    expect(ground.steps).to.deep.equal(['begin', 'commit', 'begin', 'rollback']);
    expect(ground.events.map(({ details }) => details)).to.deep.equal([{ kid: '1' }]);
  });

  it('asks for permission and shape before the first', async () => {
    const ground = fakeGround();
    const client = { kind: 'client', clientId: 'c', scopes: ['keys:write'], origin: {} } as const;
    const deps = { ...ground, limit: 9 };
    expect(await failing(count.perform(deps, client, { to: 1 }))).to.include({ code: 'not_permitted' });
    expect(await failing(count.perform(deps, OPERATOR, { to: 0.5 }))).to.include({ code: 'input_invalid' });
    expect(ground.steps).to.deep.equal([]);
  });

  it('is the exception', () => {
    expect(ACTS.filter(({ atomic }) => !atomic).map(({ name }) => name)).to.deep.equal([
      'people.import',
      'passwords.wrap_hashes',
      'config.apply',
      'keys.rotate_mfa',
      'keys.rotate_encryption',
      'mail.send_test',
      'audit.rotate_key',
      'audit.export',
      'audit.archive',
      'audit.recover',
    ]);
  });
});

describe('keys.rotate_mfa', () => {
  /** Three batches: one with a seed that no key opens, one with nothing to do, the last one with the same person again. */
  const batches = [
    { resealed: 499, unopened: ['pat'], next: 'b' },
    { resealed: 0, unopened: [], next: 'c' },
    { resealed: 1, unopened: ['pat', 'sam'], next: undefined },
  ];

  it('is a transaction for each batch, with an event where there was something to do', async () => {
    const ground = fakeGround();
    const asked: unknown[] = [];
    const totpResealing = {
      keyId: 'new',
      async reseal(tx: unknown, limit: number, after?: string) {
        expect([tx, limit]).to.deep.equal([ground.tx, 500]);
        return batches[asked.push(after) - 1] as (typeof batches)[number];
      },
    };
    expect(await keys.rotateMfa.perform({ ...ground, totpResealing }, OPERATOR, {})).to.deep.equal({
      keyId: 'new',
      resealed: 500,
      unopened: ['pat', 'sam'],
    });
    expect(asked).to.deep.equal([undefined, 'b', 'c']);
    expect(ground.steps).to.have.length(6);
    expect(ground.events).to.deep.equal([
      { type: 'mfa_key.rotated', details: { keyId: 'new', resealed: 499, failed: 1 }, ...BY },
      { type: 'mfa_key.rotated', details: { keyId: 'new', resealed: 1, failed: 2 }, ...BY },
    ]);
  });

  it('keeps what was sealed anew before a batch fails', async () => {
    const ground = fakeGround();
    const totpResealing = {
      keyId: 'new',
      reseal: async (_tx: unknown, _limit: number, after?: string) =>
        after === undefined ? { resealed: 500, unopened: [], next: 'b' } : Promise.reject(new Error('gone')),
    };
    const error = await failing(keys.rotateMfa.perform({ ...ground, totpResealing }, OPERATOR, {}));
    expect(error.message).to.equal('gone');
    expect(ground.steps).to.deep.equal(['begin', 'commit', 'begin', 'rollback']);
    expect(ground.events).to.have.length(1);
  });
});

describe('keys.rotate_encryption', () => {
  it('goes through everything that is sealed, and tells what still needs an older key', async () => {
    const ground = fakeGround();
    const deps = {
      ...ground,
      database: { ...ground.database, query: async () => [] },
      resealing: {
        keyId: 'new',
        reseal: async (_tx: unknown, { table }: SealedColumn) =>
          table === 'mail_outbox'
            ? { resealed: 2, unopened: ['m1'], next: undefined }
            : { resealed: 0, unopened: [], next: undefined },
      },
      totpResealing: { countUnderOldGeneralKeys: async () => 3 },
      clientSecrets: {
        withUnknownKey: async ([known]: readonly string[]) => (known === 'new' ? ['old'] : []),
      },
    };
    expect(await keys.rotateEncryption.perform(deps, OPERATOR, {})).to.deep.equal({
      keyId: 'new',
      sealed: [
        { of: 'own_keys', resealed: 0, unopened: [] },
        { of: 'signing_keys', resealed: 0, unopened: [] },
        { of: 'audit_keys', resealed: 0, unopened: [] },
        { of: 'signer_keys', resealed: 0, unopened: [] },
        { of: 'mails', resealed: 2, unopened: ['m1'] },
        { of: 'requests', resealed: 0, unopened: [] },
        { of: 'approvals', resealed: 0, unopened: [] },
        { of: 'approval_results', resealed: 0, unopened: [] },
      ],
      seedsUnderOlderKeys: 3,
      clientsUnderOlderKeys: ['old'],
    });
    expect(ground.steps.filter((step) => step === 'commit')).to.have.length(8);
    const details = { keyId: 'new', of: 'mail_outbox', resealed: 2, failed: 1 };
    expect(ground.events).to.deep.equal([{ type: 'encryption_key.rotated', details, ...BY }]);
  });
});

describe('mail.send_test', () => {
  const deps = (send: (message: object) => Promise<void>, mailFolder?: object) => ({
    ...fakeGround(),
    mailTransport: { send },
    mailSender: { from: { address: 'no-reply@id.example' }, domain: 'id.example' },
    mailTimeoutSeconds: 5,
    mailFolder,
    issuer: 'https://id.example',
    clock: { now: () => new Date(0) },
    random: { uuid: () => 'u1' },
  });

  it('sends one mail, in no transaction', async () => {
    const sent: object[] = [];
    const ground = deps(async (message) => void sent.push(message));
    const answered = await mail.sendTest.perform(ground, OPERATOR, { to: 'pat@example.org' });
    expect(answered).to.deep.equal({ kept: false, issuer: 'https://id.example' });
    expect(sent).to.have.length(1);
    expect(sent[0]).to.deep.include({
      id: 'u1',
      messageId: '<u1@id.example>',
      to: { address: 'pat@example.org' },
      from: { address: 'no-reply@id.example' },
    });
    expect(ground.steps).to.deep.equal([]);
    const kept = deps(async () => undefined, {});
    expect(await mail.sendTest.perform(kept, OPERATOR, { to: 'pat@example.org' })).to.include({ kept: true });
  });

  it('fails as the transport does, and sends nothing to what is no address', async () => {
    const refused = deps(() => Promise.reject(new Error('550')));
    expect((await failing(mail.sendTest.perform(refused, OPERATOR, { to: 'a@b.example' }))).message).to.equal(
      '550',
    );
    const never = deps(() => Promise.reject(new Error('it was sent')));
    const error = await failing(mail.sendTest.perform(never, OPERATOR, { to: 'nobody' }));
    expect(error).to.include({ code: 'input_invalid' });
  });
});
