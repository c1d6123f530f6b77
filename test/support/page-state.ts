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
