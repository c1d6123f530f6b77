/** What an administrator alone decides about a client, by metadata of ours. */

/** True for the organisation's own applications. */
export const isFirstParty = (client: object | undefined): boolean =>
  (client as { first_party?: boolean } | undefined)?.first_party === true;

/** Whether the client may hold what outlives the sessions of people. */
export const mayStayOffline = (client: object | undefined): boolean =>
  (client as { offline_access?: boolean } | undefined)?.offline_access === true;
