import type { ClientRegistration } from '../administration/clients/registration.ts';
import type { Job } from './runner.ts';

const HOUR_MS = 3_600_000;

export interface ExpireRegistrationsDependencies {
  /** Undefined where clients do not register themselves. */
  readonly clientRegistration: Pick<ClientRegistration, 'expireUnused'> | undefined;
}

/** Removes clients that have registered themselves and are not used. Every node does it; each looks again before it removes one. */
export const createExpireRegistrations = ({ clientRegistration }: ExpireRegistrationsDependencies): Job => ({
  name: 'expire-registrations',
  async round() {
    const found = (await clientRegistration?.expireUnused()) ?? 0;
    return found === 0 ? HOUR_MS : 0;
  },
});
