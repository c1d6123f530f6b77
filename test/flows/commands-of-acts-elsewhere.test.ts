import { expect } from 'chai';
import { ACTS } from '../../src/administration/index.ts';
import { exitCodeOf } from '../../src/commands/usage.ts';
import { ACT_COMMANDS, DIFFER, type Ground, groundOf, PLACES } from '../support/act-commands.ts';
import { type CommandOutcome, machineOf, operatorAt } from '../support/commands-elsewhere.ts';
import { addApp } from '../support/factors.ts';
import type { Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** An update begins with its preview, and a copy of what is kept of somebody is told in the trail, of which it has a copy. */
const LEAVE_SOMETHING = new Set(['clients.preview_update', 'people.export']);

/** What is another one each time it is made, and the name of a place. */
const same = (text: string | undefined): string | undefined =>
  text
    ?.replaceAll(/gatehouse-acts-\w+/gu, 'FOLDER')
    .replaceAll(/qaqa|qbqb/giu, 'PLACE')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?(?:\.\d+)?/gu, 'TIME')
    .replaceAll(/[0-9A-Z]{5}-[0-9A-Z]{5}/gu, 'CODE')
    .replaceAll(/[\w+/=-]{30,}/gu, 'SECRET')
    .replaceAll(/\b[0-9a-f]{8}\b/gu, 'HEX')
    .replaceAll(/Hold \d+/gu, 'Hold N')
    .replaceAll(/"client_id_issued_at": \d+/gu, 'ISSUED');

/** The command of each act that is found over HTTP, as the operator and at a server elsewhere. */
describe('the commands of all acts, here and elsewhere', function commandsOfActs() {
  this.timeout(120_000);
  let server: TestServer;
  let admin: Person;
  let machine: Awaited<ReturnType<typeof machineOf>>;
  let grounds: Ground[];

  before(async () => {
    server = await startTestServer();
    admin = await server.addAccount({ roles: ['administrator'] });
    machine = await machineOf(admin, await addApp(server, admin));
    grounds = [];
    for (const place of PLACES) grounds.push(await groundOf(server, place));
    expect((await machine.gatehouse('login', server.issuer)).error?.safeMessage).to.equal(undefined);
  });
  after(async () => {
    for (const ground of grounds) await ground.clear();
    await machine.clear();
    await server.stop();
  });

  it('are all of them', () => {
    const faced = ACTS.filter(({ http, operatorOnly }) => http !== undefined && !operatorOnly);
    expect([...ACT_COMMANDS.map(([name]) => name), ...Object.keys(DIFFER)]).to.have.members(
      faced.map(({ name }) => name),
    );
  });

  const told = ({ printed, warned, error }: CommandOutcome) => ({
    printed: same(printed)?.split('\n'),
    warned: same(warned.replace(/^At .*:\n?/, '')),
    refused: same(error?.safeMessage),
    exit: exitCodeOf(error),
  });

  for (const [name, words] of ACT_COMMANDS)
    it(`${name} tells the same`, async () => {
      const [here, there] = grounds as [Ground, Ground];
      const typed = (ground: Ground, more: readonly string[]) => [...words(ground).split(' '), ...more];
      const reads = ACTS.find((each) => each.name === name)?.readOnly === true;
      const why = reads || name === 'mail.send_test' ? [] : ['--reason', 'ticket'];
      // Of a test the operator names the person.
      const forThem = name === 'clients.test_sign_in' ? ['--person', admin.email] : [];
      // What only looks is asked about the same.
      const looks = reads && !LEAVE_SOMETHING.has(name);
      const one = await operatorAt(server, ...typed(here, [...why, ...forThem]));
      const other = await machine.gatehouse(...typed(looks ? here : there, why));
      expect(told(other)).to.deep.equal(told(one));
      expect(one.error?.code, one.error?.safeMessage).to.not.match(/^commander\./u);
    });
});
