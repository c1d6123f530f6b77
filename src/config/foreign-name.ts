/** Names of environment variables of another system that mean nothing here, with what takes their place. */
export interface ForeignName {
  /** Names, or the beginning of names where it ends in `*`. */
  readonly names: readonly string[];
  /** Whose they are, for documentation. */
  readonly of: string;
  /** What takes their place: completes "NAME: is no setting of Gatehouse; …". */
  readonly instead: string;
}

/** The words of a text, one after the other. */
export const words = (text: string): string[] => text.trim().split(/\s+/);
