/** The route of a request: method and pattern of its path. Undefined where there is none. */
export const patternOf = (method: string, url: string): string | undefined =>
  `${method} ${url.split('?')[0]}`;
