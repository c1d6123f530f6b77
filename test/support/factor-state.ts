import type { ViewModels } from '../../src/http/views.ts';
import { account, csrfToken } from './page-state.ts';

/** The states of the pages about second factors. */
export interface FactorState<V extends keyof ViewModels = keyof ViewModels> {
  readonly name: string;
  readonly view: V;
  readonly model: ViewModels[V];
  readonly status?: number;
}

export const state = <V extends keyof ViewModels>(
  name: string,
  view: V,
  model: ViewModels[V],
  status = 200,
): FactorState => ({ name, view, model, status });

const client = { name: 'Riverside Clinical Notes', policyUri: 'https://notes.example.org/privacy' };
export const hostile = { name: `<b>${'N'.repeat(300)}`, email: `${'long'.repeat(50)}@x.example` };
export const inSignIn = { csrfToken, account, client, cancelAction: '/sign-in/sample/cancel' };
export const inAccount = { csrfToken, account, backHref: '/account/security' };
