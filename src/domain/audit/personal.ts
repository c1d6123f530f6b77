/**
 * A value that identifies a person, inside the details of an event: it is stored as a salted digest, with the value beside the event,
 * so that it can be erased.
 */
export class Personal {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export const personal = (value: string): Personal => new Personal(value);
