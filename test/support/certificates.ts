import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** Makers of authenticators, and servers with TLS, for tests: X.509 certificates (RFC 5280), written out by hand. */

export interface Maker {
  readonly certificate: Buffer;
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly name: string;
}

interface Making {
  readonly name: string;
  /** None = it vouches for itself. */
  readonly issuer?: Maker;
  readonly ca?: boolean;
  /** Names and addresses of a server: its subjectAltName (RFC 5280, section 4.2.1.6). */
  readonly hosts?: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
}

const YEAR_MS = 365 * 86_400_000;

export function makeCertificate({ name, issuer, ca = false, hosts = [], from, until }: Making): Maker {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(ECDSA_SHA256));
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(time(from ?? new Date(Date.now() - YEAR_MS)), time(until ?? new Date(Date.now() + YEAR_MS))),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(
      0xa3,
      sequence(
        sequence(oid(BASIC_CONSTRAINTS), tlv(0x01, Buffer.from([0xff])), tlv(0x04, constraints(ca))),
        ...(hosts.length === 0 ? [] : [sequence(oid(SUBJECT_ALT_NAME), tlv(0x04, altNames(hosts)))]),
      ),
    ),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const certificate = sequence(body, algorithm, tlv(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  return { certificate, pem, privateKey, name };
}

const ECDSA_SHA256 = '06082a8648ce3d040302';
const BASIC_CONSTRAINTS = '0603551d13';
const SUBJECT_ALT_NAME = '0603551d11';

const altNames = (hosts: readonly string[]) =>
  sequence(
    ...hosts.map((host) =>
      isIPv4(host) ? tlv(0x87, Buffer.from(host.split('.').map(Number))) : tlv(0x82, Buffer.from(host)),
    ),
  );

/** A private key as files hold it. */
export const keyPem = ({ privateKey }: Maker): string =>
  String(privateKey.export({ type: 'pkcs8', format: 'pem' }));

function tlv(tag: number, ...content: Buffer[]): Buffer {
  const value = Buffer.concat(content);
  const { length } = value;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

const sequence = (...content: Buffer[]) => tlv(0x30, ...content);
const integer = (bytes: Buffer) => tlv(0x02, bytes);
const oid = (hex: string) => Buffer.from(hex, 'hex');
const constraints = (ca: boolean) => sequence(...(ca ? [tlv(0x01, Buffer.from([0xff]))] : []));

/** GeneralizedTime, to the second. */
const time = (at: Date) => tlv(0x18, Buffer.from(`${at.toISOString().replace(/[-T:]|\.\d+Z/g, '')}Z`));

/** What WebAuthn asks of an attestation certificate's subject (Level 3, section 8.2.1). */
const distinguishedName = (name: string) =>
  sequence(
    ...[
      ['0603550406', 0x13, 'SE'],
      ['060355040a', 0x0c, 'Example Keys'],
      ['060355040b', 0x0c, 'Authenticator Attestation'],
      ['0603550403', 0x0c, name],
    ].map(([type, tag, value]) =>
      tlv(0x31, sequence(oid(String(type)), tlv(Number(tag), Buffer.from(String(value))))),
    ),
  );
