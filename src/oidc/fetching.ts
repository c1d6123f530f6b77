import type { Configuration } from 'oidc-provider';

/** Drops the library's guard against special-use addresses: for development and tests, refused in production. */
export const fetchAnywhere: NonNullable<Configuration['fetch']> = (url, options) => {
  const { dispatcher: _guard, ...rest } = options as RequestInit & { dispatcher?: unknown };
  return fetch(url, rest);
};
