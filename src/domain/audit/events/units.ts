import { defineEvents, details, SUCCESS, text } from './define.ts';

/** The units of an organisation. */

const operators = ['person', 'client', 'command', 'system'] as const;

const unit = (meaning: string) =>
  details({
    name: text('The name of the unit.'),
    parent: text('Id of the unit above it; none for one at the top.').exactOptional(),
  }).describe(meaning);

const onUnit = details({ unit: text('Id of the unit.') });

export const UNIT_EVENTS = defineEvents({
  'unit.created': {
    about: 'system',
    when: 'A unit was made: a site or department, to which people belong and rights are limited.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onUnit.extend({ after: unit('The unit as it was made.') })],
  },
  'unit.changed': {
    about: 'system',
    when: 'A unit has another name, or another place in the tree: rights over what is above it reach it now.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onUnit.extend({ before: unit('As it was.'), after: unit('As it is now.') })],
  },
  'unit.deleted': {
    about: 'system',
    when: 'A unit was removed. Nobody belonged to it.',
    outcomes: SUCCESS,
    actors: operators,
    versions: [onUnit.extend({ before: unit('As it was.') })],
  },
});
