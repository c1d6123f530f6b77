import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { convertExport, type ExportKind } from '../../../src/administration/people/convert/index.ts';
import { ANY_ATTRIBUTES } from '../../../src/domain/accounts/import-lines.ts';
import { assertImportable } from '../../../src/domain/passwords/imported.ts';
import { cheapHasher } from '../../support/server.ts';

const FOLDER = join(import.meta.dirname, '../../support/exports');
const PASSWORD = 'seven quiet lanterns';
const NOW = new Date('2026-01-01T00:00:00Z');

interface Told {
  readonly line: number;
  readonly fields: Record<string, unknown> | undefined;
  readonly left: string;
}

/** Hashes are taken as they are: which of them can be read is told elsewhere. */
async function convert(kind: ExportKind, chunks: AsyncIterable<Buffer>, sub?: string): Promise<Told[]> {
  const told: Told[] = [];
  const rules = { checkPasswordHash: () => undefined, now: NOW, attributes: ANY_ATTRIBUTES };
  for await (const { line, text, left } of convertExport(kind, chunks, { sub }, rules))
    told.push({ line, fields: text === undefined ? undefined : JSON.parse(text), left: left.join('; ') });
  return told;
}

/** In pieces that cut through everything. */
const file = (name: string) => createReadStream(join(FOLDER, name), { highWaterMark: 7 });
const text = (value: string) => Readable.from([Buffer.from(value)]);

