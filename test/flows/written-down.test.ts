import { expect } from 'chai';
import { REDIRECT_URI, WEB_CLIENT } from '../support/relying-party.ts';
import { useWrittenDown } from '../support/written-down.ts';

/** What a person writes into a file or after a command is honoured, or named. */
describe('what is written down for a command', () => {
  const { run, file, count } = useWrittenDown();

  describe('clients create', () => {
    const refused: [what: string, content: unknown, said: RegExp[]][] = [
      ['second_facter', { ...WEB_CLIENT, second_facter: 'required' }, [/^second_facter: .*second_factor/m]],
      [
        'redirect_url',
        { redirect_url: REDIRECT_URI },
        [/^redirect_url: .*redirect_uris/m, /^redirect_uris: is empty/m],
      ],
      ['session_idle_minute', { ...WEB_CLIENT, session_idle_minute: 5 }, [/session_idle_minutes/]],
      ['pkce', { ...WEB_CLIENT, pkce: false }, [/^pkce: .*require_pkce/m]],
      [
        'a wildcard',
        { ...WEB_CLIENT, redirect_uris: ['https://app.example.org/*'] },
        [/"https:\/\/app.example.org\/\*" has a wildcard/],
      ],
      [
        'offline_access that it may not have',
        { ...WEB_CLIENT, scope: 'openid offline_access' },
        [/^scope: .*"offline_access": true/m],
      ],
      [
        'a public client for itself',
        { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
        [/RFC 6749, 4\.4/],
      ],
      [
        'several things at once, of our own members too',
        {
          ...WEB_CLIENT,
          first_party: 'yes',
          colour: 'blue',
          client_secret: 'short',
          grant_types: ['password'],
        },
        [
          /^first_party: must be true or false/m,
          /^colour: /m,
          /^client_secret: must have at least 32/m,
          /RFC 9700, 2\.4/,
        ],
      ],
      [
        'a name twice',
        `{"redirect_uris": ["${REDIRECT_URI}"], "first_party": false, "first_party": true}`,
        [/^first_party: is there twice/m],
      ],
      [
        'a name twice in a key',
        `{"jwks": {"keys": [{"kid": "a", "kid": "b"}]}}`,
        [/^jwks\.keys\.0\.kid: is there twice/m],
      ],
      ['a list', [WEB_CLIENT], [/holds no JSON object/]],
      ['more than one value', `${JSON.stringify(WEB_CLIENT)} ${JSON.stringify(WEB_CLIENT)}`, [/is not JSON/]],
    ];
    for (const [what, content, said] of refused) {
      it(`refuses ${what} by its name, and registers nothing`, async () => {
        const before = await count();
        const { error, printed } = await run('clients', 'create', await file(content));
        expect(error?.code).to.be.oneOf(['client_metadata_invalid', 'file_invalid']);
        for (const words of said) expect(error?.safeMessage).to.match(words);
        expect([printed, await count()]).to.deep.equal(['', before]);
      });
    }

    it('shows what was kept, which can be registered again as it is', async () => {
      const { printed } = await run(
        'clients',
        'create',
        await file({
          ...WEB_CLIENT,
          scope: 'email openid',
          require_signed_request_object: false,
          contacts: ['it@example.org'],
        }),
      );
      const kept = JSON.parse(printed);
      expect(kept).to.include({ scope: 'email openid', first_party: true, require_pkce: true });
      expect(kept).to.deep.include({ contacts: ['it@example.org'], response_types: ['code'] });
      expect(kept).not.to.have.property('require_signed_request_object');
      const shown = JSON.parse((await run('clients', 'show', kept.client_id)).printed);
      await run('clients', 'delete', kept.client_id, '--yes');
      const again = await run('clients', 'create', await file(shown));
      expect(again.error).to.equal(undefined);
      const {
        client_secret: _secret,
        client_id_issued_at: _at,
        client_secret_expires_at: _end,
        ...rest
      } = JSON.parse(again.printed);
      const { client_id_issued_at: _before, ...asShown } = shown;
      expect(rest).to.deep.equal(asShown);
      await run('clients', 'delete', kept.client_id, '--yes');
      expect((await run('clients', 'create', await file(kept))).error).to.equal(undefined);
    });

    it('a client_secret that ends is told as it ends', async () => {
      const { printed } = await run(
        'clients',
        'create',
        await file({ ...WEB_CLIENT, client_secret_expires_at: 2_000_000_000 }),
      );
      expect(JSON.parse(printed)).to.include({ client_secret_expires_at: 2_000_000_000 });
    });

    it('warns of scopes that no resource has, with the nearest, and of addresses that may surprise', async () => {
      const scopes = await run(
        'clients',
        'create',
        await file({
          grant_types: ['client_credentials'],
          resource_scopes: ['records:raed', 'records:read'],
        }),
      );
      expect(scopes.error).to.equal(undefined);
      expect(scopes.warned).to.deep.equal([
        'resource_scopes: no resource has the scope "records:raed" yet; did you mean records:read?',
      ]);
      const native = await run(
        'clients',
        'create',
        await file({
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
        }),
      );
      expect(native.warned.join()).to.match(/"http:\/\/localhost\/callback" may lead .*RFC 8252, 8\.3/);
      expect(native.warned).to.have.length(1);
    });
  });

  describe('resources create', () => {
    const resource = { identifier: 'https://billing.example.org', name: 'Billing' };
    const refused: [content: unknown, said: RegExp[]][] = [
      [{ ...resource, scops: [] }, [/^scops: is unknown \(did you mean scopes\?\)/m]],
      [
        { ...resource, audience: 'x', tokenSeconds: 60 },
        [/audience: .*identifier/, /tokenSeconds: .*token_seconds/],
      ],
      [{ ...resource, scopes: [{ name: 'a', descripton: 'x' }] }, [/^scopes\.0\.descripton: .*description/m]],
      [{ ...resource, scopes: ['a', 'a'] }, [/^scopes: has a scope twice/m]],
      [{ ...resource, scopes: ['with space'] }, [/^scopes\.0\.name: must be a scope/m]],
      [{ ...resource, scopes: [17] }, [/^scopes\.0: must be a name, or an object/m]],
      [{ ...resource, scopes: 'a' }, [/^scopes: must be a list/m]],
      [{ ...resource, identifier: 'https://*.example.org' }, [/^identifier: has a wildcard/m]],
      [
        { ...resource, token_seconds: '60', token_algorithm: 'HS256', name: '' },
        [/^token_seconds: must be a whole/m, /^token_algorithm: must be one of/m, /^name: must be text/m],
      ],
      [
        `{"identifier": "https://a.example", "identifier": "https://b.example", "name": "x"}`,
        [/^identifier: is there twice/m],
      ],
    ];
    for (const [content, said] of refused) {
      it(`refuses ${JSON.stringify(content).slice(0, 100)}`, async () => {
        const { error } = await run('resources', 'create', await file(content));
        expect(error?.code).to.equal('file_invalid');
        for (const words of said) expect(error?.safeMessage).to.match(words);
        expect(error?.safeMessage).not.to.match(/Invalid|received|Unrecognized/);
      });
    }
  });

  describe('options', () => {
    it('that are there twice are refused, but for those that collect', async () => {
      const twice = [
        'users',
        'create',
        '--email',
        'b@example.org',
        '--email',
        'c@example.org',
        '--name',
        'B',
      ];
      expect((await run(...twice)).error?.message).to.contain("'--email <address>' is there twice");
      const flags = ['users', 'list', '--json', '--json'];
      expect((await run(...flags)).error?.message).to.contain('is there twice');
      const { error } = await run('users', 'list', '--json');
      expect(error).to.equal(undefined);
    });

    it('that are unknown, and words too many', async () => {
      expect((await run('users', 'list', '--serach', 'x')).error?.message).to.contain('--search');
      expect((await run('clients', 'show', 'a', 'b')).error?.message).to.contain('too many arguments');
    });
  });
});
