import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { type Page, UserAgent } from './user-agent.ts';

/** An application made with Express, as its developer would write it, on a port of its own. */
export interface ExpressApplication {
  readonly base: string;
  stop(): Promise<void>;
}

/** Starts listening first, so that `build` knows the address that it registers. */
export async function startExpress(
  build: (app: Express, base: string) => void | Promise<void>,
): Promise<ExpressApplication> {
  const app = express();
  const server = app.listen(0, 'localhost');
  await once(server, 'listening');
  const base = `http://localhost:${(server.address() as AddressInfo).port}`;
  await build(app, base);
  return {
    base,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Opens a page as a browser does, from one origin to the next, and signs the person in on the way. */
export async function visit(
  url: string,
  person: { readonly email: string; readonly password: string },
  agent = new UserAgent(),
): Promise<Page> {
  const arrive = async (from: Page): Promise<Page> => {
    let page = from;
    for (let hops = 0; page.location !== undefined && hops < 20; hops += 1)
      page = await agent.get(page.location);
    return page;
  };
  const asked = await arrive(await agent.get(url));
  const { email: identifier, password } = person;
  return arrive(await agent.submit(asked, { identifier, password }));
}
