import { randomBytes, randomUUID } from 'node:crypto';

/** Where the server gets randomness from. Injected, so that tests can repeat a run; production uses the CSPRNG of OpenSSL. */
export interface Randomness {
  bytes(length: number): Buffer;
  uuid(): string;
}

export const systemRandomness: Randomness = { bytes: randomBytes, uuid: randomUUID };

/** A UUID in text form (RFC 9562, section 4), of any version, as part of a regular expression. Lower case, as we write them. */
export const UUID_PATTERN = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** The same as a whole text, in either case, as others may write them. */
export const UUID = new RegExp(`^${UUID_PATTERN}$`, 'i');

/** Whether PostgreSQL takes the text for a UUID; one that is none would fail the statement that it is given to. */
export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * An unguessable bearer value, base64url. The default of 32 bytes carries 256 bits, above the 128 bits that
 * OWASP ASVS 7.2.3 asks of session identifiers.
 */
export const newToken = (random: Randomness, bytes = 32): string => random.bytes(bytes).toString('base64url');

/**
 * A UUIDv7 (RFC 9562, section 5.7): ordered by creation time, so that append-only tables insert at the end of their
 * index. `sequence` (at most 4095) orders ids of the same millisecond (section 6.2, method 1). Not for secrets: its
 * first 48 bits are the time.
 */
export function uuidV7(random: Randomness, at: Date, sequence?: number): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  // A random UUID has its variant where this one has it, and random digits to spare on both sides.
  const digits = random.uuid();
  const middle =
    sequence === undefined ? digits.slice(15, 18) : Math.min(sequence, 0xfff).toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${middle}${digits.slice(18)}`;
}