describe('people of other systems become lines of an import', () => {
  it('from a realm of Keycloak', async () => {
    const [ada, bo, cy, di, service, ed, ...more] = await convert('keycloak', file('keycloak-realm.json'));
    expect(more).to.deep.equal([]);
    expect(ada?.fields).to.deep.equal({
      email: 'ada@example.org',
      name: 'Ada Lovelace',
      sub: 'a0000000-0000-4000-8000-000000000001',
      username: 'ada',
      given_name: 'Ada',
      family_name: 'Lovelace',
      locale: 'en-GB',
      zoneinfo: 'Europe/Lisbon',
      roles: ['ward-nurse'],
      status: 'active',
      email_verified: true,
      password_hash:
        '$argon2id$v=19$m=7168,t=5,p=1$MDEyMzQ1Njc4OWFiY2RlZg$DkLqfgxkUXozWWLhMG7yInwfVqshfGVMuno7uS9pbxg',
      password_changed_at: '2025-01-01T08:00:00.000Z',
      must_change_password: false,
      totp_secret: 'NNITO5SUGJWVQYSOGRYFEODTK4YXUWLD',
    });
    expect(ada?.left).to.equal('');
    expect(ada?.line).to.be.above(10);
    expect(bo?.fields).to.include({ email_verified: false, must_change_password: true, name: 'Bo Ek' });
    expect(bo?.fields).to.not.have.property('username');
    expect(bo?.fields?.password_hash).to.match(/^\$pbkdf2-sha256\$i=27500,l=64\$/);
    expect(cy?.fields).to.include({ status: 'disabled', sub: 'a0000000-0000-4000-8000-000000000003' });
    expect(cy?.fields?.password_hash).to.match(/^\$pbkdf2-sha512\$i=210000,l=64\$/);
    expect(cy?.fields).to.not.have.property('totp_secret');
    expect(cy?.left)
      .to.contain('groups are not taken (/wards/3)')
      .and.contain('CONFIGURE_TOTP')
      .and.contain('RFC 6238')
      .and.contain('a passkey belongs to');
    expect(di).to.deep.include({ fields: undefined, left: '"nobody-mails-me" has no address' });
    expect(service)
      .to.deep.include({ fields: undefined })
      .and.property('left')
      .contain('account of a service');
    expect(ed?.left).to.equal('the password is not of a form that is known here');
    expect(ed?.fields).to.not.have.property('password_hash');
  });

  it('whose passwords verify', async () => {
    const hasher = await cheapHasher();
    try {
      for (const { fields } of (await convert('keycloak', file('keycloak-realm.json'))).slice(0, 2)) {
        const hash = String(fields?.password_hash);
        assertImportable(hash);
        expect((await hasher.verify(hash, PASSWORD)).matches, hash).to.equal(true);
        expect((await hasher.verify(hash, `${PASSWORD}!`)).matches, hash).to.equal(false);
      }
    } finally {
      await hasher.close();
    }
  });

  it('from several realms, or the users alone', async () => {
    const user = { id: 'k-1', username: 'ada', email: 'ada@example.org', firstName: 'Ada' };
    for (const written of [
      [{ realm: 'a', users: [user] }, { realm: 'b' }],
      [user],
      { realm: 'a', users: [user] },
    ]) {
      const told = (await convert('keycloak', text(JSON.stringify(written)))).filter(({ fields }) => fields);
      expect(told.map(({ fields }) => fields?.sub)).to.deep.equal(['k-1']);
    }
    const [told] = await convert('keycloak', text(JSON.stringify([user])), 'username');
    expect(told?.fields?.sub).to.equal('ada');
  });

  it('from Keycloak also where a password was chosen at no time that there is', async () => {
    const secretData = JSON.stringify({ value: 'aGFzaA==', salt: 'c2FsdA==' });
    const credentialData = JSON.stringify({ algorithm: 'pbkdf2-sha256', hashIterations: 600_000 });
    const users = [1e300, 0].map((createdDate, at) => ({
      username: `user-${at}`,
      email: `user-${at}@example.org`,
      credentials: [{ type: 'password', createdDate, secretData, credentialData }],
    }));
    const told = await convert('keycloak', text(JSON.stringify(users)));
    expect(told.map(({ fields }) => fields?.password_changed_at)).to.deep.equal([
      undefined,
      '1970-01-01T00:00:00.000Z',
    ]);
    expect(told[0]?.fields).to.have.property('password_hash');
  });

  it('from a directory', async () => {
    const [ada, zoe, plain, mailless, gone, ...more] = await convert(
      'ldif',
      file('people.ldif'),
      'entryUUID',
    );
    expect(more).to.deep.equal([]);
    expect(ada?.fields).to.deep.equal({
      email: 'ada@example.org',
      name: 'Ada, Countess of Lovelace',
      sub: '5f1f9b0e-8f0a-4a3c-9d43-0a1b2c3d4e5f',
      username: 'ada',
      given_name: 'Ada',
      family_name: 'Lovelace',
      locale: 'en-GB',
      status: 'active',
      password_hash: '{SSHA}dW8sZvd9snVzMhG1snFU7uASHvVzYWx0OGJ5dA==',
      password_changed_at: '2025-01-31T08:00:00Z',
      must_change_password: false,
    });
    expect(ada).to.include({ line: 8, left: 'further addresses are not taken (a.lovelace@example.org)' });
    expect(zoe?.fields).to.include({ name: 'Zoë Übel', family_name: 'Übel', status: 'disabled' });
    expect(zoe?.fields).to.include({ must_change_password: true });
    expect(zoe?.fields?.password_hash).to.match(/^\{CRYPT\}\$2b\$10\$.{53}$/);
    expect(plain?.fields).to.include({ email: 'pat@example.org' }).and.not.have.property('password_hash');
    expect(plain?.left)
      .to.contain('a plain password is never taken')
      .and.contain('another file')
      .and.contain('memberOf');
    expect(JSON.stringify(plain)).to.not.contain(PASSWORD);
    expect(mailless?.left).to.equal('"uid=nomail,ou=people,dc=hospital,dc=example" has no address (mail)');
    expect(gone?.left).to.contain('the entry is a change ("delete")');
  });

  it('from a table', async () => {
    const [head, ada, bo, cy, di, ed, ...more] = await convert('csv', file('people.csv'), 'personnel_no');
    expect(more).to.deep.equal([]);
    expect(head).to.deep.equal({ line: 1, fields: undefined, left: 'columns that are not taken: shoe size' });
    expect(ada).to.deep.equal({
      line: 2,
      left: '',
      fields: {
        email: 'ada@example.org',
        name: 'Ada Lovelace; "of Analysis"',
        sub: 'P-1',
        username: 'ada',
        given_name: 'Ada',
        family_name: 'Lovelace; "of Analysis"',
        roles: ['ward', 'nurse', 'doctor'],
        must_change_password: true,
      },
    });
    expect(bo?.fields).to.include({ must_change_password: false, name: 'Bo Ek' });
    expect(cy).to.include({ line: 5 });
    expect(cy?.left).to.contain('must_change_password').and.not.contain('perhaps');
    expect(di)
      .to.deep.include({ line: 7, fields: undefined })
      .and.property('left')
      .contain('email: is not an e-mail');
    expect(ed?.left).to.equal('the row has 2 columns, and the head 8');
  });

  it('from a table without addresses nothing, and says so', async () => {
    expect(await convert('csv', text('name,phone\nAda,1\n'))).to.deep.include.members([
      { line: 1, fields: undefined, left: 'the head names no column "email"' },
    ]);
  });

  it('from Django', async () => {
    const [ada, bo, cy, di, ed, cron, ...more] = await convert('django', file('django-auth.json'), 'pk');
    expect(more).to.deep.equal([]);
    expect(ada?.fields).to.deep.include({
      sub: '1',
      username: 'ada',
      name: 'Ada Lovelace',
      roles: ['ward-nurses'],
    });
    expect(ada?.fields?.password_hash).to.match(/^pbkdf2_sha256\$1000000\$Xk2sYp9fQm4LrT7v\$/);
    expect(ada?.left).to.contain('superuser');
    expect(bo?.fields).to.deep.include({ status: 'disabled', roles: ['ward-nurses', 'doctors'] });
    expect(bo?.fields?.password_hash).to.match(/^\$argon2id\$v=19\$/);
    expect(cy?.fields?.password_hash).to.match(/^\$2b\$10\$/);
    expect(cy?.fields).to.include({ name: 'cy' }).and.not.have.property('username');
    expect(cy?.left).to.contain('groups whose names are not in the file');
    expect(di?.fields).to.not.have.property('password_hash');
    expect(di?.left).to.equal('');
    expect(ed?.fields).to.include({ username: 'ed' });
    expect(cron).to.deep.include({ fields: undefined, left: '"cron" has no address' });
  });

  it('with the fields that become attributes: one value as it is, several as a list', async () => {
    const attributes = new Map([
      ['dept', 'department'],
      ['langs', 'languages'],
      ['constructor', 'nothing'],
    ]);
    const rules = { checkPasswordHash: () => undefined, now: NOW, attributes: ANY_ATTRIBUTES };
    const exports = {
      csv: 'email,name,dept,langs\na@example.org,A,ICU,pt|ko\n',
      ldif: 'dn: uid=a\nobjectClass: person\nmail: a@example.org\ncn: A\ndept: ICU\nlangs: pt\nlangs: ko\n',
      django:
        '[{"model":"auth.user","pk":1,"fields":{"email":"a@example.org","name":"A","dept":"ICU","langs":["pt","ko"]}}]',
      keycloak:
        '{"users":[{"username":"a","email":"a@example.org","firstName":"A","attributes":{"dept":["ICU"],"langs":["pt","ko"]}}]}',
    } as const;
    for (const [kind, content] of Object.entries(exports) as [ExportKind, string][])
      for await (const { text: line } of convertExport(kind, text(content), { attributes }, rules))
        expect(JSON.parse(String(line)).attributes, kind).to.deep.equal({
          ...{ department: 'ICU', languages: ['pt', 'ko'] },
        });
  });

  it('and what the import would refuse is left out and said', async () => {
    const rules = { checkPasswordHash: assertImportable, now: NOW, attributes: ANY_ATTRIBUTES };
    const left: string[] = [];
    for await (const { text: line, left: said } of convertExport(
      'django',
      file('django-auth.json'),
      {},
      rules,
    )) {
      if (line !== undefined && JSON.parse(line).username === 'ed') left.push(line, ...said);
    }
    expect(left[0]).to.not.contain('md5');
    expect(left[1]).to.match(/^password_hash: The password hash cannot be used/);
  });

  it('from a directory whose groups are large, without holding anybody up', async () => {
    const members = 'member: cn=somebody,dc=example\n'.repeat(100_000);
    const begun = performance.now();
    const people = await convert(
      'ldif',
      text(
        `dn: cn=all\nobjectClass: groupOfNames\n${members}\ndn: uid=a\nobjectClass: person\nmail: a@example.org\ncn: A\n`,
      ),
    );
    expect(people.map(({ fields }) => fields?.email)).to.deep.equal(['a@example.org']);
    expect(performance.now() - begun).to.be.below(4_000);
  });

  it('from no table of one endless line, of which it reads no more than a row may have', async () => {
    let read = 0;
    async function* endless() {
      for (; read < 100; read += 1) yield Buffer.alloc(64 * 1024, 'email,');
    }
    const refused = await convert('csv', endless()).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(RangeError);
    expect(read).to.be.below(20);
  });

  it('whatever the file is, nothing but lines comes of it', async () => {
    const kinds: ExportKind[] = ['keycloak', 'ldif', 'csv', 'django'];
    for (const kind of kinds)
      for (const odd of [
        '',
        '{}',
        '[]',
        '[1,null,"x",[[]]]',
        '{"users":{"a":1}}',
        '{"users":[}',
        'dn: x\nmail',
        ',,,\n"',
        '\0\n',
      ])
        for (const { fields } of await convert(kind, text(odd)))
          expect(fields, `${kind} ${odd}`).to.equal(undefined);
  });
});
