import { expect } from 'chai';
import { errors } from 'oidc-provider';
import { createAttributes } from '../../../src/domain/attributes/policy.ts';
import { defaultResources, resourcesMeant, saysWhichResource } from '../../../src/oidc/default-resource.ts';
import { reasonOf } from '../../../src/oidc/refusal-reasons.ts';
import { toldClaims } from '../../../src/oidc/told-claims.ts';
import { declaring } from '../../support/attributes.ts';

const resource = (identifier: string, ...scopes: string[]) => ({
  identifier,
  name: identifier,
  scopes: scopes.map((name) => ({ name })),
  tokenAlgorithm: 'RS256' as const,
  tokenSeconds: 600,
});
const TOLD = toldClaims(
  createAttributes({ employer: declaring({ type: 'text', scope: 'employment', claim: 'employer' }) }),
);
const ALL = [resource('urn:records', 'read', 'write', 'email'), resource('urn:billing', 'bill', 'read')];

describe('the resource that scopes mean', () => {
  const CASES: [string[], string[] | undefined, string[]][] = [
    [['openid', 'write'], ['write'], ['urn:records']],
    [['bill', 'write'], ['write'], ['urn:records']],
    [
      ['bill', 'write'],
      ['write', 'bill'],
      ['urn:records', 'urn:billing'],
    ],
    [['read'], ['read'], ['urn:records', 'urn:billing']],
    [['email'], ['email'], []],
    [['offline_access', 'groups'], ['offline_access', 'groups'], []],
    [['write'], [], []],
    [['write'], undefined, []],
    [['unknown'], ['unknown'], []],
    [[], ['write'], []],
  ];
  for (const [asked, own, expected] of CASES) {
    it(`is ${expected.join(' and ') || 'none'} for "${asked.join(' ')}" where ${own?.join(' ')} is the client’s own`, () => {
      const client = own === undefined ? {} : { resource_scopes: own };
      expect(resourcesMeant(asked, ALL, client, TOLD)).to.deep.equal(expected);
    });
  }

  it('is not said by a scope about people', () => {
    const asked = ['openid', 'email', 'groups', 'offline_access', 'employment', 'read', 'phone'];
    const says = (scope: string) => saysWhichResource(scope, TOLD);
    // Nobody has an attribute with the scope `phone` here.
    expect(asked.filter(says)).to.deep.equal(['read', 'phone']);
  });

  it('is, of several that a device was granted, the one of which it has a scope', async () => {
    const { defaultResource } = defaultResources({ list: async () => ALL }, TOLD);
    const grant = { getResourceScopeFiltered: (id: string) => (id === 'urn:records' ? 'write' : '') };
    const entities = { DeviceCode: { scopes: new Set(['openid', 'write']) } };
    const ctx = { oidc: { params: {}, entities, grant } } as never;
    expect(await defaultResource(ctx, {}, ['urn:records', 'urn:billing'])).to.equal('urn:records');
  });

  it('is told to the operator where it could be several', async () => {
    const { defaultResource } = defaultResources({ list: async () => ALL }, TOLD);
    const ctx = { oidc: { params: { scope: 'openid read' }, entities: {} } } as never;
    const error = await defaultResource(ctx, { resource_scopes: ['read'] }).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(errors.InvalidTarget);
    const { parameter, expected } = reasonOf({
      endpoint: '/authorize',
      error: 'invalid_target',
      said: error.error_description,
      params: {},
    } as never);
    expect([parameter, expected]).to.deep.equal([
      'resource',
      'scopes of one resource, or the parameter resource to say which one is meant',
    ]);
  });
});
