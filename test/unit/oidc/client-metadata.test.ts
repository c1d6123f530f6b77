import { expect } from 'chai';
import { providerMetadata } from '../../../src/oidc/clients.ts';

const read = (metadata: Record<string, unknown>, secretDigest?: string) => ({
  id: 'app',
  metadata: { client_id: 'app', ...metadata },
  secretDigest,
  createdAt: new Date(0),
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

  it('has the same short JSON as long as it is the same reading, and never that of another', () => {
    const first = read({ redirect_uris: ['https://app.example'] }, 'key.one');
    const again = read({ redirect_uris: ['https://app.example'] }, 'key.two');
    const json = JSON.stringify(providerMetadata(first));
    expect(JSON.stringify(providerMetadata(first))).to.equal(json);
    expect(JSON.stringify(providerMetadata(again))).not.to.equal(json);
    expect(json).not.to.contain('key.one');
    expect(json.length).to.be.lessThan(60);
  });
});
