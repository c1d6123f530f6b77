import { request } from 'node:http';
import type { UserAgent } from './user-agent.ts';

export interface Navigation {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
  readonly cookies: readonly string[];
}

/** What browsers say of a person who follows a link, or is sent on, from another site (W3C Fetch Metadata). */
export const LED = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'cross-site',
};

/**
 * Opens an address with the cookies of `agent` and just these headers: `fetch`, which it uses otherwise, says of itself how
 * it fetches, whatever it is told.
 */
export async function navigate(
  agent: UserAgent,
  url: string,
  headers: Readonly<Record<string, string>> = LED,
  method = 'GET',
): Promise<Navigation> {
  const cookie = await agent.jar.getCookieString(url);
  const answer = await new Promise<Navigation>((resolve, reject) => {
    const sent = request(
      url,
      { method, headers: { accept: 'text/html', cookie, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { location } = response.headers;
          resolve({
            status: response.statusCode ?? 0,
            location: location === undefined ? undefined : new URL(location, url).href,
            body: Buffer.concat(chunks).toString(),
            cookies: response.headers['set-cookie'] ?? [],
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end();
  });
  for (const set of answer.cookies) await agent.jar.setCookie(set, url, { ignoreError: true });
  return answer;
}
