import { CookieJar } from 'tough-cookie';

/** A browser without a screen: keeps cookies, follows redirects only when told, submits the forms of our pages. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Where a redirect leads, made absolute. */
  readonly location: string | undefined;
  readonly forms: readonly Form[];
}

export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export class UserAgent {
  readonly jar = new CookieJar(undefined, { looseMode: true });
  readonly #headers: Record<string, string>;

  constructor(headers: Record<string, string> = {}) {
    this.#headers = { accept: 'text/html,application/xhtml+xml', ...headers };
  }

  get(url: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(url, { headers });
  }

  post(
    url: string,
    fields: Record<string, string> | string,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
    return this.#send(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  /** Submits a form of the page: the first with all of `fields`' names, or the one whose action ends in `action`. */
  submit(page: Page, fields: Record<string, string>, action?: string): Promise<Page> {
    const form =
      action === undefined
        ? (page.forms.find((each) => Object.keys(fields).every((name) => name in each.fields)) ??
          page.forms[0])
        : page.forms.find((each) => new URL(each.action).pathname.endsWith(action));
    if (form === undefined) throw new Error(`no such form on ${page.url} (${page.status})`);
    return this.post(form.action, { ...form.fields, ...fields });
  }

  /** Follows redirects while they stay on this origin; answers the last page, or the redirect that leaves it. */
  async follow(page: Page, until: (url: string) => boolean = () => false): Promise<Page> {
    let current = page;
    for (let hops = 0; hops < 12; hops += 1) {
      const { location } = current;
      if (location === undefined || until(location)) return current;
      if (new URL(location).origin !== new URL(current.url).origin) return current;
      current = await this.get(location);
    }
    throw new Error(`too many redirects, at last ${current.location}`);
  }

  /** Opens an address and follows where it leads on the same origin. */
  async open(url: string): Promise<Page> {
    return this.follow(await this.get(url));
  }

  async #send(url: string, init: RequestInit & { headers: Record<string, string> }): Promise<Page> {
    const cookie = await this.jar.getCookieString(url);
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...this.#headers, ...(cookie === '' ? {} : { cookie }), ...init.headers },
    });
    for (const set of response.headers.getSetCookie())
      await this.jar.setCookie(set, url, { ignoreError: true });
    const body = await response.text();
    const location = response.headers.get('location');
    return {
      url,
      status: response.status,
      headers: response.headers,
      body,
      location: location === null ? undefined : new URL(location, url).href,
      forms: formsOf(body, url),
    };
  }
}

const attributes = (tag: string): Record<string, string> =>
  Object.fromEntries(
    [...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/gu)].map(([, name, value]) => [
      String(name),
      decodeEntities(value ?? ''),
    ]),
  );

const decodeEntities = (text: string) =>
  text
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

function formsOf(html: string, url: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gu)].map(([, tag, content]) => ({
    action: new URL(attributes(tag ?? '').action || url, url).href,
    fields: Object.fromEntries(
      [...String(content).matchAll(/<input\b([^>]*)>/gu)]
        .map(([, input]) => attributes(input ?? ''))
        .filter(({ name, type }) => name !== undefined && type !== 'submit')
        .map(({ name, value }) => [String(name), value ?? '']),
    ),
  }));
}
