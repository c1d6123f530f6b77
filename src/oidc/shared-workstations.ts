import { currentUnit } from '../storage/unit-of-work.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';

/** A workstation that people share, such as that of a ward: nothing of a person may stay in its browser. */
export interface SharedWorkstation {
  /** Its address is in a network that the operator has named: it is no device that the person would be warned of. */
  readonly named: boolean;
}

/** What a request says of where it is made. */
export interface Whereabouts {
  /** As the trusted proxies vouch for it. */
  readonly address: string;
  /** The client that it is about, with its metadata. */
  readonly client?: object | undefined;
  /** The session of the browser, which this request has read. */
  readonly sessionUid?: string | undefined;
}

/**
 * Whether a request is made at a workstation that people share: because of its network, of its client, or of the session,
 * which stays what it was, wherever its browser goes and whatever is opened in it. Undefined where it is not.
 */
export type SharedWorkstations = (whereabouts: Whereabouts) => SharedWorkstation | undefined;

/** `isNamed`: whether an address is in a network that the operator has named. */
export const createSharedWorkstations =
  (isNamed: (address: string) => boolean): SharedWorkstations =>
  ({ address, client, sessionUid }) => {
    if (isNamed(address)) return { named: true };
    const { shared_workstation: ofClient } = (client ?? {}) as { shared_workstation?: boolean };
    return ofClient === true || isShared(sessionUid) ? { named: false } : undefined;
  };

/** Whether the session was one of a shared workstation when this request read it. */
export const isShared = (sessionUid: string | undefined): boolean =>
  sessionUid !== undefined && currentUnit()?.part(ARTIFACT_CHANGES).factsOf(sessionUid)?.shared === true;
