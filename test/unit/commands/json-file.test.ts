import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readJsonObject } from '../../../src/commands/json-file.ts';
import type { GatehouseError } from '../../../src/kernel/errors.ts';

describe('a file of JSON that a command reads', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-json-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const read = async (content: string | Buffer) => {
    const file = join(folder, 'client.json');
    await writeFile(file, content);
    return readJsonObject(file);
  };
  const refused = async (content: string | Buffer): Promise<string> => {
    const error = await read(content).then(
      () => expect.fail('it was read'),
      (thrown: GatehouseError) => thrown,
    );
    expect(error.code).to.equal('file_invalid');
    return error.safeMessage.replaceAll(folder, '');
  };

  it('is read, also with the byte order mark of Windows', async () => {
    const json = '{"client_name": "Zoë"}';
    expect(await read(json)).to.include({ client_name: 'Zoë' });
    expect(await read(`\uFEFF${json}`)).to.include({ client_name: 'Zoë' });
  });

  const cases: [what: string, content: string | Buffer, message: RegExp][] = [
    ['nothing is in it', '', /^\/client\.json: is empty; expected one JSON object$/],
    ['only space is in it', ' \n\t', /is empty/],
    ['only a byte order mark', '\uFEFF', /is empty/],
    [
      'it is UTF-16',
      Buffer.from('\uFEFF{"client_name": "x"}', 'utf16le'),
      /is not UTF-8 but UTF-16; save it as UTF-8/,
    ],
    ['it is no text', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /is not UTF-8; save/],
    [
      'a comma is missing',
      '{\n  "client_name": "x"\n  "redirect_uris": []\n}',
      /is not JSON: line 3, column 3: expected ","/,
    ],
    ['it is a list', '[]', /^\/client\.json: holds no JSON object$/],
    ['it is text', '"redirect_uris"', /holds no JSON object$/],
    [
      'members come twice',
      '{"client_id": "a", "client_id": "b", "jwks": {"keys": [{"kid": "a", "kid": "b"}]}}',
      /^client_id: is there twice; expected it once\njwks\.keys\.0\.kid: is there twice/,
    ],
  ];
  for (const [what, content, message] of cases) {
    it(`says where and what is wrong where ${what}`, async () => {
      expect(await refused(content)).to.match(message);
    });
  }

  it('says why it cannot be read', async () => {
    const reason = (file: string) =>
      readJsonObject(file).then(
        () => expect.fail('it was read'),
        ({ code, safeMessage }: GatehouseError) => [code, safeMessage],
      );
    expect(await reason(join(folder, 'missing.json'))).to.deep.equal([
      'file_unreadable',
      `${join(folder, 'missing.json')} does not exist.`,
    ]);
    expect(await reason(folder)).to.deep.equal([
      'file_unreadable',
      `${folder} is a folder; expected a file of JSON.`,
    ]);
  });

  it('never repeats what is in it', async () => {
    for (const content of [
      '{"client_secret": "hunter2"',
      '{"client_secret": "hunter2", "client_secret": "hunter2"}',
      '{"client_secret": hunter2}',
    ])
      expect(await refused(content)).not.to.include('hunter2');
  });
});
