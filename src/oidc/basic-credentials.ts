/** What a Basic header of a client says (RFC 6749, section 2.3.1; RFC 7617). */
export interface BasicCredentials {
  readonly id: string;
  readonly secret: string;
}

/** Reads a Basic header; undefined for every other header, and for one that is not properly encoded. */
export function readBasic(header: string | undefined): BasicCredentials | undefined {
  const [, encoded] = /^basic ([A-Za-z0-9+/]+={0,2})$/iu.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [, id, secret] = /^([^:]*):([\s\S]*)$/u.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  try {
    return { id: decoded(id), secret: decoded(secret) };
  } catch {
    return undefined;
  }
}

const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', '%20'));
