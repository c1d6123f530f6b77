import { z } from 'zod';

/** The uid of a sign-in under way. Without its cookie it opens nothing. */
export const signInField = z
  .string()
  .regex(/^[\w-]{10,64}$/)
  .optional()
  .catch(undefined);
export const tokenField = z.string().min(1).max(200);

export const signInQuery = (signIn: string | undefined) => (signIn === undefined ? '' : `?sign_in=${signIn}`);
export const continueAt = (signIn: string | undefined) =>
  signIn === undefined ? '/account' : `/sign-in/${signIn}/continue`;
