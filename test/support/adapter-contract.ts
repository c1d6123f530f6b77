import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { Clock } from '../../src/kernel/clock.ts';
import { formsOf } from './database-dump.ts';

/** What oidc-provider asks of its store. */
export interface ProtocolAdapter {
  find(id: string): Promise<Record<string, unknown> | undefined>;
  findByUid(uid: string): Promise<Record<string, unknown> | undefined>;
  findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined>;
  upsert(id: string, payload: Record<string, unknown>, expiresIn?: number): Promise<void>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

export interface AdapterBackend {
  /** The adapter of a model, on the node of this number: nodes share the data and nothing else. */
  adapter(model: string, node?: number): ProtocolAdapter;
  /** Everything that is stored, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

/** Everything that is stored under an id, but for clients, which are registered elsewhere. */
const MODELS = [
  'Session',
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'ClientCredentials',
  'InitialAccessToken',
  'RegistrationAccessToken',
  'Interaction',
  'ReplayDetection',
  'PushedAuthorizationRequest',
  'Grant',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
];
/** For how long after its time a code of a device is there, so that it is told what became of it. */
const KEPT: Readonly<Record<string, number>> = { DeviceCode: 600_000 };
const WRITTEN_ONCE = new Set(['ReplayDetection']);
const CONSUMABLE = [
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'PushedAuthorizationRequest',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
];
const GRANTABLE = [
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
];

const newId = () => randomBytes(24).toString('base64url');
const settled = (results: PromiseSettledResult<unknown>[], status: 'fulfilled' | 'rejected') =>
  results.filter((result) => result.status === status);

/**
 * What every store of the protocol's artefacts must do, on whatever it stands. `open` makes an empty one whose time is
 * the clock's.
 */
export function adapterContract(name: string, open: (clock: Clock) => Promise<AdapterBackend>): void {
  describe(`the adapter on ${name}`, () => {
    let backend: AdapterBackend;
    let now: number;

    before(async () => {
      now = Date.now();
      backend = await open({ now: () => new Date(now) });
    });
    after(() => backend.close());

    for (const model of MODELS) {
      describe(model, () => {
        const adapter = (node = 0) => backend.adapter(model, node);
        const payload = (id: string, more = {}) => ({ jti: id, kind: model, iat: 1, exp: 2, ...more });

        it('finds what was stored, on every node, and nothing else', async () => {
          const id = newId();
          const stored = payload(id, { nested: { list: [1, 'two', null] }, text: 'ünï' });
          await adapter().upsert(id, stored, 60);
          expect(await adapter().find(id)).to.deep.equal(stored);
          expect(await adapter(1).find(id)).to.deep.equal(stored);
          expect(await adapter().find(newId())).to.equal(undefined);
          expect(await adapter().find('')).to.equal(undefined);
          const other = MODELS[(MODELS.indexOf(model) + 1) % MODELS.length] as string;
          expect(await backend.adapter(other).find(id), 'under another model').to.equal(undefined);
        });

        it('does not keep the id in a form in which it could be used', async () => {
          const id = newId();
          await adapter().upsert(id, payload(id), 60);
          const dump = await backend.dump();
          for (const form of formsOf(id)) expect(dump.includes(form), form).to.equal(false);
        });

        it('does not find what is past its time, swept or not', async () => {
          const id = newId();
          await adapter().upsert(id, payload(id, { uid: id, userCode: id }), 10);
          now += 9_999 + (KEPT[model] ?? 0);
          expect(await adapter().find(id)).to.be.an('object');
          now += 1;
          expect(await adapter().find(id)).to.equal(undefined);
          expect(await adapter(1).find(id)).to.equal(undefined);
          expect(await adapter().findByUid(id)).to.equal(undefined);
          expect(await adapter().findByUserCode(id)).to.equal(undefined);
        });

        it('keeps what has no end', async () => {
          const id = newId();
          await adapter().upsert(id, payload(id));
          now += 10 * 365 * 86_400_000;
          expect(await adapter().find(id)).to.deep.equal(payload(id));
        });

        it('forgets what is destroyed, and bears being told twice', async () => {
          const [id, kept] = [newId(), newId()];
          await adapter().upsert(id, payload(id), 60);
          await adapter().upsert(kept, payload(kept), 60);
          await adapter().destroy(id);
          await adapter().destroy(id);
          expect(await adapter(1).find(id)).to.equal(undefined);
          expect(await adapter(1).find(kept)).to.be.an('object');
        });

        if (WRITTEN_ONCE.has(model)) {
          it('is stored once while it is valid: of parallel writers on all nodes one wins', async () => {
            const id = newId();
            const results = await Promise.allSettled(
              Array.from({ length: 20 }, (_, index) => adapter(index % 2).upsert(id, payload(id), 60)),
            );
            expect(settled(results, 'fulfilled')).to.have.length(1);
            expect(settled(results, 'rejected')).to.have.length(19);
            now += 60_000;
            await adapter().upsert(id, payload(id), 60);
          });
        } else {
          it('replaces what was stored, with its end', async () => {
            const id = newId();
            await adapter().upsert(id, payload(id, { turn: 1 }), 10);
            await adapter(1).upsert(id, payload(id, { turn: 2 }), 100);
            now += 50_000;
            expect(await adapter().find(id)).to.deep.include({ turn: 2 });
          });
        }

        if (CONSUMABLE.includes(model)) {
          it('is consumed once: of parallel consumers on all nodes one wins, and everybody sees it', async () => {
            const id = newId();
            await adapter().upsert(id, payload(id), 60);
            expect(await adapter().find(id)).to.not.have.property('consumed');
            const results = await Promise.allSettled(
              Array.from({ length: 20 }, (_, index) => adapter(index % 2).consume(id)),
            );
            expect(settled(results, 'fulfilled')).to.have.length(1);
            expect(settled(results, 'rejected')).to.have.length(19);
            for (const node of [0, 1]) {
              expect(await adapter(node).find(id)).to.deep.equal({
                ...payload(id),
                consumed: Math.floor(now / 1000),
              });
            }
          });

          it('cannot be consumed when it is not there', async () => {
            const refused = await adapter()
              .consume(newId())
              .then(
                () => false,
                () => true,
              );
            expect(refused).to.equal(true);
          });
        }

        if (GRANTABLE.includes(model)) {
          it('is revoked by its grant, and only that', async () => {
            const [grantId, other] = [newId(), newId()];
            const ids = [newId(), newId(), newId()] as const;
            await adapter().upsert(ids[0], payload(ids[0], { grantId }), 60);
            await adapter(1).upsert(ids[1], payload(ids[1], { grantId }), 60);
            await adapter().upsert(ids[2], payload(ids[2], { grantId: other }), 60);
            await adapter().revokeByGrantId(grantId);
            expect(await adapter().find(ids[0])).to.equal(undefined);
            expect(await adapter(1).find(ids[1])).to.equal(undefined);
            expect(await adapter().find(ids[2])).to.be.an('object');
            await adapter().revokeByGrantId(newId());
          });
        }
      });
    }

    it('finds a session by its uid, to be read only: without the id that is its secret', async () => {
      const sessions = backend.adapter('Session');
      const [id, uid] = [newId(), newId()];
      await sessions.upsert(id, { jti: id, kind: 'Session', uid, accountId: 'somebody' }, 60);
      const found = await sessions.findByUid(uid);
      expect(found).to.include({ uid, accountId: 'somebody' });
      expect(JSON.stringify(found)).to.not.include(id);
      expect(await sessions.findByUid(newId())).to.equal(undefined);
      expect(await backend.adapter('Interaction').findByUid(uid)).to.equal(undefined);
      const renewed = newId();
      await sessions.upsert(renewed, { jti: renewed, kind: 'Session', uid, accountId: 'somebody' }, 60);
      await sessions.destroy(id);
      expect(await sessions.findByUid(uid)).to.include({ uid });
    });

    it('finds a device code by its user code', async () => {
      const codes = backend.adapter('DeviceCode');
      const id = newId();
      await codes.upsert(id, { jti: id, kind: 'DeviceCode', userCode: 'ABCD-EFGH' }, 60);
      expect(await codes.findByUserCode('ABCD-EFGH')).to.include({ userCode: 'ABCD-EFGH', jti: id });
      const dump = await backend.dump();
      for (const form of formsOf(id)) expect(dump.includes(form)).to.equal(false);
      expect(await codes.findByUserCode('WXYZ-WXYZ')).to.equal(undefined);
    });

    it('keeps no secret of others in an interaction, and gives back what the provider needs', async () => {
      const interactions = backend.adapter('Interaction');
      const [id, cookie, pushed, deviceCode] = [newId(), newId(), newId(), newId()];
      const session = { accountId: 'somebody', uid: newId() };
      const returnTo = `https://id.example/authorize/${id}`;
      const known = { jti: id, session, parJti: pushed, deviceCode, returnTo };
      await interactions.upsert(id, { ...known, session: { ...session, cookie } }, 60);
      expect(await interactions.find(id)).to.deep.equal(known);
      const dump = await backend.dump();
      for (const secret of [id, cookie, pushed, deviceCode]) {
        for (const form of formsOf(secret)) expect(dump.includes(form)).to.equal(false);
      }
    });

    it('takes no clients: they are registered by an administrator', async () => {
      const refused = await backend
        .adapter('Client')
        .upsert('client', { client_id: 'client' })
        .then(
          () => false,
          () => true,
        );
      expect(refused).to.equal(true);
    });
  });
}
