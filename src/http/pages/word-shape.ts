/** What another language has to fill: the same keys, with words of its own. */
export type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
