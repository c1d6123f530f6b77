import { expect } from 'chai';
import type { Command } from 'commander';
import { ACTS } from '../../src/administration/index.ts';
import { BY_HAND } from '../../src/commands/generated/by-hand.ts';
import { jsonSchemaOf } from '../../src/commands/generated/kinds.ts';
import { createProgram } from '../../src/commands/program.ts';
import { operatorAt } from '../support/commands-elsewhere.ts';
import { auditTrail, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/**
 * What is not ours to name: client metadata (RFC 7591), parameters of the protocol, attributes (an address has the members of OpenID
 * Connect Core, section 5.1.1), and what others have written down.
 */
const NOT_OURS: ReadonlySet<string> = new Set([
  'metadata',
  'registration',
  'values',
  'details',
  'personal',
  'attributes',
]);

/** The names with an underscore in it, each with its place. */
function underscored(value: unknown, place = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (NOT_OURS.has(name)) return [];
    const at = Array.isArray(value) ? place : `${place}.${name}`;
    return [...(/[a-z]_[a-z]/u.test(name) ? [at] : []), ...underscored(inner, at)];
  });
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The same of what a schema says. */
function underscoredIn(schema: unknown, place = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, ...rest } = schema as Schema;
  return [
    ...Object.entries(properties).flatMap(([name, inner]) =>
      NOT_OURS.has(name)
        ? []
        : [...(name.includes('_') ? [`${place}.${name}`] : []), ...underscoredIn(inner, `${place}.${name}`)],
    ),
    ...Object.values(rest).flatMap((inner) => underscoredIn(inner, place)),
  ];
}

/** Every command with `--json`, by its words. */
function withJson(command: Command, words = ''): string[] {
  const own = command.options.some(({ long }) => long === '--json') ? [words] : [];
  return [...own, ...command.commands.flatMap((each) => withJson(each, `${words} ${each.name()}`.trim()))];
}

describe('--json', function json() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person;
  let client: string;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ roles: ['nurse'] });
    const made = await server.addClient({ ...WEB_CLIENT, backchannel_logout_uri: 'http://127.0.0.1:9/out' });
    client = String(made.client_id);
    await server.addResource({ identifier: 'https://r.example.org', name: 'R', scopes: ['r:read'] });
    await tokensFor(handClient(server.issuer, made), person);
    await new UserAgent().get(`${server.issuer}/authorize?client_id=${client}&response_type=code`);
    await operatorAt(server, 'audit', 'hold', 'place', '--reason', 'a court asked');
    await operatorAt(server, 'users', 'invite', '--email', 'new@example.org', '--name', 'New');
  });
  after(() => server.stop());

  /** What is printed by a command by hand is what its act has, for which the schema answers, where it is not run here. */
  const CHECKED_BY_SCHEMA: Readonly<Record<string, string>> = {
    'users create': 'people.create',
    'users import': 'people.import',
    'config plan': 'config.plan',
    'config apply': 'config.apply',
    'audit verify': 'audit.check',
    'audit archive': 'audit.archive',
    recover: 'audit.recover',
  };
  const event = async () => String((await auditTrail(server)).at(-1)?.id);
  const words = async (): Promise<Readonly<Record<string, string>>> => ({
    'users list': '',
    'users show': person.email,
    'users set-roles': `${person.email} nurse doctor --until doctor=2099-01-01T00:00:00Z`,
    'users invite': '--email json@example.org --name Json',
    'users reset-factors': `${person.email} --yes`,
    'users temporary-code': person.email,
    'passwords hashes': '',
    'sessions list': person.email,
    'clients list': '',
    'clients problems': client,
    'resources list': '',
    'keys list': '',
    'config drift': '',
    'mail list': '',
    'logouts list': '',
    'break-glass create': '',
    'audit list': '',
    'audit show': await event(),
    'audit key': '',
    'audit check': '',
    'audit events': '',
    'audit hold list': '',
  });

  it('has one casing in the results of all acts, and so in every command that is made from one', () => {
    for (const { name, result } of ACTS)
      expect(underscoredIn(jsonSchemaOf(result, 'output')), name).to.deep.equal([]);
  });

  it('has it in every command by hand', async () => {
    const program = createProgram({ env: {}, configFile: false }, {
      print() {},
      warn() {},
      fail() {},
    } as never);
    const made = new Set(Object.values(BY_HAND));
    const all = withJson(program);
    const ran = await words();
    const hand = [...made, 'audit events', 'audit verify'].filter((each) => all.includes(each));
    expect([...Object.keys(ran), ...Object.keys(CHECKED_BY_SCHEMA)]).to.have.members([...new Set(hand)]);
    for (const act of Object.values(CHECKED_BY_SCHEMA)) expect(ACTS.map(({ name }) => name)).to.include(act);
    for (const [command, rest] of Object.entries(ran)) {
      const typed = [...command.split(' '), ...rest.split(' ').filter((word) => word !== ''), '--json'];
      const { printed, error } = await operatorAt(server, ...typed);
      expect(error?.safeMessage, command).to.equal(undefined);
      expect(printed, command).to.not.equal('');
      // One object, or one on each line.
      const values = /^\{.*\}\n\{/u.test(printed) ? printed.split('\n') : [printed];
      const told = values.map((text) => JSON.parse(text));
      // Their clients are told as their metadata.
      if (command !== 'clients list') expect(underscored(told), command).to.deep.equal([]);
    }
  });
});
