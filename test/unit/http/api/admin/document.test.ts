import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACTS } from '../../../../../src/administration/index.ts';
import { OPENAPI_FILE, openApiText } from '../../../../../src/commands/config.ts';
import { routePath } from '../../../../../src/http/api/admin/act-route.ts';
import { facesOf } from '../../../../../src/http/api/admin/face.ts';
import { operationsOf } from '../../../../support/openapi.ts';

describe('docs/openapi.json', () => {
  const document = JSON.parse(openApiText()) as Record<string, unknown>;
  const operations = operationsOf(document);

  it('is what the acts say (npm run docs writes it)', () => {
    expect(readFileSync(OPENAPI_FILE, 'utf8')).to.equal(openApiText());
  });

  it('has each operation once, and none of what only the operator may', () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const routes = ACTS.flatMap((act) => facesOf(act).map((face) => `${face.method} ${routePath(face)}`));
    expect(new Set(routes).size).to.equal(routes.length);
    for (const { name, operatorOnly } of ACTS) if (operatorOnly) expect(ids).not.to.include(name);
  });

  it('has no reference that points to nothing, and names every parameter of a path', () => {
    const text = JSON.stringify(document);
    for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/gu))
      expect(reference).to.match(/^#\/components\//u);
    for (const { path, parameters, id } of operations) {
      const named = [...path.matchAll(/\{([^}]+)\}/gu)].map(([, name]) => name);
      const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect(inPath, id).to.deep.equal(named);
    }
  });

  it('marks what is told once', () => {
    const marked = (id: string) =>
      JSON.stringify(operations.find((each) => each.id === id)?.responses).includes('"x-secret":true');
    for (const id of [
      'clients.create',
      'clients.rotate_secret',
      'factors.issue_temporary_code',
      'factors.reset',
    ])
      expect(marked(id), id).to.equal(true);
    expect(marked('people.show')).to.equal(false);
  });
});
