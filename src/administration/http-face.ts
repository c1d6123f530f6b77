/** How an act is asked for over HTTP, and by what name on the command line. */
export interface HttpFace {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/people/{person}/disable`: what is in braces is a member of the input. The others are in the query of GET and DELETE, else in the body. */
  readonly path: string;
  /** Of the answer, where something was made (201), or will be done later (202). */
  readonly status?: 200 | 201 | 202;
  /** A second path, for all that there is: the same without the member of `path`, which is optional. */
  readonly all?: string;
  /** The most bytes of a body that may be larger than those of others (`BODY_LIMIT_BYTES`). */
  readonly mostBytes?: number;
  /** The answer is a file, which the act writes into the stream that it takes as `sink`. */
  readonly file?: { readonly type: string; readonly name: string };
}
