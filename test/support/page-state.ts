import type { SwitchPerson } from '../../src/http/kit/switch-offer.ts';
import type { AccountOnPage, ClientOnPage, SessionOnEveryPage } from '../../src/http/pages/on-page.ts';
import type { ViewModels, ViewName } from '../../src/http/views.ts';

/** One page in one state, as people may meet it. Pictures, accessibility checks and translation checks share the list. */
export interface PageState<V extends ViewName = ViewName> {
  readonly name: string;
  readonly view: V;
  readonly model: ViewModels[V];
  readonly status?: number;
  /** Given where the page is shown in a session, with what its script is told of it, in seconds from then. */
  readonly session?: {
    readonly page: SessionOnEveryPage;
    readonly warnIn: number;
    readonly endsIn: number;
    readonly final?: boolean;
  };
  /** At a workstation that people share. */
  readonly switchPerson?: SwitchPerson;
}

/** A page in a state, by name. */
export const state = <V extends ViewName>(
  name: string,
  view: V,
  model: ViewModels[V],
  status?: number,
): PageState => ({
  name,
  view,
  model,
  ...(status === undefined ? {} : { status }),
});

export const client: ClientOnPage = {
  name: 'Riverside Clinical Notes',
  policyUri: 'https://notes.example.org/privacy',
  tosUri: 'https://notes.example.org/terms',
};

/** Everything that the registration of a client could hold to break a page. */
export const hostileClient: ClientOnPage = {
  name: `<script>alert("1")</script>'"&--> \u202Egnp.exe\u202C ${'Verylongword'.repeat(30)}`,
  logoUri: 'javascript:alert(1)',
  policyUri: 'javascript:alert(1)',
  tosUri: 'https://example.org/"><script>alert(1)</script>',
};

export const rightToLeftClient: ClientOnPage = { name: 'ملاحظات العيادة (2)' };

export const csrfToken = 'c2FtcGxlLWNzcmYtdG9rZW4';

export const account: AccountOnPage = { name: 'Amara Okafor', email: 'amara.okafor@riverside.example.org' };

/** What browsers say of themselves; the longest words are found for the last one. */
export const AGENTS = {
  firefox: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0',
  longest:
    'Mozilla/5.0 (X11; CrOS x86_64 16093.68.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0 Safari/537.36',
} as const;

/** As long as the product lets each of them be, and as wide, so that an overflow is seen. */
export const longest = {
  name: `${'Wolfeschlegelsteinhausenbergerdorff'.repeat(3)} ${'Maria da Conceição '.repeat(9)}`
    .slice(0, 200)
    .trim(),
  email: `${'mariaconceicao.wolfeschlegel'.repeat(3).slice(0, 64)}@${`${'m'.repeat(60)}.`.repeat(3)}riv.or`,
  role: 'regional-clinical-documentation-and-coding-quality-lead-deputy-1',
  client: 'Regional Clinical Documentation, Coding and Discharge Letter Archive (Test)',
  factor: 'The blue security key with the yellow tape on the ring of the ward, second floor',
  brand: 'Riverside and Northern Counties University Hospitals Group',
  ip: '2001:0db8:85a3:08d3:1319:8a2e:0370:7348',
  zone: 'America/North_Dakota/New_Salem',
} as const;

export const longestAccount: AccountOnPage = { name: longest.name, email: longest.email };
