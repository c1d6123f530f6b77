/**
 * A value in the details of an event that identifies a person: an address, a name. What is stored, and proven, is its salted digest;
 * salt and value are kept beside the event and erased with the person. Made by {@link personal}.
 */
export class Personal {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export const personal = (value: string): Personal => new Personal(value);

/** What stands in stored details in the place of a {@link Personal}: base64url of SHA-256(salt ‖ UTF-8 of the value). */
export interface PersonalDigest {
  readonly sha256: string;
}
