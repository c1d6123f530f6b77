import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clients } from '../../src/administration/clients/index.ts';
import { groups } from '../../src/administration/groups/index.ts';
import { units } from '../../src/administration/units/index.ts';
import { act } from './administration.ts';
import { WEB_CLIENT } from './relying-party.ts';
import type { TestServer } from './server.ts';

/** The command of every act that is found over HTTP, with words that lead to an answer which two places can be compared by. */

/** What the commands of one place are about: the other place has the same, under its own name. */
export interface Ground {
  readonly name: string;
  readonly person: string;
  readonly spare: string;
  readonly twin: string;
  readonly invited: string;
  readonly client: string;
  readonly extra: string;
  readonly unit: string;
  readonly group: string;
  readonly below: string;
  readonly identifier: string;
  /** In a folder of its own. */
  file(name: string): string;
  readonly clear: () => Promise<void>;
}

/** Names that no sentence has. */
export const PLACES = ['qaqa', 'qbqb'] as const;

export async function groundOf(server: TestServer, name: string): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-acts-'));
  const file = (called: string) => join(folder, called);
  const email = (who: string) => `${who}@${name}.example.org`;
  for (const who of ['person', 'spare', 'twin'])
    await server.addAccount({
      email: email(who),
      name: `P ${name}`,
      roles: who === 'spare' ? ['nurse'] : [],
    });
  const [client, extra] = [`board-${name}`, `extra-${name}`];
  for (const client_id of [client, extra]) await server.addClient({ ...WEB_CLIENT, client_id });
  await act(server.app, clients.rotateSecret, { client });
  const unit = await act(server.app, units.create, { name: `Site ${name}` });
  const group = await act(server.app, groups.create, { name: `Group of ${name}` });
  const below = await act(server.app, units.create, { name: `Ward ${name}`, parent: unit.id });
  const metadata = { ...WEB_CLIENT, client_id: `made-${name}` };
  await writeFile(file('new.json'), JSON.stringify(metadata));
  await writeFile(file('changed.json'), JSON.stringify({ ...metadata, client_name: 'Changed' }));
  await writeFile(file('secret'), 's3cret'.repeat(8));
  await writeFile(
    file('units.json'),
    JSON.stringify({ gatehouse: 1, owner: name, units: { ward: { name } } }),
  );
  await writeFile(
    file('resource.json'),
    JSON.stringify({ identifier: `https://${name}.example.org/api`, name: 'R', scopes: [`${name}:read`] }),
  );
  return {
    name,
    person: email('person'),
    spare: email('spare'),
    twin: email('twin'),
    invited: email('invited'),
    client,
    extra,
    unit: unit.id,
    group: group.id,
    below: below.id,
    identifier: `https://${name}.example.org/api`,
    file,
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

const NOBODY = '0190a6c2-5f4e-7000-8000-000000000001';
type Words = (ground: Ground) => string;

/**
 * In the order in which they are done, first those that only look. Of what needs a long history (an approval, a sealed account, a
 * factor that is there) what is refused is compared.
 */
export const ACT_COMMANDS: readonly (readonly [act: string, words: Words])[] = [
  ['people.list', ({ name }) => `users find --text person@${name}`],
  ['people.list_by_address', ({ name }) => `users list --search @${name}`],
  ['people.show', ({ person }) => `users show ${person} --json`],
  ['people.diagnose', ({ person }) => `users diagnose ${person} --json`],
  ['people.export', ({ person }) => `users export ${person} --json`],
  ['factors.list', ({ person }) => `factors list ${person}`],
  ['devices.list', ({ person }) => `devices list ${person}`],
  ['consents.list', ({ person }) => `consents list ${person} --json`],
  ['sessions.list', ({ person }) => `sessions list ${person} --json`],
  ['clients.list', () => 'clients list --json'],
  ['clients.show', ({ client }) => `clients show ${client}`],
  ['clients.problems', ({ client }) => `clients problems ${client} --json`],
  ['clients.list_owners', ({ client }) => `clients list-owners ${client}`],
  ['clients.list_registration_tokens', () => 'clients list-registration-tokens'],
  ['resources.list', () => 'resources list --json'],
  ['resources.show', () => `resources show --identifier https://none.example.org`],
  ['keys.list', () => 'keys list --json'],
  ['mail.list', () => 'mail list --json'],
  ['notices.list', () => 'logouts list --json'],
  ['audit.list', ({ client }) => `audit list --client ${client}-none`],
  ['audit.show', () => `audit show ${NOBODY}`],
  ['audit.list_keys', () => 'audit key --json'],
  ['audit.list_holds', () => 'audit hold list --all --json'],
  ['audit.prove', () => `audit proof ${NOBODY}`],
  ['audit.prove_consistency', () => 'audit proof --between 999999,9999999'],
  ['audit.check', () => 'audit check --key none'],
  ['audit.export', ({ file }) => `audit export --output ${file('none')}/a.zip`],
  ['break_glass.list', () => 'break-glass list --json'],
  ['break_glass.show', () => `break-glass show ${NOBODY}`],
  ['approvals.list', () => 'approvals list --json'],
  ['approvals.show', () => `approvals show ${NOBODY}`],
  ['passwords.count_hashes', () => 'passwords hashes --json'],
  ['system.settings', () => 'system settings --json'],
  ['units.list', () => 'units list --json'],
  ['units.show', ({ unit }) => `units show ${unit} --json`],
  ['groups.list', ({ name }) => `groups list --text None-${name} --json`],
  ['groups.show', ({ group }) => `groups show ${group} --json`],
  ['groups.list_members', ({ group }) => `groups list-members ${group} --json`],
  ['config.export', () => 'config export'],
  ['config.plan', ({ file }) => `config plan ${file('units.json')}`],
  ['config.show_drift', () => 'config drift --json'],
  ['people.bulk_show', () => `users bulk-show ${NOBODY}`],
  ['people.bulk_rows', () => `users bulk-rows ${NOBODY}`],
  ['people.bulk_preview', () => `users bulk-preview --act disable --ids ${NOBODY} --json`],
  ['people.import_preview', () => 'users import-preview --lines nonsense'],

  [
    'people.create',
    ({ name }) => `users create --email new@${name}.example.org --name New --no-password --json`,
  ],
  ['people.update', ({ person }) => `users update ${person} --given-name Given --json`],
  ['people.set_address', ({ person }) => `users set-address ${person} ${person}`],
  ['people.set_roles', ({ person }) => `users set-roles ${person} nurse --json`],
  ['people.set_unit', ({ person, unit }) => `users set-unit ${person} --unit ${unit} --json`],
  ['people.disable', ({ person }) => `users disable ${person}`],
  ['people.enable', ({ person }) => `users enable ${person}`],
  ['people.unlock', ({ person }) => `users unlock ${person}`],
  ['people.bulk_start', () => `users bulk-start --act disable --ids ${NOBODY} --json`],
  ['people.bulk_cancel', () => `users bulk-cancel ${NOBODY}`],
  ['invitations.send', ({ invited }) => `users invite --email ${invited} --name Invited --json`],
  ['invitations.resend', ({ invited }) => `invitations resend ${invited} --json`],
  ['passwords.require_change', ({ person }) => `users require-password-change ${person}`],
  ['passwords.send_reset_link', ({ person }) => `users reset-password ${person}`],
  ['factors.issue_temporary_code', ({ person }) => `users temporary-code ${person}`],
  ['factors.remove', ({ person }) => `factors remove ${person} ${NOBODY} --yes`],
  ['factors.reset', ({ person }) => `users reset-factors ${person} --yes --json`],
  ['devices.remove', ({ person }) => `devices remove ${person} none`],
  ['consents.withdraw', ({ person, client }) => `consents withdraw ${person} ${client}`],
  ['sessions.end', () => 'sessions end none'],
  ['sessions.end_all', ({ person }) => `sessions end --user ${person} --yes`],
  ['clients.create', ({ file }) => `clients create ${file('new.json')}`],
  ['clients.preview_update', ({ file }) => `clients update ${file('changed.json')} --yes`],
  ['clients.update', ({ file }) => `clients update ${file('changed.json')} --yes`],
  ['clients.rotate_secret', ({ extra }) => `clients rotate-secret ${extra}`],
  [
    'clients.set_secret',
    ({ client, file }) => `clients set-secret ${client} --secret @${file('secret')} --yes --json`,
  ],
  ['clients.end_secret', ({ client }) => `clients end-secret ${client} none --yes`],
  ['clients.test_sign_in', ({ client }) => `clients test-sign-in ${client} --prompt login --json`],
  ['clients.add_owner', ({ client, spare }) => `clients add-owner ${client} --person ${spare} --json`],
  ['clients.remove_owner', ({ client, spare }) => `clients remove-owner ${client} ${spare} --json`],
  ['clients.disable', ({ client }) => `clients disable ${client} --yes --json`],
  ['clients.enable', ({ client }) => `clients enable ${client} --json`],
  [
    'clients.issue_registration_token',
    ({ name }) => `clients issue-registration-token --name ${name} --uses 1 --json`,
  ],
  ['clients.revoke_registration_token', () => `clients revoke-registration-token ${NOBODY}`],
  ['clients.delete', ({ extra }) => `clients delete ${extra} --yes`],
  ['resources.create', ({ file }) => `resources create ${file('resource.json')}`],
  [
    'resources.update',
    ({ name, identifier }) =>
      `resources update --identifier ${identifier} --name Other --scopes {"name":"${name}:read"} --json`,
  ],
  ['resources.delete', ({ identifier }) => `resources delete ${identifier} --yes`],
  ['keys.rotate', () => 'keys rotate --algorithm ES256 --after 600'],
  ['mail.report_bounce', () => `mail report-bounce ${NOBODY} --permanent`],
  ['mail.retry', () => 'mail retry --all'],
  ['mail.send_test', () => 'mail test nobody'],
  ['notices.retry', () => 'logouts retry --all'],
  ['audit.place_hold', () => 'audit hold place'],
  ['audit.lift_hold', () => `audit hold lift ${NOBODY} --yes`],
  ['audit.rotate_key', () => 'audit rotate-key'],
  ['break_glass.drill', () => `break-glass drill ${NOBODY}`],
  ['break_glass.review', () => `break-glass review ${NOBODY} --text short`],
  ['break_glass.revoke', () => `break-glass revoke ${NOBODY} --yes`],
  ['approvals.withdraw', () => `approvals withdraw ${NOBODY}`],
  ['units.create', ({ name, unit }) => `units create --name New-${name} --parent ${unit} --json`],
  ['units.rename', ({ name, below }) => `units rename ${below} --name Renamed-${name} --json`],
  ['units.move', ({ below }) => `units move ${below} --no-parent --json`],
  ['units.delete', ({ below }) => `units delete ${below} --json`],
  ['groups.create', ({ name }) => `groups create --name New-${name} --json`],
  ['groups.update', ({ group }) => `groups update ${group} --description Others --json`],
  ['groups.add_member', ({ group, spare }) => `groups add-member ${group} --person ${spare} --json`],
  ['groups.remove_member', ({ group, spare }) => `groups remove-member ${group} ${spare} --json`],
  ['groups.set_roles', ({ group }) => `groups set-roles ${group} --roles nurse --json`],
  ['groups.delete', ({ group }) => `groups delete ${group} --yes --json`],
  ['people.merge', ({ spare, twin }) => `users merge ${spare} --into ${twin} --yes --json`],
  ['people.delete', ({ twin }) => `users delete ${twin} --yes`],
];

/** Acts whose command cannot give the same: what a place may do there differs, and why. */
export const DIFFER: Readonly<Record<string, string>> = {
  'approvals.approve': 'the operator may ask, and approves nothing',
  'approvals.decline': 'the same',
  'approvals.take_result': 'for who has asked',
  'config.apply':
    'the first place leaves nothing to be applied for the second; compared in the flows of documents',
  'audit.follow': 'goes on until it is interrupted',
  'passwords.add_signer_key': 'asks for the key at the terminal',
  'system.status': 'says how things are at this moment',
};
