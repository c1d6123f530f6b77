import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUuid } from '../../kernel/ids.ts';
import { writePrivateFile } from '../../storage/data-folder.ts';
import { mimeFields } from './mime.ts';
import { DeliveryError, type MailTransport, type Message } from './transport.ts';

/** A mail that was kept, as the mailbox page shows it. */
export interface KeptMail {
  readonly id: string;
  readonly date: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a development start does with mail: it stays in a folder, and nobody outside gets any. */
export interface MailFolder extends MailTransport {
  readonly folder: string;
  /** Newest first. */
  list(limit: number): Promise<KeptMail[]>;
  find(id: string): Promise<KeptMail | undefined>;
}

/** What a person reads to find a file among many: when, and whose. */
const stamp = (date: Date) => date.toISOString().replace(/[:.]/g, '-');

/**
 * Keeps each message twice: as `.eml`, which mail programs open, and as `.json` for the mailbox page; for its owner
 * only, since links in it open accounts. A message that is sent again takes the place of the first.
 */
export function createMailFolder(folder: string): MailFolder {
  const names = async () => {
    const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return files
      .filter((file) => file.endsWith('.json'))
      .sort()
      .reverse();
  };
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8')) as KeptMail;

  return {
    folder,
    async send(message) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const file = join(folder, `${stamp(message.date)}_${message.id}`);
        await writePrivateFile(`${file}.eml`, await mimeOf(message));
        await writePrivateFile(`${file}.json`, JSON.stringify(kept(message)));
      } catch (cause) {
        throw new DeliveryError((cause as Error).message, { permanent: false, cause });
      }
    },
    list: async (limit) => Promise.all((await names()).slice(0, limit).map(read)),
    async find(id) {
      const name = isUuid(id) ? (await names()).find((file) => file.endsWith(`_${id}.json`)) : undefined;
      return name === undefined ? undefined : read(name);
    },
    close: async () => {},
  };
}

async function mimeOf(message: Message): Promise<string> {
  const { createTransport } = await import('nodemailer');
  const composed = await createTransport({ streamTransport: true, buffer: true, newline: 'unix' }).sendMail(
    mimeFields(message),
  );
  return String(composed.message);
}

const shown = ({ name, address }: Message['to']) => (name === undefined ? address : `${name} <${address}>`);

const kept = (message: Message): KeptMail => ({
  id: message.id,
  date: message.date.toISOString(),
  from: shown(message.from),
  to: shown(message.to),
  subject: message.subject,
  text: message.text,
  html: message.html,
});
