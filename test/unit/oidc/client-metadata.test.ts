import { expect } from 'chai';
import { providerMetadata } from '../../../src/oidc/clients.ts';

const read = (metadata: Record<string, unknown>, secretDigest?: string) => ({
  id: 'app',
  metadata: { client_id: 'app', ...metadata },
  secrets:
    secretDigest === undefined
      ? []
      : [{ id: '1', digest: secretDigest, createdAt: new Date(0), endsAt: undefined }],
  createdAt: new Date(0),
  disabledAt: undefined,
  enabledAt: undefined,
});

describe('clients as the provider gets them', () => {
  it('brings everything, the digest where the secret is looked for', () => {
    const given = providerMetadata(read({ redirect_uris: ['https://app.example'] }, 'key.digest'));
    expect({ ...given }).to.deep.equal({
      client_id: 'app',
      redirect_uris: ['https://app.example'],
      client_secret: 'key.digest',
    });
    expect(providerMetadata(read({}))).not.to.have.property('client_secret');
  });

  it('has the same short JSON as long as the same is registered, and never that of anything else', () => {
    const uris = { redirect_uris: ['https://app.example'] };
    const jsonOf = (client: ReturnType<typeof read>) => JSON.stringify(providerMetadata(client));
    const json = jsonOf(read(uris, 'key.one'));
    expect(jsonOf(read(uris, 'key.one')), 'read again').to.equal(json);
    const others = [
      read(uris, 'key.two'),
      read({ ...uris, scope: 'openid' }, 'key.one'),
      read(uris, 'key.one'),
    ];
    const found = [json, ...others.map(jsonOf)];
    expect(new Set(found).size, 'also where it is as it was before').to.equal(4);
    expect(jsonOf({ ...read(uris, 'key.one'), id: 'other' })).not.to.equal(found.at(-1));
    expect(json).not.to.contain('key.one');
    expect(json.length).to.be.lessThan(60);
  });
});
