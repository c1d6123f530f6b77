import { z } from 'zod';

/** What a browser answers a ceremony with (WebAuthn Level 3, section 5.1), as JSON, the way it enters. */

/** Base64url of at most so many bytes. */
const bytes = (max: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((max * 4) / 3))
    .regex(/^[\w-]+$/);

/** WebAuthn Level 3, section 4: a credential id has 1023 bytes at most. */
const credentialId = bytes(1_023);
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;
export type Transport = (typeof TRANSPORTS)[number];

const common = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
};

const registrationSchema = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes(4_096),
    attestationObject: bytes(32_768),
    // Browsers may name ones that we do not know: they are hints, and left out.
    transports: z
      .array(z.string().max(32))
      .max(16)
      .default([])
      .transform((names) => TRANSPORTS.filter((name) => names.includes(name))),
  }),
});

const authenticationSchema = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes(4_096),
    authenticatorData: bytes(4_096),
    signature: bytes(4_096),
    userHandle: bytes(64).nullish(),
  }),
});

export type RegistrationAnswer = z.output<typeof registrationSchema>;
export type AuthenticationAnswer = z.output<typeof authenticationSchema>;

/** JSON of a form's field, or what a JSON body was parsed to; undefined when it is no answer of a browser. */
export const parseRegistration = (given: unknown): RegistrationAnswer | undefined =>
  registrationSchema.safeParse(parsed(given)).data;

export const parseAuthentication = (given: unknown): AuthenticationAnswer | undefined =>
  authenticationSchema.safeParse(parsed(given)).data;

const MAX_JSON = 65_536;

function parsed(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  if (given.length > MAX_JSON) return undefined;
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

/** Our pages are in no frame of another site: an answer from one was got by somebody else's page. */
const clientDataSchema = z.object({
  challenge: z.string().max(256),
  crossOrigin: z.literal(false).optional(),
});

/** The challenge that an answer is about; undefined when there is none in it, or it comes from a frame elsewhere. */
export function challengeIn(clientDataJSON: string): string | undefined {
  try {
    const text = Buffer.from(clientDataJSON, 'base64url').toString();
    return clientDataSchema.safeParse(JSON.parse(text)).data?.challenge;
  } catch {
    return undefined;
  }
}
