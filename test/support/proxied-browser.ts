import type { Agent } from 'node:https';
import { CookieJar } from 'tough-cookie';
import { askThrough, EXAMPLE_HOST, type ProxyAnswer } from './proxies.ts';

const ISSUER = `https://${EXAMPLE_HOST}`;

/** Where the browser is, as the proxy sees it, and what it sends along with every request. */
interface ProxiedBrowser {
  readonly port: number;
  readonly agent: Agent;
  readonly from: string;
  readonly headers: Record<string, string>;
}

/** A browser on the other side of the proxy, strict about cookies. `set` has every cookie that was set, as it was. */
export function proxiedBrowser({ port, agent, from, headers }: ProxiedBrowser) {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict', rejectPublicSuffixes: false });
  const set: string[] = [];
  const send = async (path: string, form?: Record<string, string>): Promise<ProxyAnswer> => {
    const url = new URL(path, ISSUER);
    const cookie = await jar.getCookieString(url.href);
    const answer = await askThrough(port, `${url.pathname}${url.search}`, {
      agent,
      from,
      headers: { ...headers, ...(cookie === '' ? {} : { cookie }) },
      ...(form === undefined ? {} : { form }),
    });
    for (const each of answer.headers.get('set-cookie') ?? []) {
      set.push(each);
      await jar.setCookie(each, url.href);
    }
    return answer;
  };
  const follow = async (answer: ProxyAnswer, path: string): Promise<ProxyAnswer & { path: string }> => {
    const [location] = answer.headers.get('location') ?? [];
    if (location === undefined) return { ...answer, path };
    const url = new URL(location, ISSUER);
    if (url.origin !== ISSUER) return { ...answer, path: url.href };
    return follow(await send(`${url.pathname}${url.search}`), `${url.pathname}${url.search}`);
  };
  return { send, follow, set };
}
