import type { Provider } from 'oidc-provider';
import { type DeviceLimits, limitDeviceRequests, slowDevicesDown } from './device-codes.ts';
import { type DeviceEventsDependencies, tellOfDevices } from './device-events.ts';
import { offerDeviceSignIn } from './device-flow.ts';

export type DeviceSignInDependencies = DeviceLimits & DeviceEventsDependencies;

/** Everything that a provider needs beside its configuration to sign devices in. */
export function signDevicesIn(provider: Provider, deps: DeviceSignInDependencies): void {
  offerDeviceSignIn(provider);
  limitDeviceRequests(provider, deps);
  slowDevicesDown(provider, deps);
  tellOfDevices(provider, deps);
}
