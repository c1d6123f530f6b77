import type { Account } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import { addPendingEvent, PENDING_EVENTS } from '../domain/audit/pending-events.ts';
import { type DeviceStore, deviceWasAdded, type Sighting } from '../domain/devices/store.ts';
import type { TrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import { addSeconds } from '../kernel/clock.ts';
import type { UnitOfWork, Write } from '../storage/unit-of-work.ts';

/** What a sign-in says of the device on which it was made. */
export interface AboutDevice {
  /** The id that the browser's device cookie holds or will hold; undefined where nothing is to be remembered of the device. */
  readonly deviceId: string | undefined;
  /**
   * Whether people are told that they have signed in on a device that they had not before. Not of a shared workstation in
   * a network that the operator has named: it is never remembered, so each sign-in there would be told, and a notice
   * that comes every day is one that nobody reads. That a client says so is not enough: anybody can open it anywhere.
   */
  readonly tellsOfDevice: boolean;
  readonly now: Date;
  readonly sighting: Sighting;
}

export interface DeviceStores {
  readonly devices: Pick<DeviceStore, 'remember'>;
  readonly trustedDevices: Pick<TrustedDeviceStore, 'trust'>;
  readonly notices: { newDevice(account: Account, sighting: Sighting): Write[] };
}

const DAY_SECONDS = 86_400;

/**
 * Puts into the unit what a complete sign-in makes of its device: it is remembered, trusted where asked for, and told of when
 * new.
 */
export function settleDevice(
  unit: UnitOfWork,
  stores: DeviceStores,
  accountId: string,
  of: { readonly account: Account | undefined; readonly deviceIsKnown: boolean; readonly trustDays: number },
  { deviceId, tellsOfDevice, now, sighting }: AboutDevice,
): void {
  const { account, deviceIsKnown, trustDays } = of;
  const about = { outcome: 'success', actor: person(accountId), account: accountId } as const;
  if (account !== undefined && !deviceIsKnown && tellsOfDevice) {
    unit.add(...stores.notices.newDevice(account, sighting));
  }
  if (deviceId === undefined) return;
  unit.add(...stores.devices.remember(deviceId, accountId, sighting));
  if (trustDays > 0) {
    unit.add(...stores.trustedDevices.trust(accountId, deviceId, trustDays, sighting));
    const until = addSeconds(now, trustDays * DAY_SECONDS).toISOString();
    addPendingEvent(unit, { type: 'device.trusted', ...about, details: { until } });
  }
  const added = { type: 'device.added', ...about, details: {} } as const;
  unit.add(unit.part(PENDING_EVENTS).writeWhere(added, deviceWasAdded));
}
