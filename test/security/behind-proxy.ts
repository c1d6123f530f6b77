import { type Cookie, CookieJar } from 'tough-cookie';
import type { TestServer } from '../support/server.ts';
import { type Answer, answerOf, directly } from './support.ts';

/** Settings of a server whose TLS ends at a proxy on this machine. */
export const BEHIND_PROXY = { ISSUER: 'https://id.example.org', TRUSTED_PROXIES: '127.0.0.1,::1' };

/** A browser that speaks to such a server through its proxy, and is strict about cookie prefixes. */
export class ProxiedBrowser {
  readonly jar = new CookieJar(undefined, { prefixSecurity: 'strict', rejectPublicSuffixes: false });
  /** Every `Set-Cookie` that came, as it was written. */
  readonly set: string[] = [];
  readonly #server: TestServer;
  readonly #headers: Record<string, string>;

  constructor(server: TestServer, headers: Record<string, string> = {}) {
    this.#server = server;
    this.#headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7', ...headers };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send(path, { headers });
  }

  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  /** Follows redirects on this origin; answers the last page or the redirect that leaves it. */
  async open(path: string): Promise<Answer & { path: string }> {
    return this.follow(await this.get(path), path);
  }

  async follow(answer: Answer, path = ''): Promise<Answer & { path: string }> {
    const location = answer.headers.get('location');
    if (location === null) return { ...answer, path };
    const url = new URL(location, this.#server.issuer);
    if (url.origin !== this.#server.issuer) return { ...answer, path: url.href };
    return this.open(`${url.pathname}${url.search}`);
  }

  cookies(): Promise<Cookie[]> {
    return this.jar.store.getAllCookies();
  }

  async #send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Answer> {
    const url = new URL(path, this.#server.issuer);
    const cookie = await this.jar.getCookieString(url.href);
    const response = await fetch(directly(this.#server) + path, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...this.#headers,
        ...(cookie === '' ? {} : { cookie }),
        ...init.headers,
      },
    });
    for (const set of response.headers.getSetCookie()) {
      this.set.push(set);
      await this.jar.setCookie(set, url.href);
    }
    return answerOf(response);
  }
}

export const fieldOf = (page: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`, 'u').exec(page)?.[1] ?? '';

/** Signs in through the proxy, from any page of `/authorize` on. */
export async function signInProxied(
  browser: ProxiedBrowser,
  path: string,
  person: { email: string; password: string },
): Promise<Answer & { path: string }> {
  const page = await browser.open(path);
  const fields = { csrf: fieldOf(page.text, 'csrf'), identifier: person.email, password: person.password };
  return browser.follow(await browser.post(page.path, fields));
}
