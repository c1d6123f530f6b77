import { expect } from 'chai';
import { Provider } from 'oidc-provider';
import { recogniseClients } from '../../../src/oidc/internals.ts';

describe('recognising clients', () => {
  const registration = (name: string) => ({
    client_id: 'app',
    client_name: name,
    client_secret: 'x'.repeat(43),
    redirect_uris: ['https://app.example/callback'],
  });
  let registered: object | undefined;
  let find: (id: string) => Promise<{ clientName?: string | undefined } | undefined>;

  beforeEach(() => {
    registered = registration('first');
    const provider = new Provider('https://id.example', {
      adapter: () => ({ find: async () => registered }) as never,
      clients: [{ ...registration('own'), client_id: 'own' }],
    });
    recogniseClients(provider, (id) => id === 'own');
    find = (id) => provider.Client.find(id);
  });

  it('builds the client of one registration once', async () => {
    expect(await find('app')).to.equal(await find('app'));
  });

  it('builds that of a changed registration anew', async () => {
    const before = await find('app');
    registered = registration('second');
    const after = await find('app');
    expect(after).not.to.equal(before);
    expect([before?.clientName, after?.clientName]).to.deep.equal(['first', 'second']);
  });

  it('forgets one that is gone', async () => {
    await find('app');
    registered = undefined;
    expect(await find('app')).to.equal(undefined);
  });

  it('leaves those of the configuration, and what is no id, to the provider', async () => {
    expect((await find('own'))?.clientName).to.equal('own');
    expect(await find('')).to.equal(undefined);
    expect(await find(7 as never)).to.equal(undefined);
  });
});
