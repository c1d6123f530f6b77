import type { DeclaredObject } from '../../domain/declared/store.ts';
import type { HeldKind } from './document.ts';
import type { Compared, Fields, HeldObject } from './plan.ts';

/** Which objects of one kind a document means: those that it has declared before, and those that it would declare now. Pure. */
export class Matching {
  readonly #kind: HeldKind;
  readonly #owner: string;
  /** By the id of what is there. */
  readonly #rows: ReadonlyMap<string, DeclaredObject>;
  /** The document's own, by their key. */
  readonly #own: ReadonlyMap<string, DeclaredObject>;
  readonly #matched = new Set<string>();

  constructor(kind: HeldKind, owner: string, rows: readonly DeclaredObject[]) {
    const ofKind = rows.filter((row) => row.kind === kind);
    this.#kind = kind;
    this.#owner = owner;
    this.#rows = new Map(ofKind.map((row) => [row.object, row]));
    this.#own = new Map(ofKind.filter((row) => row.owner === owner).map((row) => [row.key, row]));
  }

  /** What the document has declared under that key. */
  known(key: string): string | undefined {
    return this.#own.get(key)?.object;
  }

  row(id: string): DeclaredObject | undefined {
    return this.#rows.get(id);
  }

  /** Whether what is there may be meant by a key under which nothing was declared: no other key of the document means it. */
  isFree(id: string | undefined, declared: Readonly<Record<string, unknown>>): boolean {
    const row = id === undefined ? undefined : this.#rows.get(id);
    return row === undefined || row.owner !== this.#owner || !Object.hasOwn(declared, row.key);
  }

  /** The object is what the document means by the key. One that it had declared under another key is adopted anew. */
  held(key: string, id: string, fields: Fields): HeldObject {
    this.#matched.add(id);
    const row = this.#rows.get(id);
    const owner = row === undefined || (row.owner === this.#owner && row.key !== key) ? undefined : row.owner;
    return { id, fields, owner };
  }

  /** What the document has declared, means by no key any more, and is still there. */
  gone(fieldsOf: (id: string) => Fields | undefined): Compared[] {
    return [...this.#own.values()]
      .filter(({ object }) => !this.#matched.has(object))
      .flatMap(({ key, object: id }): Compared[] => {
        const fields = fieldsOf(id);
        return fields === undefined
          ? []
          : [{ kind: this.#kind, key, desired: undefined, held: { id, fields, owner: this.#owner } }];
      });
  }
}
