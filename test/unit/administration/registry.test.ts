import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import type { Actor } from '../../../src/administration/actor.ts';
import { ACTS, SUBJECTS } from '../../../src/administration/index.ts';
import { ADMIN_SCOPES } from '../../../src/domain/clients/admin-scopes.ts';
import { NOBODY } from './fakes.ts';

const SOURCE = join(import.meta.dirname, '../../../src/administration');

/** What descriptions for programs are made from. Times have no type of their own in JSON. */
const asJsonSchema = (schema: z.ZodType, io: 'input' | 'output') =>
  z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date')
        Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    },
  }) as { type?: string; additionalProperties?: unknown; properties?: Record<string, unknown> };

const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe('the registry of acts', () => {
  it('has each act once, under its subject and its verb', () => {
    const named = Object.entries(SUBJECTS).flatMap(([subject, acts]) =>
      Object.entries(acts).map(([verb, { name }]) => [`${snakeCase(subject)}.${snakeCase(verb)}`, name]),
    );
    for (const [expected, name] of named) expect(name).to.equal(expected);
    const names = ACTS.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('has every act that a file defines', async () => {
    const isAct = (value: unknown) =>
      typeof value === 'object' && value !== null && 'perform' in value && 'scope' in value;
    const defined = new Set<unknown>();
    for (const path of globSync('**/*.ts', { cwd: SOURCE })) {
      const exported: Record<string, unknown> = await import(join(SOURCE, path));
      // A subject in one file exports its acts as one object.
      const values = Object.values(exported).flatMap((value) =>
        typeof value === 'object' && value !== null && !isAct(value)
          ? [value, ...Object.values(value)]
          : [value],
      );
      for (const value of values) if (isAct(value)) defined.add(value);
    }
    expect([...defined]).to.have.members([...ACTS]);
  });

  it('has each act over HTTP, or for the operator alone, with a sentence that says what it does', () => {
    for (const { name, http, operatorOnly, summary } of ACTS) {
      expect(http !== undefined, `${name} has a face over HTTP, or is for the operator alone`).to.not.equal(
        operatorOnly,
      );
      if (http !== undefined) expect(summary, `${name} has a summary`).to.match(/^[A-Z].*\.$/u);
    }
  });

  for (const { name, scope, readOnly, input, result } of ACTS) {
    describe(name, () => {
      it('needs a scope that reads only where it only looks', () => {
        expect(scope.endsWith(':read')).to.equal(readOnly);
      });

      it('takes an object without unknown keys and answers an object, both of which JSON can describe', () => {
        expect(asJsonSchema(input, 'input')).to.include({ type: 'object', additionalProperties: false });
        const answered = asJsonSchema(result, 'output');
        expect(answered).to.include({ type: 'object' });
        for (const secret of ['passwordHash', 'secretDigest', 'privateKey'])
          expect(answered.properties).not.to.have.property(secret);
      });

      it('is not done by people without a role, nor by programs without its scope', async () => {
        const origin = {};
        const scopes = [...ADMIN_SCOPES];
        const person = { kind: 'person', accountId: 'a', sessionId: 's', level: 'phr', origin } as const;
        expect(await refusal(name, { ...person, provenAt: new Date(), scopes })).to.equal('not_permitted');
        const others = scopes.filter((each) => each !== scope);
        const program = { kind: 'client', clientId: 'c', scopes: others, origin } as const;
        expect(await refusal(name, program)).to.equal('not_permitted');
      });
    });
  }
});

/** With no dependencies but for the admission, so that whatever is touched fails in another way. */
async function refusal(name: string, actor: Actor): Promise<string | undefined> {
  const act = ACTS.find((each) => each.name === name);
  if (act === undefined) throw new Error(`no act ${name}`);
  const perform = act.perform as unknown as (...words: unknown[]) => Promise<unknown>;
  return perform(NOBODY, actor, {}).then(
    () => 'nothing was refused',
    (error) => error.code,
  );
}
