import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/**
 * An authenticator and the browser in front of it, in software: it makes passkeys and answers with them (WebAuthn Level 3,
 * sections 6 and 7), made of node:crypto alone, honestly or with any part of the answer forged.
 */

export type Algorithm = 'ES256' | 'RS256' | 'EdDSA';

export interface AuthenticatorOptions {
  /** Where the browser believes to be. */
  readonly origin: string;
  readonly algorithm?: Algorithm;
  /** Whether it verifies who touches it. */
  readonly verifies?: boolean;
  /** Whether its passkeys are synchronised. */
  readonly synchronised?: boolean;
  /** Whether it counts; otherwise its counter stays at zero. */
  readonly counts?: boolean;
  readonly aaguid?: string;
}

/** What an answer says otherwise than the truth. */
export interface Forgery {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly backupEligible?: boolean;
  readonly backedUp?: boolean;
  readonly counter?: number;
  readonly userHandle?: string | undefined;
  readonly credentialId?: string;
  /** Signs with another key. */
  readonly key?: KeyObject;
  readonly crossOrigin?: boolean;
  /** Of a registration: the statement, given what is to be signed. */
  readonly attest?: (signed: Buffer) => { format: string; statement: Map<string, Cbor> };
}

interface Descriptor {
  readonly id: string;
}

interface CreationOptions {
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
  readonly challenge: string;
  readonly excludeCredentials?: readonly Descriptor[];
}

interface RequestOptions {
  readonly rpId?: string;
  readonly challenge: string;
  readonly allowCredentials?: readonly Descriptor[];
}

interface Credential {
  readonly id: Buffer;
  readonly rpId: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  counter: number;
}

export type Authenticator = ReturnType<typeof createAuthenticator>;

export function createAuthenticator(options: AuthenticatorOptions) {
  const { origin, algorithm = 'ES256', verifies = true, synchronised = false, counts = true } = options;
  const aaguid = Buffer.from((options.aaguid ?? '0'.repeat(32)).replaceAll('-', ''), 'hex');
  const credentials: Credential[] = [];

  const clientData = (type: string, challenge: string, forgery: Forgery) =>
    Buffer.from(
      JSON.stringify({
        type: forgery.type ?? type,
        challenge: forgery.challenge ?? challenge,
        origin: forgery.origin ?? origin,
        crossOrigin: forgery.crossOrigin ?? false,
      }),
    );

  function authenticatorData(credential: Credential, forgery: Forgery, attested = Buffer.alloc(0)): Buffer {
    const bit = (on: boolean, value: number) => (on ? value : 0);
    const flags =
      bit(forgery.userPresent ?? true, 0x01) |
      bit(forgery.userVerified ?? verifies, 0x04) |
      bit(forgery.backupEligible ?? synchronised, 0x08) |
      bit(forgery.backedUp ?? synchronised, 0x10) |
      bit(attested.length > 0, 0x40);
    const head = Buffer.alloc(5);
    head.writeUInt8(flags, 0);
    head.writeUInt32BE(forgery.counter ?? credential.counter, 1);
    return Buffer.concat([sha256(forgery.rpId ?? credential.rpId), head, attested]);
  }

  return {
    credentials,

    /** `navigator.credentials.create`. Throws where the browser would: when it has a passkey of that account already. */
    create({ rp, user, challenge, excludeCredentials = [] }: CreationOptions, forgery: Forgery = {}) {
      const known = credentials.some(({ id }) =>
        excludeCredentials.some((other) => other.id === id.toString('base64url')),
      );
      if (known) throw new Error('InvalidStateError: this authenticator has a passkey of this account');
      const { privateKey, publicKey } = newKeys(algorithm);
      const id = randomBytes(32);
      const rpId = rp.id ?? new URL(origin).hostname;
      const credential = { id, rpId, userHandle: user.id, privateKey, publicKey, counter: 0 };
      credentials.push(credential);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const attested = Buffer.concat([aaguid, length, id, encode(coseKey(publicKey, algorithm))]);
      const data = authenticatorData(credential, forgery, attested);
      const client = clientData('webauthn.create', challenge, forgery);
      const { format, statement } = forgery.attest?.(Buffer.concat([data, sha256(client)])) ?? {
        format: 'none',
        statement: new Map<string, Cbor>(),
      };
      const object = new Map<string, Cbor>([
        ['fmt', format],
        ['attStmt', statement],
        ['authData', data],
      ]);
      const name = forgery.credentialId ?? id.toString('base64url');
      return {
        id: name,
        rawId: name,
        type: 'public-key',
        authenticatorAttachment: 'cross-platform',
        clientExtensionResults: { credProps: { rk: true } },
        response: {
          clientDataJSON: client.toString('base64url'),
          attestationObject: encode(object).toString('base64url'),
          transports: ['usb', 'nfc'],
        },
      };
    },

    /** `navigator.credentials.get`, with the newest passkey that fits. Throws where there is none. */
    get({ rpId, challenge, allowCredentials = [] }: RequestOptions, forgery: Forgery = {}) {
      const wanted = rpId ?? new URL(origin).hostname;
      const allowed = new Set(allowCredentials.map(({ id }) => id));
      const credential = credentials.findLast(
        (each) => each.rpId === wanted && (allowed.size === 0 || allowed.has(each.id.toString('base64url'))),
      );
      if (credential === undefined) throw new Error('NotAllowedError: there is no passkey for this');
      if (counts) credential.counter += 1;
      const data = authenticatorData(credential, forgery);
      const client = clientData('webauthn.get', challenge, forgery);
      const signature = signWith(forgery.key ?? credential.privateKey, Buffer.concat([data, sha256(client)]));
      const id = forgery.credentialId ?? credential.id.toString('base64url');
      const userHandle = 'userHandle' in forgery ? forgery.userHandle : credential.userHandle;
      return {
        id,
        rawId: id,
        type: 'public-key',
        authenticatorAttachment: 'cross-platform',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
          ...(userHandle === undefined ? {} : { userHandle }),
        },
      };
    },
  };
}

