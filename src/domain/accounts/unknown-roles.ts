import { nearestName } from '../../kernel/nearest.ts';

export interface UnknownRole {
  readonly role: string;
  /** The known role that was probably meant. */
  readonly nearest?: string | undefined;
}

/**
 * The roles that nobody has and no setting names, each with the nearest of those that are known. It may be the first of its kind,
 * so it is nothing to refuse: it is warned of, because what is misspelt opens nothing and no policy holds for it.
 */
export function unknownRoles(given: Iterable<string>, known: readonly string[]): UnknownRole[] {
  return [...new Set(given)]
    .filter((role) => !known.includes(role))
    .map((role) => ({ role, nearest: nearestName(role, known) }));
}

/** `nobody has the role "nurze" yet, and no setting names it; did you mean nurse?` */
export const unknownRoleText = ({ role, nearest }: UnknownRole): string =>
  `nobody has the role "${role}" yet, and no setting names it${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
