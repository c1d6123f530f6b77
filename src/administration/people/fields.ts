import { z } from 'zod';
import { asEntered, isEmail, isPersonName, isRole, isUsername } from '../../domain/accounts/policy.ts';

/** What is said of a person, as acts take it. The account store has the last word. */

export const emailField = z.string().refine((text) => isEmail(asEntered(text)), 'an e-mail address');

export const nameField = z
  .string()
  .refine(isPersonName, 'a name of one line and at most 200 characters')
  .meta({ minLength: 1, maxLength: 200 });

export const usernameField = z
  .string()
  .refine(
    (text) => isUsername(asEntered(text)),
    'a user name without @ and spaces, of at most 128 characters',
  );

/** As descriptions of the API say it. */
const ROLE_FORM = { pattern: '^[a-z0-9]+(?:[-_.:][a-z0-9]+)*$', maxLength: 64 };

export const roleField = (expected = 'lower-case letters and digits, joined by - _ . or :') =>
  z.string().refine(isRole, expected).meta(ROLE_FORM);

export const rolesField = z.array(roleField());
