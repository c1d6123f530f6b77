import { type Kind, wholeNumber } from './kinds.ts';

/** What a setting is, and how sections of them become the type of the configuration. */

/** One setting. `T` is what the rest of the server receives. */
export interface Setting<T> {
  /** The environment variable. `NAME_FILE` names a file that holds the value instead. */
  readonly env: string;
  readonly kind: Kind<NonNullable<T>>;
  /** The value where nothing is given; `undefined` where there is none. */
  readonly fallback: T | undefined;
  /** What documentation shows as the default where `fallback` cannot say it. */
  readonly fallbackText?: string;
  readonly description: string;
  /** Never shown, never logged, not read from the configuration file. */
  readonly secret: boolean;
  /** Not read from the configuration file either, because others read the variable as well. */
  readonly environmentOnly?: boolean;
  /**
   * `always`: the server cannot start without it; a development start supplies it itself. `production`: the fallback
   * serves everywhere else. `no`: the fallback, or going without, is fine everywhere.
   */
  readonly required: 'always' | 'production' | 'no';
  /** For the production example of the documentation. */
  readonly example?: string;
}

/** A setting that the server can go without: its key is absent where nothing is given. */
export interface OptionalSetting<T> extends Setting<T> {
  readonly optional: true;
}

export interface Group {
  readonly [key: string]: Setting<unknown> | Group;
}

export interface Section<G extends Group = Group> {
  readonly title: string;
  readonly about: string;
  readonly settings: G;
}

type Details<T> = Pick<Setting<T>, 'description'> &
  Partial<Pick<Setting<T>, 'fallbackText' | 'secret' | 'environmentOnly' | 'required' | 'example'>>;

export const setting = <T>(
  env: string,
  kind: Kind<T>,
  fallback: NoInfer<T> | undefined,
  details: Details<T>,
): Setting<T> => ({ env, kind, fallback, secret: false, required: 'no', ...details }) as Setting<T>;

export const optional = <T>(env: string, kind: Kind<T>, details: Details<T>): OptionalSetting<T> => ({
  ...setting(env, kind, undefined, details),
  optional: true,
});

export const section = <const G extends Group>(title: string, about: string, settings: G): Section<G> => ({
  title,
  about,
  settings,
});

export const lifetime = (env: string, fallback: number, max: number, description: string, min = 60) =>
  setting(env, wholeNumber({ min, max, unit: 'seconds' }), fallback, { description });

export type Simplify<T> = { [K in keyof T]: T[K] };
type OptionalKeys<G> = { [K in keyof G]: G[K] extends { readonly optional: true } ? K : never }[keyof G];
type ValueOf<S> = S extends Setting<infer T> ? T : ValuesOf<S>;
export type ValuesOf<G> = Simplify<
  { readonly [K in Exclude<keyof G, OptionalKeys<G>>]: ValueOf<G[K]> } & {
    readonly [K in OptionalKeys<G>]?: ValueOf<G[K]>;
  }
>;

/** Whether the configuration file may hold the setting. */
export const allowedInFile = ({ secret, environmentOnly }: Setting<unknown>): boolean =>
  !secret && !environmentOnly;

/** A setting and where it belongs: `['passwords', 'argon2', 'memoryKib']`. */
export interface Placed {
  readonly path: readonly string[];
  readonly setting: Setting<unknown>;
}

const isSetting = (entry: Setting<unknown> | Group): entry is Setting<unknown> =>
  typeof entry.env === 'string';

export function place(group: Group, path: readonly string[]): Placed[] {
  return Object.entries(group).flatMap(([key, entry]) =>
    isSetting(entry) ? [{ path: [...path, key], setting: entry }] : place(entry, [...path, key]),
  );
}
