import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { allKinds, FACTORS, kindsOf } from '../../../src/sign-in/factors/kinds.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What names a kind: to branch on one of these would be a rule that no descriptor tells of. */
const NAMES = new Set<string>([
  ...allKinds(),
  ...[...kindsOf('own'), ...kindsOf('backup')].map((kind) => FACTORS[kind].audited),
  // Other words for the same.
  'webauthn',
]);
/** What `amr` calls them (RFC 8176). A password is no factor of the table. */
const AMR = new Set<string>(allKinds().flatMap((kind) => Object.values(FACTORS[kind].amr)));

/** Where names may stand, and why. A folder ends with a slash. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/sign-in/factors/kinds.ts': 'the table',
  'src/http/sign-in/challenges.ts': 'names of words',
  'src/lifecycle/totp-enrolment.ts': 'the kind’s own file',
  'src/lifecycle/passkey-enrolment.ts': 'the kind’s own file',
  'src/http/sign-in/enrol-totp.ts': 'the kind’s own file',
  'src/http/sign-in/enrol-passkey.ts': 'the kind’s own file',
  'src/http/account/add-totp.ts': 'the kind’s own file',
  'src/http/account/add-passkey.ts': 'the kind’s own file',
  'src/domain/recovery-codes/': 'its table in the database',
  'src/domain/audit/events/factors.ts': 'the vocabulary of the trail, to which the table is held by its type',
  'src/domain/audit/anchors/lost-events.ts': 'the vocabulary of the trail, as a file tells of it',
  'src/domain/mail/mails.ts': 'the vocabulary of mails, to which the table is held by its type',
  'src/administration/people/convert/keycloak.ts': 'the vocabulary of another system',
  'src/administration/factors.ts': 'the vocabulary of the API',
  'src/domain/accounts/listing/filters.ts': 'the vocabulary of lists, which look into the tables',
  'src/lifecycle/factor-removing.ts': 'all codes together, which have no id',
  'src/lifecycle/personal-data-store.ts': 'names of tables',
  'src/sign-in/store.ts': 'a field of the evidence as it is stored',
};

const literal = /(?<quote>['"])(?<text>[\w-]+)\k<quote>/g;

/** The names that stand literally in each file of `src`. */
function named(): ReadonlyMap<string, readonly string[]> {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).map((path) => path.replaceAll('\\', '/'));
  const found = files.map((file): [string, string[]] => {
    const source = readFileSync(join(ROOT, file), 'utf8');
    const texts = [...source.matchAll(literal)].map(({ groups }) => groups?.text ?? '');
    return [file, texts.filter((text) => NAMES.has(text) || AMR.has(text))];
  });
  return new Map(found.filter(([, names]) => names.length > 0));
}

const isAt = (file: string, place: string) =>
  file === place || (place.endsWith('/') && file.startsWith(place));

describe('the names of kinds of factors', () => {
  it('stand in their descriptors alone, so that nothing branches on a kind', () => {
    const elsewhere = [...named()].filter(
      ([file]) => !Object.keys(ALLOWED).some((place) => isAt(file, place)),
    );
    expect(Object.fromEntries(elsewhere)).to.deep.equal({});
  });

  it('are still where they may be, each file those of its own kind', () => {
    const files = named();
    for (const place of Object.keys(ALLOWED)) {
      const names = [...files].filter(([file]) => isAt(file, place)).flatMap(([, texts]) => texts);
      expect(names, `${place} needs no exception any more`).to.not.deep.equal([]);
      const own = /(totp|passkey)(-enrolment)?\.ts$/.exec(place)?.[1];
      if (own !== undefined) expect(new Set(names), place).to.deep.equal(new Set([own]));
    }
  });
});