const sha256 = (value: string | Buffer) => createHash('sha256').update(value).digest();

function newKeys(algorithm: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('ed25519');
}

/** ECDSA in DER, RSA in PKCS #1 v1.5, Ed25519 as it is: what WebAuthn has of each (section 6.5.6). */
export const signWith = (key: KeyObject, data: Buffer): Buffer =>
  sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', data, key);

/** RFC 9053, section 7, and RFC 8230, section 4. */
function coseKey(key: KeyObject, algorithm: Algorithm): Map<number, Cbor> {
  const jwk = key.export({ format: 'jwk' });
  const bytes = (text: unknown) => Buffer.from(String(text), 'base64url');
  if (algorithm === 'RS256') {
    return new Map<number, Cbor>([
      [1, 3],
      [3, -257],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ]);
  }
  if (algorithm === 'ES256') {
    return new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(jwk.x)],
      [-3, bytes(jwk.y)],
    ]);
  }
  return new Map<number, Cbor>([
    [1, 1],
    [3, -8],
    [-1, 6],
    [-2, bytes(jwk.x)],
  ]);
}

export type Cbor = number | string | Buffer | readonly Cbor[] | Map<string, Cbor> | Map<number, Cbor>;

/** As much of RFC 8949 as authenticators speak. */
export function encode(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) {
    const entries = [...(value as Map<string | number, Cbor>)];
    return Buffer.concat([
      head(5, entries.length),
      ...entries.flatMap(([key, inner]) => [encode(key), encode(inner)]),
    ]);
  }
  return Buffer.concat([head(4, value.length), ...value.map(encode)]);
}

function head(major: number, count: number): Buffer {
  const type = major << 5;
  if (count < 24) return Buffer.from([type | count]);
  if (count < 0x100) return Buffer.from([type | 24, count]);
  return Buffer.from([type | 25, count >> 8, count & 0xff]);
}
