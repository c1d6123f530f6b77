/** Devices remembered of one person; beyond it, the one not seen for longest is forgotten. */
export const MAX_DEVICES_OF_AN_ACCOUNT = 20;

/** People remembered of one device: enough for everybody of a ward at its shared workstation. */
export const MAX_ACCOUNTS_OF_A_DEVICE = 100;

/** How long a browser keeps its id: a year from the last sign-in, in milliseconds. */
export const COOKIE_AGE_MS = 365 * 86_400_000;

const DEVICE_ID = /^[\w-]{43}$/;

/** Whether a cookie's value can be an id of ours: 256 bits in base64url. */
export const isDeviceId = (text: string): boolean => DEVICE_ID.test(text);
