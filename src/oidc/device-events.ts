import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { AccountStore } from '../domain/accounts/store.ts';
import { client as clientActor, person } from '../domain/audit/actor.ts';
import { addPendingEvent } from '../domain/audit/pending-events.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Notices } from '../lifecycle/notices.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import { isDeviceRoute } from './device-endpoints.ts';

export interface DeviceEventsDependencies {
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly notices: Pick<Notices, 'deviceSignedIn'>;
  readonly clock: Clock;
}

/** A device's code as far as it is told of. */
interface Code {
  readonly clientId?: string;
  readonly accountId?: string;
  readonly error?: string;
  readonly iat: number;
  readonly deviceInfo?: { readonly address?: string };
}

/**
 * Has the trail tell of devices that ask, are confirmed and are refused; and whoever has confirmed one hear of it by mail, whose
 * link undoes it: of what somebody else has talked them into (RFC 8628, section 5.4) they would hear nothing else.
 */
export function tellOfDevices(
  provider: Provider,
  { accounts, notices, clock }: DeviceEventsDependencies,
): void {
  const confirmed = new WeakSet<object>();

  provider.on('device_authorization.success', ({ oidc }) => {
    const id = oidc.client?.clientId ?? '';
    const { scope } = (oidc.params ?? {}) as { scope?: string };
    addPendingEvent(currentUnit(), {
      type: 'device_sign_in.requested',
      outcome: 'success',
      actor: clientActor(id),
      client: id,
      details: scope === undefined ? {} : { scope },
    });
  });

  provider.on('device_code.saved', (saved) => {
    const { ctx } = Provider;
    const code = saved as unknown as Code;
    if (ctx === undefined || !isDeviceRoute(ctx) || code.error === undefined) return;
    addPendingEvent(currentUnit(), {
      type: 'device_sign_in.denied',
      outcome: 'failure',
      ...aboutPerson(ctx.oidc.session?.accountId),
      ...(code.clientId === undefined ? {} : { client: code.clientId }),
      details: { error: code.error, ...askedBy(code) },
    });
  });

  provider.on('authorization.success', (ctx) => {
    if (isDeviceRoute(ctx)) confirmed.add(ctx);
  });

  provider.use(async (ctx, next) => {
    await next();
    if (confirmed.has(ctx)) await tellOfConfirmation(ctx as KoaContextWithOIDC);
  });

  async function tellOfConfirmation(ctx: KoaContextWithOIDC): Promise<void> {
    const { client, entities, session } = ctx.oidc;
    const code = entities.DeviceCode as unknown as Code | undefined;
    if (client === undefined || code === undefined || session?.accountId === undefined) return;
    addPendingEvent(currentUnit(), {
      type: 'device_sign_in.confirmed',
      outcome: 'success',
      ...aboutPerson(session.accountId),
      client: client.clientId,
      session: session.uid,
      details: askedBy(code),
    });
    const account = await accounts.findById(session.accountId);
    if (account === undefined) return;
    const device = {
      client: client.clientName ?? client.clientId,
      askedFrom: code.deviceInfo?.address,
      askedAt: new Date(code.iat * 1000),
    };
    const sighting = { at: clock.now(), ip: ctx.ip, userAgent: ctx.get('User-Agent') || undefined };
    const writes = notices.deviceSignedIn(account, device, sighting);
    currentUnit()?.add(...writes);
  }
}

const aboutPerson = (id: string | undefined) => (id === undefined ? {} : { actor: person(id), account: id });

const askedBy = ({ iat, deviceInfo }: Code) => ({
  askedAt: new Date(iat * 1000).toISOString(),
  ...(deviceInfo?.address === undefined ? {} : { address: deviceInfo.address }),
});
