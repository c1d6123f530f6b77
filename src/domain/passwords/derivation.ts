/** Argon2's cost: RFC 9106, section 3.1 (m in KiB, t passes, p lanes). */
export interface Argon2Parameters {
  readonly memoryKib: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

export interface Argon2Derivation extends Argon2Parameters {
  readonly algorithm: 'argon2id' | 'argon2i' | 'argon2d';
  /** 0x13 is RFC 9106; 0x10 is what came before it and is only ever verified. */
  readonly version: number;
  readonly salt: Buffer;
  /** The pepper that the password passed through before Argon2; undefined = none. Only hashes of ours have one. */
  readonly pepper: string | undefined;
}

/** RFC 7914. */
export interface ScryptDerivation {
  readonly algorithm: 'scrypt';
  /** log₂ of N. */
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Buffer;
}

/** RFC 8018, with HMAC. */
export interface Pbkdf2Derivation {
  readonly algorithm: 'pbkdf2-sha1' | 'pbkdf2-sha256' | 'pbkdf2-sha512';
  readonly iterations: number;
  readonly salt: Buffer;
}

/** `bcrypt-sha256` is Django's `bcrypt_sha256`: bcrypt of the password's SHA-256 in hexadecimal. */
export interface BcryptDerivation {
  readonly algorithm: 'bcrypt' | 'bcrypt-sha256';
  readonly cost: number;
  /** 16 bytes. */
  readonly salt: Buffer;
}

/** The password and, behind it, the salt, hashed once: LDAP's `{SSHA}` and its siblings. `{SHA}` has an empty salt. */
export interface DigestDerivation {
  readonly algorithm: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly salt: Buffer;
}

/** `$6$` of crypt(3), by U. Drepper: https://www.akkadia.org/drepper/SHA-crypt.txt */
export interface Sha512CryptDerivation {
  readonly algorithm: 'sha512crypt';
  readonly rounds: number;
  readonly salt: Buffer;
}

/** scrypt over salt and separator, whose output encrypts the signer key of a project: https://github.com/firebase/scrypt */
export interface FirebaseDerivation {
  readonly algorithm: 'firebase-scrypt';
  /** log₂ of N; Firebase's `mem_cost`. */
  readonly logCost: number;
  /** Firebase's `rounds`. */
  readonly blockSize: number;
  readonly separator: Buffer;
  /** The name of the signer key (`signer-key-store.ts`). */
  readonly signerKey: string;
  readonly salt: Buffer;
}

/** All that an output is derived from but the password: algorithm, parameters, salt. */
export type Derivation =
  | Argon2Derivation
  | ScryptDerivation
  | Pbkdf2Derivation
  | BcryptDerivation
  | DigestDerivation
  | Sha512CryptDerivation
  | FirebaseDerivation;

/** A derivation with its output. Of sha512crypt that is its text, of all others bytes. */
export type Hashed<D extends Derivation = Derivation> = D extends Derivation
  ? D & { readonly digest: Buffer }
  : never;

export type Argon2Hash = Hashed<Argon2Derivation>;

/** A hash whose output is not kept, but argon2id of its HMAC under the wrapping key (`wrapping.ts`). */
export interface WrappedHash {
  readonly algorithm: 'wrapped';
  readonly inner: Derivation;
  /** Bytes of the inner output. */
  readonly innerBytes: number;
  readonly outer: Argon2Hash;
}

/** A hash as it is stored. */
export type PasswordHash = Hashed | WrappedHash;

/** Whether it is Argon2 by itself, nothing inside. */
export const isArgon2 = (hash: PasswordHash): hash is Argon2Hash =>
  hash.algorithm === 'argon2id' || hash.algorithm === 'argon2i' || hash.algorithm === 'argon2d';
