import { z } from 'zod';
import { asEntered, isEmail, isPersonName, isRole, isUsername } from '../../domain/accounts/policy.ts';

/** What is said of a person, as acts take it. The account store has the last word. */

export const emailField = z.string().refine((text) => isEmail(asEntered(text)), 'an e-mail address');

export const nameField = z.string().refine(isPersonName, 'a name of one line and at most 200 characters');

export const usernameField = z
  .string()
  .refine(
    (text) => isUsername(asEntered(text)),
    'a user name without @ and spaces, of at most 128 characters',
  );

export const rolesField = z.array(
  z.string().refine(isRole, 'lower-case letters and digits, joined by - _ . or :'),
);
