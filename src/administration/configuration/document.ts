import { z } from 'zod';
import { idSchema } from '../../domain/clients/policy.ts';
import { PRESETS } from '../../domain/clients/presets.ts';
import { resourceSchema } from '../../domain/resources/store.ts';
import { isUnitName } from '../../domain/units/policy.ts';
import { isUuid } from '../../kernel/ids.ts';
import { descriptionField, groupNameField } from '../groups/group.ts';
import { rolesField } from '../people/fields.ts';

/**
 * A configuration document: what somebody has declared of clients, resources, groups, units, and of the server's own settings. This
 * file owns its shape; it holds no secret, only where one is found by whoever applies it.
 */

/** What is held in the database, in the order in which it is made. */
export const HELD_KINDS = ['units', 'resources', 'groups', 'clients'] as const;
export type HeldKind = (typeof HELD_KINDS)[number];

/** What is held in the server's own configuration: it is compared, and never changed from here. */
export const SETTING_KINDS = ['roles', 'attributes', 'policies'] as const;
export type SettingKind = (typeof SETTING_KINDS)[number];

/** The most objects of a kind in one document. */
export const MOST_OBJECTS = 2_000;

/** The largest document, in bytes of its text. */
export const MOST_BYTES = 1_048_576;

/** The owner of a document that names none. */
export const DEFAULT_OWNER = 'default';

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/u;
const nameOf = (what: string) =>
  z
    .string()
    .regex(NAME, `${what} of 1 to 63 small letters, digits, and . _ - between them`)
    .refine((text) => !isUuid(text), `${what}, not the id of something`);

/** The name of the document, under which its objects are kept. */
export const ownerSchema = nameOf('a name');

export const referenceSchema = z
  .strictObject({
    /** A file, from the folder of the document on. */
    file: z.string().min(1).max(1_024).optional(),
    /** An environment variable. */
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/u, 'the name of an environment variable')
      .optional(),
    /** Another one says that there is another secret there. */
    version: z.union([z.int(), z.string().min(1).max(100)], 'a whole number or some text').optional(),
  })
  .refine(({ file, env }) => (file === undefined) !== (env === undefined), 'has to have either file or env');
export type SecretReference = z.output<typeof referenceSchema>;

export const clientSchema = z.strictObject({
  preset: z.enum(PRESETS).optional(),
  /** RFC 7591; judged by the rules of clients. */
  metadata: z.record(z.string(), z.unknown()),
  secret: referenceSchema.optional(),
  status: z.enum(['active', 'disabled']).default('active'),
});

const { name, scopes, token_algorithm: tokenAlgorithm, token_seconds: tokenSeconds } = resourceSchema.shape;
export const declaredResource = z.strictObject({ name, scopes, tokenAlgorithm, tokenSeconds });

export const unitSchema = z.strictObject({
  name: z
    .string()
    .refine(isUnitName, 'a name of one line and at most 100 characters, with something to see in it'),
  /** The key of a unit of this document, or the id of another one; left out at the top. */
  parent: z.string().optional(),
});

export const groupSchema = z.strictObject({
  name: groupNameField,
  description: descriptionField.default(''),
  roles: rolesField.default([]),
});

const some = <Key extends z.ZodType<string, string>, Value extends z.ZodType>(key: Key, value: Value) =>
  z
    .record(key, value)
    .refine((objects) => Object.keys(objects).length <= MOST_OBJECTS, `has to have at most ${MOST_OBJECTS}`);

export const documentSchema = z.strictObject({
  /** The version of this form. */
  gatehouse: z.literal(1),
  owner: ownerSchema.default(DEFAULT_OWNER),
  clients: some(idSchema, clientSchema).default({}),
  resources: some(resourceSchema.shape.identifier, declaredResource).default({}),
  groups: some(nameOf('a key'), groupSchema).default({}),
  units: some(nameOf('a key'), unitSchema).default({}),
  /** `ADMINISTRATION_ROLES`. */
  roles: z.record(z.string(), z.unknown()).optional(),
  /** `ATTRIBUTES`. */
  attributes: z.record(z.string(), z.unknown()).optional(),
  /** Other settings, by their keys in the configuration file. */
  policies: z.record(z.string(), z.unknown()).optional(),
});
export type ConfigurationDocument = z.output<typeof documentSchema>;
export type DeclaredClient = z.output<typeof clientSchema>;
export type DeclaredUnit = z.output<typeof unitSchema>;
