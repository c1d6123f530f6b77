import { join } from 'node:path';
import { expect } from 'chai';
import { checkImports, type Project, readProject } from '../support/check-imports.ts';

const PROJECT: Record<string, string> = {
  'src/kernel/errors.ts': 'export class GatehouseError extends Error {}',
  'src/config/schema.ts': '',
  'src/storage/database.ts': "import pg from 'pg';",
  'src/redaction.ts': '',
  'src/domain/audit/events.ts': 'export type Event = string;',
  'src/domain/audit/store.ts':
    "import { p } from '@mikro-orm/postgresql'; import type { Event } from './events.ts';",
  'src/domain/keys/policy.ts': "import { z } from 'zod'; import '../../kernel/errors.ts';",
  'src/domain/keys/store.ts':
    "import { x } from './policy.ts'; import type { Event } from '../audit/events.ts';",
  'src/sign-in/attempt.ts': "import { x } from '../domain/keys/store.ts';",
  'src/oidc/provider.ts': "import Provider from 'oidc-provider'; import '../sign-in/attempt.ts';",
  'src/administration/act.ts': "import '../sign-in/attempt.ts';",
  'src/http/kit/headers.ts': "import helmet from 'koa-helmet'; import '../../oidc/provider.ts';",
  'src/http/pages/pages.ts': "import '../kit/headers.ts';",
  'src/http/account/visitor.ts': "import '../pages/pages.ts'; import '../kit/headers.ts';",
  'src/http/views.ts': "import './account/visitor.ts'; import './pages/pages.ts';",
  'src/wire.ts': "import './http/views.ts'; import type { C } from './config/schema.ts';",
  'src/app.ts': "import Koa from 'koa'; import type { H } from './wire.ts';",
  'src/main.ts': "import './app.ts'; await import('./wire.ts');",
};

const PACKAGES = [
  '@mikro-orm/postgresql',
  'ioredis',
  'koa',
  'koa-helmet',
  'oidc-provider',
  'pg',
  'pino',
  'zod',
];

const project = (changes: Record<string, string> = {}): Project => ({
  files: new Map(Object.entries({ ...PROJECT, ...changes })),
  packages: new Set(PACKAGES),
});

const found = (file: string, source: string) =>
  checkImports(project({ [file]: source })).map(
    (violation) => `${violation.file}:${violation.line} ${violation.problem}`,
  );

