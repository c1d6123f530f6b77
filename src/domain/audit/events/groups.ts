import { count, defineEvents, details, SUCCESS, text, texts } from './define.ts';

/** The groups of an organisation. */

const operators = ['person', 'client', 'command', 'system'] as const;

const name = text('The name of the group.');
const roles = texts('The roles that it gives.');

const onGroup = details({ group: text('Id of the group.') });

const described = (meaning: string) =>
  details({ name, description: text('What it is for.') }).describe(meaning);

const whole = (meaning: string) =>
  details({ name, description: text('What it is for.'), roles }).describe(meaning);

const groupsOf = (meaning: string) => details({ groups: texts('Ids of their groups.') }).describe(meaning);

export const GROUP_EVENTS = defineEvents({
  'group.created': {
    about: 'system',
    when: 'A group was made: people who belong together, and may have roles of applications by it.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onGroup.extend({ after: whole('The group as it was made.') })],
  },
  'group.changed': {
    about: 'system',
    when: 'A group has another name or description. Tokens tell its name from now on.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onGroup.extend({ before: described('As it was.'), after: described('As it is now.') })],
  },
  'group.roles_changed': {
    about: 'system',
    when: 'A group gives other roles. All its members have them from this moment on; where one is lost, their sessions and tokens end one after the other.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      onGroup.extend({
        name,
        added: texts('Roles that it gives now and did not before.'),
        removed: texts('Roles that it gives no more.'),
        before: details({ roles }).describe('As it was.'),
        after: details({ roles }).describe('As it is now.'),
        members: count('How many people are members.'),
      }),
    ],
  },
  'group.deleted': {
    about: 'system',
    when: 'A group was removed. Nobody has a role by it from this moment on; its members leave it one after the other.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      onGroup.extend({ before: whole('As it was.'), members: count('How many people were members.') }),
    ],
  },
  'group.ending_finished': {
    about: 'system',
    when: 'All members of a group that gave some roles no more, or was deleted, have been gone through: sessions and tokens that named the roles are over.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [
      onGroup.extend({
        name,
        roles: texts('Roles that the group gave no more.'),
        members: count('How many people it was about.'),
      }),
    ],
  },
  'group.roles_lost': {
    about: 'people',
    when: 'A group gives some roles no more, and a person had them by nothing else: their sessions and tokens have ended.',
    outcomes: SUCCESS,
    actors: ['system'],
    versions: [onGroup.extend({ name, roles: texts('Roles that the person has no more.') })],
  },
  'group.member_added': {
    about: 'people',
    when: 'A person is a member of a group, and has its roles.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      onGroup.extend({
        name,
        roles: texts('Roles that the person has by it and had not before.'),
        before: groupsOf('As it was.'),
        after: groupsOf('As it is now.'),
      }),
    ],
  },
  'group.member_removed': {
    about: 'people',
    when: 'A person is a member of a group no more. Where they lost a role by it, their sessions and tokens have ended.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [
      onGroup.extend({
        name,
        roles: texts('Roles that the person had by it and has no more.'),
        before: groupsOf('As it was.'),
        after: groupsOf('As it is now.'),
      }),
    ],
  },
});
