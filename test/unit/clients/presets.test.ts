import { expect } from 'chai';
import { PRESETS, type PresetName, withPreset } from '../../../src/domain/clients/presets.ts';
import { reviewRegistration } from '../../../src/domain/clients/review.ts';
import { CONTEXT } from './metadata.ts';

const PARTICULAR: Record<Exclude<PresetName, 'device'>, object> = {
  web: { client_name: 'Board', redirect_uris: ['https://board.example.org/callback'] },
  'single-page': { client_name: 'Rooms', redirect_uris: ['https://rooms.example.org/'] },
  native: { client_name: 'Pager', redirect_uris: ['http://127.0.0.1/callback'] },
  service: { client_name: 'Export', resource_scopes: ['records:read'] },
};

describe('presets of clients', () => {
  for (const [name, particular] of Object.entries(PARTICULAR)) {
    it(`${name}: what is particular is enough, and the rules have nothing against it`, () => {
      const made = withPreset(name as PresetName, { ...particular });
      expect(reviewRegistration(made, CONTEXT).problems).to.deep.equal([]);
      expect(made).to.include({ require_pkce: true, introspect_any_token: false });
      expect(made).to.include(particular);
    });
  }

  it('device: needs no redirects where devices sign in, and is refused by its grant where they do not', () => {
    const made = withPreset('device', {
      client_name: 'Ward display',
      scope: 'openid',
      second_factor: 'required',
    });
    expect(reviewRegistration(made, { ...CONTEXT, deviceSignIn: true }).problems).to.deep.equal([]);
    const { problems } = reviewRegistration(made, CONTEXT);
    expect(problems.map(({ rule }) => rule)).to.deep.equal(['device-grant']);
    const ledBack = { ...made, initiate_login_uri: 'https://a.example/' };
    expect(
      reviewRegistration(ledBack, { ...CONTEXT, deviceSignIn: true }).problems.map(({ rule }) => rule),
    ).to.deep.equal(['no-sign-in']);
  });

  it('give no scope of a resource that is not named', () => {
    for (const name of PRESETS) expect(withPreset(name, {}).resource_scopes).to.deep.equal([]);
    expect(withPreset('service', { resource_scopes: ['a'] }).resource_scopes).to.deep.equal(['a']);
  });

  const conflicts: [PresetName, object, string][] = [
    ['web', { require_pkce: false }, 'require_pkce'],
    ['web', { token_endpoint_auth_method: 'none' }, 'token_endpoint_auth_method'],
    ['web', { grant_types: ['authorization_code', 'client_credentials'] }, 'grant_types'],
    ['web', { response_types: ['code', 'id_token'] }, 'response_types'],
    ['web', { introspect_any_token: true }, 'introspect_any_token'],
    ['single-page', { token_endpoint_auth_method: 'client_secret_basic' }, 'token_endpoint_auth_method'],
    ['single-page', { offline_access: true }, 'offline_access'],
    ['single-page', { grant_types: ['implicit'] }, 'grant_types'],
    ['native', { application_type: 'web' }, 'application_type'],
    ['service', { redirect_uris: ['https://a.example/'] }, 'redirect_uris'],
    ['service', { token_endpoint_auth_method: 'none' }, 'token_endpoint_auth_method'],
    ['service', { grant_types: 'client_credentials' }, 'grant_types'],
    ['device', { response_types: ['code'] }, 'response_types'],
    ['device', { grant_types: ['authorization_code'] }, 'grant_types'],
  ];
  for (const [name, given, member] of conflicts) {
    it(`${name}: refuses ${JSON.stringify(given)} by its name`, () => {
      expect(() => withPreset(name, { ...given }))
        .to.throw(new RegExp(`^${member}: has to be `))
        .with.property('code', 'client_preset_conflict');
    });
  }

  it('say every conflict at once, and take what only repeats them', () => {
    expect(() => withPreset('service', { grant_types: [], response_types: ['code'] })).to.throw(
      /grant_types: [^\n]*\n|response_types: /,
    );
    const again = withPreset('web', {});
    expect(withPreset('web', again)).to.deep.equal(again);
    expect(
      withPreset('web', { grant_types: ['refresh_token', 'authorization_code'] }).grant_types,
    ).to.deep.equal(['refresh_token', 'authorization_code']);
    expect(withPreset(undefined, { grant_types: ['implicit'] })).to.deep.equal({ grant_types: ['implicit'] });
  });
});