describe('the direction of imports', () => {
  it('is kept in src', () => {
    const violations = checkImports(readProject(join(import.meta.dirname, '../..')));
    expect(violations.map(({ file, line, problem }) => `${file}:${line} ${problem}`)).to.deep.equal([]);
  });

  it('lets a project through that is built in order', () => {
    expect(checkImports(project())).to.deep.equal([]);
  });

  const wrong: [file: string, source: string, problem: string][] = [
    [
      'src/kernel/clock.ts',
      "import '../config/schema.ts';",
      '1 imports src/config/schema.ts: config is above kernel',
    ],
    [
      'src/kernel/clock.ts',
      "import { z } from 'zod';",
      '1 imports zod: seen by everything but the kernel only',
    ],
    [
      'src/domain/keys/a.ts',
      "\n\nimport type { E } from '../audit/store.ts';",
      '3 imports src/domain/audit/store.ts: subjects of domain do not import each other',
    ],
    [
      'src/domain/keys/a.ts',
      "import '../audit/events.ts';",
      '1 imports src/domain/audit/events.ts: subjects of domain do not import each other',
    ],
    [
      'src/domain/keys/a.ts',
      "export { x } from '../../sign-in/attempt.ts';",
      '1 imports src/sign-in/attempt.ts: sign-in is above domain',
    ],
    [
      'src/domain/keys/a.ts',
      "import type { C } from '../../config/schema.ts';",
      '1 imports src/config/schema.ts: domain does not see the configuration',
    ],
    [
      'src/domain/audit/policy.ts',
      "import { s } from './store.ts';",
      '1 imports src/domain/audit/store.ts: a policy is pure and knows no store',
    ],
    [
      'src/domain/audit/policy.ts',
      "import '../../storage/database.ts';",
      '1 imports src/storage/database.ts: a policy is pure and knows the kernel only',
    ],
    [
      'src/storage/orm.ts',
      "import '../redaction.ts';",
      '1 imports src/redaction.ts: redaction.ts is beside storage',
    ],
    [
      'src/sign-in/checks/one.ts',
      "import '../../oidc/provider.ts';",
      '1 imports src/oidc/provider.ts: oidc is above sign-in',
    ],
    ['src/http/b.ts', "import '../app.ts';", '1 imports src/app.ts: app.ts is above http'],
    [
      'src/http/links/secure.ts',
      "import '../account/visitor.ts';",
      '1 imports src/http/account/visitor.ts: in http, kit is below pages, pages below the folder of each audience, and those are apart',
    ],
    [
      'src/http/kit/form.ts',
      "import '../pages/pages.ts';",
      '1 imports src/http/pages/pages.ts: in http, kit is below pages, pages below the folder of each audience, and those are apart',
    ],
    [
      'src/http/sign-in/codes.ts',
      "import '../views.ts';",
      '1 imports src/http/views.ts: in http, kit is below pages, pages below the folder of each audience, and those are apart',
    ],
    [
      'src/administration/people.ts',
      "import '../http/kit/headers.ts';",
      '1 imports src/http/kit/headers.ts: http is above administration',
    ],
    [
      'src/oidc/provider.ts',
      "import '../administration/act.ts';",
      '1 imports src/administration/act.ts: administration is above oidc',
    ],
    ['src/sign-in/settle.ts', "import pg from 'pg';", '1 imports pg: seen by storage and stores only'],
    [
      'src/sign-in/settle.ts',
      "import type { P } from 'oidc-provider';",
      '1 imports oidc-provider: seen by src/oidc only',
    ],
    [
      'src/sign-in/settle.ts',
      "import { Context } from 'koa';",
      '1 imports koa: seen by oidc, http and the composition only',
    ],
    [
      'src/http/sign-in/a.ts',
      "import R from 'ioredis';",
      '1 imports ioredis: seen by src/domain/rate-limits and src/storage/redis.ts only',
    ],
    [
      'src/http/sign-in/a.ts',
      "import { x } from 'left-pad';",
      '1 imports left-pad, which is no dependency in package.json',
    ],
    ['src/http/sign-in/a.ts', "import fs from 'fs';", '1 imports fs: write node:fs'],
    [
      'src/http/sign-in/a.ts',
      "import '../../../test/support/x.ts';",
      '1 imports test/support/x.ts, which is outside src',
    ],
    [
      'src/http/sign-in/a.ts',
      "import './gone.ts';",
      '1 imports src/http/sign-in/gone.ts, which does not exist',
    ],
    [
      'src/http/sign-in/a.ts',
      'const name = "x";\nawait import(name);',
      '2 imports something computed, which cannot be checked',
    ],
    [
      'src/http/sign-in/a.ts',
      `await import(\`./\${name}.ts\`);`,
      '1 imports something computed, which cannot be checked',
    ],
    [
      'src/attic/a.ts',
      "import '../kernel/errors.ts';",
      '1 attic is in no layer: put it into one in test/support/check-imports.ts',
    ],
  ];
  for (const [file, source, problem] of wrong) {
    it(`refuses ${source.trim()} in ${file}`, () => {
      expect(found(file, source)).to.deep.equal([`${file}:${problem}`]);
    });
  }

  it('finds a circle, type imports included, once', () => {
    const violations = checkImports(
      project({
        'src/http/a.ts': "import './b.ts';",
        'src/http/b.ts': "import './c.ts';",
        'src/http/c.ts': "\nimport type { A } from './a.ts';",
      }),
    );
    expect(violations).to.deep.equal([
      {
        file: 'src/http/c.ts',
        line: 2,
        problem: 'closes a circle: src/http/a.ts → src/http/b.ts → src/http/c.ts → src/http/a.ts',
      },
    ]);
    expect(found('src/http/self.ts', "import './self.ts';")).to.deep.equal([
      'src/http/self.ts:1 closes a circle: src/http/self.ts → src/http/self.ts',
    ]);
  });

  it('reads code, not comments, strings or templates', () => {
    const source = [
      "// import '../../oidc/provider.ts';",
      "/* import '../../oidc/provider.ts'; */",
      'const text = "import \'../../oidc/provider.ts\'";',
      "const template = `import '../../oidc/provider.ts'`;",
      "const pattern = /import '..\\/oidc'/;",
      'const compare = <T,>(a: T, b: T) => a < b && b > a;',
    ].join('\n');
    expect(found('src/sign-in/checks/one.ts', source)).to.deep.equal([]);
  });

  it('lets stores see the ORM, and everybody the vocabulary of the audit trail as types', () => {
    expect(found('src/sign-in/store.ts', "import { p } from '@mikro-orm/postgresql';")).to.deep.equal([]);
    expect(found('src/domain/rate-limits/counter.ts', "import Redis from 'ioredis';")).to.deep.equal([]);
    expect(
      found('src/domain/rate-limits/counter.ts', "import type { E } from '../audit/events.ts';"),
    ).to.deep.equal([]);
    expect(found('src/kernel/ids.ts', "import type { E } from '../domain/audit/events.ts';")).to.have.length(
      1,
    );
  });
});

describe('who says who acts', () => {
  // Nothing is kept from an operator or the system, so a request must never come to be taken for one. What the domain says of
  // them is for the audit trail: it knows no administration.
  it('is a command where it is an operator, and never what answers requests', () => {
    const { files } = readProject(join(import.meta.dirname, '../..'));
    const speaking = [...files]
      .filter(([, source]) => /kind: '(?:command|system)'|\bSYSTEM\b/.test(source))
      .map(([file]) => file)
      .filter((file) => file.startsWith('src/') && !/^src\/(?:config|domain)\//.test(file));
    expect(speaking.sort()).to.deep.equal([
      'src/administration/actor.ts',
      // Who has asked for what waits, as it was kept: an operator is one again, for what they asked for.
      'src/administration/approvals/deciding.ts',
      'src/administration/four-eyes.ts',
      'src/commands/acting.ts',
      'src/development.ts',
    ]);
  });
});
