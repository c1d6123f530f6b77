/** What a verifier has found: data, put into words by `words.en.ts` and `words.es.ts`. */

/** Which event, as far as it is known. */
export interface EventAt {
  readonly index: number;
  readonly event?: string | undefined;
  readonly type?: string | undefined;
  readonly at?: string | undefined;
}

/** One thing that is not as it was sealed. */
export type Finding =
  /** Another content than was sealed, or a personal value beside it. */
  | ({ readonly kind: 'altered' } & EventAt)
  | ({ readonly kind: 'personal_altered'; readonly path: string } & EventAt)
  /** Sealed, and not there any more. `to` is the last of several. */
  | ({ readonly kind: 'removed'; readonly to: number } & EventAt)
  /** There, and never sealed. */
  | ({ readonly kind: 'inserted' } & EventAt)
  /** Sealed at another place. */
  | ({ readonly kind: 'reordered'; readonly sealedAt: number } & EventAt)
  /** Sealed with a wrong MAC or without one: written or edited past Gatehouse, before it was sealed. */
  | ({ readonly kind: 'forged' } & EventAt)
  /** Its time was moved before it was sealed: `told_at` is there, and says about the same. */
  | ({ readonly kind: 'time_moved' } & EventAt)
  /** The line is not one that an export writes. */
  | { readonly kind: 'malformed'; readonly index: number; readonly line: number }
  /** One or several of these were altered, removed, inserted or reordered; which of them cannot be told. */
  | {
      readonly kind: 'rewritten';
      readonly from: number;
      readonly to: number;
      readonly time?: string | undefined;
    }
  /** The end is missing: events from this index on. */
  | { readonly kind: 'cut_off'; readonly from: number; readonly to: number }
  /** A checkpoint or an anchor that none of the trail's keys has signed. */
  | {
      readonly kind: 'foreign_key';
      readonly what: 'checkpoint' | 'anchor';
      readonly size?: number | undefined;
    }
  /** The key given is none of the trail's. */
  | { readonly kind: 'unknown_key' }
  /** A key that follows another without its signature. */
  | { readonly kind: 'key_change'; readonly verifier: string }
  /** The trail ends before the anchor, or has become another one before it: restored, rolled back or rewritten. */
  | {
      readonly kind: 'rolled_back';
      readonly anchor: number;
      readonly time?: string | undefined;
      readonly size: number;
    }
  /** A file beside the events does not say what the events say. */
  | { readonly kind: 'file'; readonly name: string }
  /** Of the live database: what is kept beside the trail. */
  | { readonly kind: 'node'; readonly level: number; readonly index: number }
  | { readonly kind: 'sealing_state' }
  | ({ readonly kind: 'never_sealed' } & Omit<EventAt, 'index'>)
  | ({ readonly kind: 'unsealed_forged' } & Omit<EventAt, 'index'>);

/** What is no sign of tampering, and worth knowing. */
export type Remark =
  | {
      readonly kind: 'restored';
      readonly index: number;
      readonly restored: number;
      readonly anchored: number;
    }
  | { readonly kind: 'key_changed'; readonly index: number; readonly to: string }
  | { readonly kind: 'anchor_outside'; readonly size: number }
  | { readonly kind: 'clock'; readonly count: number; readonly first: number }
  /** Its `at` does not fit those before and behind: the database's clock was wrong, or somebody has moved it. */
  | ({ readonly kind: 'time_unlikely' } & EventAt)
  | { readonly kind: 'time_back'; readonly size: number; readonly time: string }
  | { readonly kind: 'archived'; readonly to: number };

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface SizeAt {
  readonly size: number;
  readonly time: string | undefined;
}

export interface Report {
  readonly tampered: boolean;
  readonly origin: string;
  /** Key hashes of the keys that signed. */
  readonly signedBy: readonly string[];
  readonly first: number;
  readonly last: number;
  readonly firstAt: string | undefined;
  readonly lastAt: string | undefined;
  /** The newest checkpoint that is signed by a key that is trusted. */
  readonly newest: SizeAt | undefined;
  /** The newest anchor that agrees. */
  readonly anchored: SizeAt | undefined;
  readonly events: number;
  /** Lines of the evidence, those without an event included. */
  readonly lines: number;
  readonly checkpoints: number;
  /** Checkpoints between events that are not in this bundle: only their signatures were verified. */
  readonly signaturesOnly: number;
  readonly personal: number;
  readonly erased: number;
  readonly labelled: number;
  readonly unproven: readonly Span[];
  readonly unprovenCount: number;
  /** The first ones, in order; the first of all is the first bad event. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly remarks: readonly Remark[];
}

/** As many findings and remarks as are kept; all are counted. */
export const MAX_KEPT = 100;
