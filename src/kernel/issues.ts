import { didYouMean } from './nearest.ts';

/**
 * What a schema says of a value, in words for people: a line for each thing that is wrong, with the name of what it concerns. The
 * shape is that of zod's issues, whose messages the schemas give themselves.
 */

export interface Issue {
  readonly code?: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  /** With `unrecognized_keys`: the names that the schema does not know. */
  readonly keys?: readonly string[];
}

/** `scopes.0.name` */
export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/**
 * One line for each problem. `known` tells the names that there are at a path, for those that are not; `whole` names the value
 * itself ("the file").
 */
export function issueLines(
  issues: readonly Issue[],
  known: (path: readonly PropertyKey[]) => readonly string[],
  whole: string,
): string[] {
  return issues.flatMap(({ code, message, path, keys = [] }) =>
    code === 'unrecognized_keys'
      ? keys.map((key) => {
          const name = pathText([...path, key])
            .replace(/\p{C}/gu, '?')
            .slice(0, 200);
          return `${name}: is unknown${didYouMean(key, known(path))}`;
        })
      : [`${pathText(path) || whole}: ${message}`],
  );
}
