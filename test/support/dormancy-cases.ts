import type { Case } from './diagnosis-cases.ts';

const at = (time: string) => new Date(`2026-11-30T${time}:00Z`);

const DORMANT = {
  is: 'active',
  since: at('01:00'),
  days: 90,
  noticeAt: at('02:00'),
  toldAt: undefined,
  disableAt: at('20:00'),
  due: undefined,
} as const;
/** What a diagnosis says of dormancy. */
export const DORMANCY_CASES: readonly Case[] = [
  {
    name: 'disabled because nobody had signed in',
    facts: { status: 'disabled', disabledAt: at('04:00'), dormancy: { is: 'disabled', since: at('01:00') } },
    found: ['disabled_dormant'],
    first: { since: at('04:00'), acts: ['people.enable'] },
  },
  {
    name: 'told that nobody has signed in for long',
    facts: { dormancy: { ...DORMANT, toldAt: at('02:00') } },
    found: ['dormant_soon'],
    first: { since: at('01:00'), until: at('20:00') },
  },
  { name: 'not to be told yet', facts: { dormancy: DORMANT }, found: ['nothing_found'] },
];
