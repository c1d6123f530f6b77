import { expect } from 'chai';
import type { AccountStore } from '../../../src/domain/accounts/store.ts';
import type { Pages } from '../../../src/http/pages/pages.ts';
import { createScreens } from '../../../src/http/pages/screens.ts';
import type { ProtocolContext } from '../../../src/oidc/provider.ts';

/** The page of a request that the protocol has refused. */
describe('the error page of the protocol', () => {
  const error = Object.assign(new Error('invalid_request'), {
    error: 'invalid_request',
    error_description: 'Authorization Server policy requires PKCE to be used for this request',
  });
  const ctx = {
    path: '/authorize',
    method: 'GET',
    headers: {},
    query: {},
    status: 400,
    state: { requestId: 'the-request' },
    oidc: { issuer: 'https://id.example.org', params: { state: 'the-state', scope: 'openid' } },
  } as unknown as ProtocolContext;

  async function modelOf(showReasons: boolean) {
    const models: unknown[] = [];
    const pages = { render: async (...given: unknown[]) => void models.push(given[2]) } as unknown as Pages;
    await createScreens(pages, {} as AccountStore, { showReasons, csrf: { token: () => 'token' } }).error(
      ctx,
      'invalid_request',
      error,
    );
    return models[0] as { reference?: string; reason?: { parameter?: string; change?: string } };
  }

  it('says in development what to change', async () => {
    const { reference, reason } = await modelOf(true);
    expect(reference).to.equal('the-request');
    expect(reason).to.include({ parameter: 'code_challenge' });
    expect(reason?.change).to.include('require_pkce');
    expect(JSON.stringify(reason)).to.not.include('the-state');
  });

  it('has nothing but the reference in production', async () => {
    expect(await modelOf(false)).to.have.all.keys('code', 'status', 'reference');
  });
});
