import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { simpleParser } from 'mailparser';
import { createMailFolder } from '../../../src/domain/mail/folder.ts';
import { DeliveryError, type Message } from '../../../src/domain/mail/transport.ts';

const signal = AbortSignal.timeout(60_000);

const message = (index: number, more: Partial<Message> = {}): Message => ({
  id: `0190a6c2-5f4e-7000-8000-00000000000${index}`,
  messageId: `<${index}@localhost>`,
  date: new Date(Date.UTC(2026, 0, 1, index)),
  from: { name: 'Clinic', address: 'no-reply@localhost' },
  to: { address: `to${index}@example.org` },
  language: 'es',
  subject: `Contraseña ${index}`,
  text: 'línea\n',
  html: '<p>línea</p>',
  ...more,
});

describe('the folder of mails', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'gatehouse-mail-')), 'mail');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  it('keeps each as a file that mail programs open, readable by its owner only', async () => {
    const kept = createMailFolder(folder);
    await kept.send(message(1), signal);
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
    expect(file).to.equal('2026-01-01T01-00-00-000Z_0190a6c2-5f4e-7000-8000-000000000001.eml');
    const parsed = await simpleParser(await readFile(join(folder, String(file))));
    expect(parsed).to.include({ subject: 'Contraseña 1', messageId: '<1@localhost>', text: 'línea\n' });
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o077).to.equal(0);
    expect((await stat(folder)).mode & 0o077).to.equal(0);
  });

  it('lists the newest first and finds each by its id, once however often it came', async () => {
    const kept = createMailFolder(folder);
    expect(await kept.list(10)).to.deep.equal([]);
    expect(await kept.find(message(1).id)).to.equal(undefined);
    for (const index of [2, 1, 3, 2]) await kept.send(message(index), signal);
    expect((await kept.list(10)).map(({ subject }) => subject)).to.deep.equal([
      'Contraseña 3',
      'Contraseña 2',
      'Contraseña 1',
    ]);
    expect(await kept.list(1)).to.have.length(1);
    expect(await kept.find(message(2).id)).to.include({
      to: 'to2@example.org',
      from: 'Clinic <no-reply@localhost>',
    });
    for (const id of ['../../etc/passwd', '', '0', message(9).id])
      expect(await kept.find(id)).to.equal(undefined);
  });

  it('that cannot be written leaves the mail in the outbox', async () => {
    await writeFile(folder, '');
    const error = await createMailFolder(folder)
      .send(message(1), signal)
      .catch((reason) => reason);
    expect(error).to.be.instanceOf(DeliveryError).and.have.property('permanent', false);
  });
});
