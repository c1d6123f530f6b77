import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HandClient, handClient, type Person } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { startTestServer, type TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

export const NOTICE = '# Notice\n\nThis system is **monitored**. <b>No</b> privacy.\n';
export const TERMS = 'You keep records confidential.\n\nYou lock your screen.\n';

/** A folder with these files, as an operator would have it. */
export function documentFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-documents-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

export const asksFor = (page: Page): string | undefined =>
  page.forms.find(({ action }) => action.endsWith('/agree'))?.fields.document;

/** A server with a notice and terms, in English and Spanish: to be called in a `describe`. */
export function useAgreements() {
  let server: TestServer;
  let client: HandClient;
  const folders: string[] = [];

  before(async () => {
    folders.push(
      documentFolder({ 'en.md': NOTICE, 'es.md': 'Este sistema se **supervisa**.\n' }),
      documentFolder({ 'en.txt': TERMS, 'es.txt': 'Los datos son confidenciales.\n' }),
    );
    const [notice = '', terms = ''] = folders;
    server = await startTestServer({
      settings: {
        SYSTEM_USE_NOTICE_DIR: notice,
        SYSTEM_USE_NOTICE_VERSION: 'n1',
        TERMS_DIR: terms,
        TERMS_VERSION: '1',
      },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(async () => {
    await server.stop();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  /** As far as the page behind the password. */
  async function signedInTo(
    person: Person,
    { agent = new UserAgent(), url = client.authorizeUrl() }: { agent?: UserAgent; url?: string } = {},
  ) {
    const form = await agent.open(url);
    const { email: identifier, password } = person;
    return { agent, page: await agent.follow(await agent.submit(form, { identifier, password })) };
  }

  /** Says yes to whatever is asked. */
  async function agree(agent: UserAgent, page: Page): Promise<Page> {
    let current = page;
    while (asksFor(current) !== undefined) {
      current = await agent.follow(await agent.submit(current, {}, '/agree'));
    }
    return current;
  }

  const keptOf = async ({ id }: Person) =>
    server.app.database.query<{ document: string; version: string; language: string; text_digest: string }>(
      `select document, version, language, text_digest from agreements where account_id = $1 order by document, version`,
      [id],
    );

  const sessionsOf = async ({ id }: Person) =>
    server.app.database.query<{ model: string }>(
      `select model from oidc_artifacts where account_id = $1 and model in ('Session', 'AuthorizationCode')`,
      [id],
    );

  const restart = async (settings: Record<string, string>) => {
    server = await server.restart(settings);
  };

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    signedInTo,
    agree,
    keptOf,
    sessionsOf,
    restart,
  };
}
