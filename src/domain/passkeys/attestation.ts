import { X509Certificate } from 'node:crypto';

/** Which makers of authenticators are trusted to vouch for a passkey. Certificates only: nothing is fetched. */

export interface AttestationPolicy {
  readonly attestation: 'none' | 'required';
  /** Certificates of the makers that are trusted. */
  readonly roots: readonly X509Certificate[];
  /** Models that are accepted; none = all. */
  readonly allowedAaguids: readonly string[];
}

/** Statements whose certificates name their maker and are checked by nothing but signatures. */
export const FORMATS: readonly string[] = ['packed', 'tpm', 'fido-u2f'];

/** Whether a passkey whose attestation was verified is one that the policy takes. */
export function isAccepted(
  { attestation, roots, allowedAaguids }: AttestationPolicy,
  { format, certificates, aaguid }: { format: string; certificates: readonly Buffer[]; aaguid: string },
  now: Date,
): boolean {
  const known = allowedAaguids.map((id) => id.toLowerCase());
  if (known.length > 0 && !known.includes(aaguid.toLowerCase())) return false;
  if (attestation === 'none') return true;
  return FORMATS.includes(format) && leadsToRoot(certificates, roots, now);
}

/** The certificates of a PEM file. Throws when there is none in it, or one that cannot be read. */
export function readCertificates(pem: string): X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error('it holds no certificate in PEM form');
  return found.map((text) => new X509Certificate(text));
}

/** Whether each certificate was issued by the next and the last by a root, all of them valid now. */
function leadsToRoot(chain: readonly Buffer[], roots: readonly X509Certificate[], now: Date): boolean {
  let certificates: X509Certificate[];
  try {
    certificates = chain.map((der) => new X509Certificate(der));
  } catch {
    return false;
  }
  const last = certificates.at(-1);
  if (last === undefined) return false;
  const linked = certificates.slice(1).every((issuer, index) => {
    const issued = certificates[index];
    return issued !== undefined && issuer.ca && isIssuedBy(issued, issuer);
  });
  const anchored = roots.some(
    (root) => isValidAt(root, now) && (root.raw.equals(last.raw) || isIssuedBy(last, root)),
  );
  return linked && anchored && certificates.every((certificate) => isValidAt(certificate, now));
}

const isIssuedBy = (issued: X509Certificate, issuer: X509Certificate) =>
  issued.checkIssued(issuer) && issued.verify(issuer.publicKey);

const isValidAt = ({ validFromDate, validToDate }: X509Certificate, now: Date) =>
  validFromDate <= now && now <= validToDate;
