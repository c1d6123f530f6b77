import { z } from 'zod';
import { indexAt, LIST_SIZE, placeOf } from '../domain/token-status/policy.ts';

/** Where the lists are; each below this by its number. */
export const STATUS_LISTS_PATH = '/status-lists';

export const statusListUri = (issuer: string, list: number): string =>
  `${issuer}${STATUS_LISTS_PATH}/${list}`;

/** The `status` of a token (Token Status List, section 6.2): which bit of which list tells whether it was taken back. */
export function referenceTo(issuer: string, index: number) {
  const { list, bit } = placeOf(index);
  return { status_list: { idx: bit, uri: statusListUri(issuer, list) } };
}

export const referenceSchema = z.object({
  status_list: z.object({
    idx: z
      .int()
      .min(0)
      .max(LIST_SIZE - 1),
    uri: z.string(),
  }),
});

/** The number of a list as it stands in an address; undefined for anything that is none. */
export const parseList = (text: string): number | undefined =>
  /^(0|[1-9]\d{0,8})$/u.test(text) ? Number(text) : undefined;

/** The index behind a reference of ours; undefined for one to elsewhere. */
export function indexOf(issuer: string, { status_list: { idx, uri } }: z.infer<typeof referenceSchema>) {
  const prefix = statusListUri(issuer, 0).slice(0, -1);
  const list = uri.startsWith(prefix) ? parseList(uri.slice(prefix.length)) : undefined;
  return list === undefined ? undefined : indexAt({ list, bit: idx });
}
