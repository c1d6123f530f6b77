import { createAttributes } from '../../src/domain/attributes/policy.ts';
import { attributesInForm, attributesToRead } from '../../src/http/account/attribute-forms.ts';
import { zoneGroups } from '../../src/http/account/zones.ts';
import type { AttributeDeclaration } from '../../src/kernel/attributes.ts';
import { isOwnAttribute } from '../../src/lifecycle/own-profile.ts';
import { declaring } from './attributes.ts';
import { csrfToken, longest, state } from './page-state.ts';

/** The page of one's profile, with attributes of every kind. */

const own = (members: Parameters<typeof declaring>[0]): AttributeDeclaration =>
  declaring({ visibleTo: 'self', editableBy: 'self', ...members });

const attributes = createAttributes({
  nickname: own({ type: 'text', label: 'What colleagues call you', required: true }),
  phone: own({ type: 'phone', label: { en: 'Phone', es: 'Teléfono' } }),
  beds: own({ type: 'number', label: 'Beds' }),
  birthday: own({ type: 'date', label: 'Birthday' }),
  onCall: own({ type: 'boolean', label: 'On call' }),
  contract: own({
    type: 'choice',
    label: 'Contract',
    choices: { full: 'Full-time', part: { en: 'Part-time' } },
  }),
  languages: own({ type: 'text', label: 'Languages', many: true }),
  shifts: own({ type: 'choice', label: 'Shifts', many: true, choices: { day: 'Day', night: 'Night' } }),
  home: own({ type: 'address', label: 'Home' }),
  department: declaring({ type: 'text', label: { en: 'Department', es: 'Departamento' }, visibleTo: 'self' }),
  licences: declaring({ type: 'text', label: 'Licences', many: true, visibleTo: 'self' }),
  hired: declaring({ type: 'date', label: 'With us since', visibleTo: 'self' }),
  vaccinated: declaring({ type: 'boolean', label: 'Vaccinated', visibleTo: 'self' }),
  office: declaring({ type: 'address', label: 'Office', visibleTo: 'self' }),
});

const home = {
  street_address: 'Rua do Almada 12\n3.º Esq.',
  postal_code: '4050-030',
  locality: 'Porto',
  country: 'Portugal',
};
const stored = {
  ...{
    nickname: 'Am',
    phone: '+351220000000',
    beds: 12.5,
    birthday: '1988-02-29',
    onCall: true,
    contract: 'part',
  },
  ...{
    languages: ['português', '한국어'],
    shifts: ['night'],
    home,
    department: 'Cardiology',
    licences: ['AB1234', 'ZZ0001'],
  },
  ...{ hired: '2019-05-01', vaccinated: false, office: home },
};

const tags = ['en'];
const profile = (
  kept: typeof stored | Record<string, never>,
  given?: Parameters<typeof attributesInForm>[3],
) => ({
  action: '/account/profile',
  csrfToken,
  version: 'v',
  values: { name: 'Amara Okafor', locale: 'es', zoneinfo: 'Europe/Lisbon' },
  zones: zoneGroups('Europe/Lisbon'),
  attributes: attributesInForm(attributes, kept, tags, given),
  kept: attributesToRead(attributes, kept, tags, (each) => !isOwnAttribute(each)),
});

/** One of everything that can be wrong. */
const wrong = attributes.change(
  {},
  {
    ...{
      nickname: '',
      phone: '123',
      beds: 'many',
      birthday: '2023-02-29',
      onCall: 'maybe',
      contract: 'none',
    },
    ...{
      languages: Array.from({ length: 21 }, (_, n) => `l${n}`),
      shifts: ['dawn'],
      home: { locality: 'a'.repeat(300) },
    },
  },
);
const typed = {
  ...{ 'attribute.nickname': '', 'attribute.phone': '123', 'attribute.beds': 'many' },
  ...{
    'attribute.languages': `<script>alert(1)</script>\n${'long'.repeat(100)}`,
    'attribute.home.locality': 'a'.repeat(300),
  },
};

/** What the overview shows of the same person. */
export const keptOfSample = attributesToRead(attributes, stored, tags);

export const attributeStates = [
  state('account-profile-attributes', 'account-profile', profile(stored)),
  state('account-profile-attributes-empty', 'account-profile', profile({})),
  state(
    'account-profile-attributes-wrong',
    'account-profile',
    { ...profile(stored, { fields: typed, findings: wrong.findings }), errors: { attributes: true } },
    400,
  ),
  state(
    'account-profile-attributes-unfit',
    'account-profile',
    {
      ...profile(stored, {
        fields: { 'attribute.nickname': 'a\u0007b', 'attribute.languages': '??' },
        findings: (
          [
            ['nickname', 'text'],
            ['languages', 'pattern'],
            ['home', 'address'],
          ] as const
        ).map(([name, problem]) => ({ name, problem, words: '' })),
      }),
      errors: { attributes: true },
    },
    400,
  ),
  state('account-profile-attributes-hostile', 'account-profile', {
    ...profile({}),
    attributes: [],
    kept: [
      {
        label: `<b>${'Label'.repeat(20)}</b>`,
        type: 'text',
        texts: [`<img src=x> ${longest.name}`, 'x'.repeat(1_000)],
      },
      { label: 'شركة', type: 'text', texts: ['\u202Eevil', 'القسم (2)'] },
    ],
  }),
];
