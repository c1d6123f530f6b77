import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { people } from '../../src/administration/people/index.ts';
import { undeclaredAttributes } from '../../src/domain/accounts/undeclared-attribute-store.ts';
import { act } from '../support/administration.ts';
import { handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { lastDetails } from '../support/revealed-trail.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const ATTRIBUTES = {
  department: {
    ...{ label: { en: 'Department', es: 'Departamento' }, type: 'text', visibleTo: 'self' },
    ...{ scope: 'employment', claim: 'department', filterable: true },
  },
  number: { label: 'Number', type: 'text', pattern: '\\d{4}', scope: 'employment', claim: 'employee_number' },
  phone: {
    label: 'Phone',
    type: 'phone',
    visibleTo: 'self',
    editableBy: 'self',
    scope: 'phone',
    claim: 'phone_number',
  },
  home: {
    label: 'Home',
    type: 'address',
    visibleTo: 'self',
    editableBy: 'self',
    scope: 'address',
    claim: 'address',
  },
  languages: { label: 'Languages', type: 'text', many: true, visibleTo: 'self', editableBy: 'self' },
} as const;

describe('attributes of people', function attributes() {
  this.timeout(60_000);
  let server: TestServer;
  let person: Person & { readonly id: string };

  before(async () => {
    server = await startTestServer({
      settings: {
        ATTRIBUTES: JSON.stringify(ATTRIBUTES),
        ATTRIBUTE_SCOPES: JSON.stringify({
          employment: { en: 'See where you work', es: 'Ver dónde trabaja' },
        }),
      },
    });
    person = await server.addAccount({ name: 'Robin Reyes' });
    await change({ department: 'Cardiología', number: '4711' });
  });
  after(() => server.stop());

  const change = (attributes: Record<string, unknown>) =>
    act(server.app, people.update, { person: person.id, attributes });
  const shown = async () => (await act(server.app, people.show, { person: person.id })).attributes;
  const code = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error) => error.code,
    );
  const at = (path: string) => `${server.issuer}${path}`;
  async function signedIn(language = 'en'): Promise<UserAgent> {
    const agent = new UserAgent({ 'accept-language': language });
    const { email: identifier, password } = person;
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    return agent;
  }

  it('are made, changed and removed by administrators; the trail has what was and what is', async () => {
    const email = 'made@example.org';
    const { person: made } = await act(server.app, people.create, {
      ...{ email, name: 'Made', attributes: { department: ' ICU ', languages: ['pt', 'ko'] } },
    });
    expect(made.attributes).to.deep.equal({ department: 'ICU', languages: ['pt', 'ko'] });
    const details = (await lastDetails(server, 'account.created', made.id)) as {
      after: { attributes: object };
    };
    expect(details.after.attributes).to.deep.equal({
      department: 'ICU',
      languages: '["pt","ko"]',
    });
    const given = { department: 'Oncology', languages: null };
    const changed = await act(server.app, people.update, { person: email, attributes: given });
    expect(changed).to.deep.include({
      changed: ['attributes.department', 'attributes.languages'],
      version: made.version + 1,
    });
    expect(await lastDetails(server, 'account.profile_changed', made.id)).to.deep.equal({
      fields: ['attributes.department', 'attributes.languages'],
      before: { attributes: { department: 'ICU', languages: '["pt","ko"]' } },
      after: { attributes: { department: 'Oncology' } },
    });
    const again = await act(server.app, people.update, { person: email, attributes: given });
    expect(again).to.deep.include({ changed: [], version: made.version + 1 });
    const { items } = await act(server.app, people.list, { attribute: 'department=ONCOLOGY' });
    expect(items.map(({ id }) => id)).to.deep.equal([made.id]);
    const copy = await act(server.app, people.export, { person: email });
    expect(copy.data.account?.rows[0]?.attributes).to.deep.equal({ department: 'Oncology' });
  });

  it('are refused where they are not declared or not as declared, and nothing is changed', async () => {
    const before = await shown();
    for (const attributes of [
      { nothing: 'x' },
      { number: '47' },
      { department: 7 },
      { phone: '12' },
      { home: [] },
    ])
      expect(await code(change({ department: 'Other', ...attributes })), JSON.stringify(attributes)).to.equal(
        'input_invalid',
      );
    for (const attributes of [[], 'x', 7])
      expect(await code(act(server.app, people.update, { person: person.id, attributes } as never))).to.equal(
        'input_invalid',
      );
    expect(await shown()).to.deep.equal(before);
    const preview = await act(server.app, people.importPreview, {
      lines: [
        { email: 'a@example.org', name: 'A', attributes: { department: ['ICU'], number: 'x', unheard: 1 } },
        { email: 'b@example.org', name: 'B', attributes: { number: '0001', languages: 'pt' } },
        { email: 'c@example.org', name: 'C', attributes: [] },
      ],
    });
    expect(preview.problems.map(({ line, message }) => `${line} ${message}`)).to.deep.equal([
      '1 attributes.number: does not have the form that is configured for it; attributes.unheard: is no attribute that is declared',
      '3 attributes: is a list; must be an object',
    ]);
  });

  it('of two accounts become those of the one that stays, and what it has not', async () => {
    const made = async (email: string, given: Record<string, unknown>) =>
      (await act(server.app, people.create, { email, name: 'Twin', attributes: given })).person;
    const duplicate = await made('twin-1@example.org', { department: 'Old', number: '0001' });
    const into = await made('twin-2@example.org', { department: 'New' });
    const merged = await act(server.app, people.merge, { person: duplicate.id, into: into.id });
    expect(merged.attributesAdded).to.deep.equal(['number']);
    expect((await act(server.app, people.show, { person: into.id })).attributes).to.deep.equal({
      ...{ department: 'New', number: '0001' },
    });
  });

  it('are told to applications by their scopes, in userinfo and ID tokens, and to no others', async () => {
    await change({ phone: '+351 21 000 0000', home: { locality: 'Porto' } });
    const answer = await fetch(at('/.well-known/openid-configuration'));
    const discovery = (await answer.json()) as Record<string, string[]>;
    expect(discovery.scopes_supported).to.include.members(['phone', 'address', 'employment']);
    expect(discovery.claims_supported).to.include.members(['department', 'phone_number_verified', 'address']);
    const client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, id_token_claims: ['department'] }),
    );
    const told = async (scope: string) => {
      const { access_token: token, id_token: idToken } = await tokensFor(client, person, { scope });
      return { ...(await client.userinfo(token)).body, inIdToken: decodeJwt(idToken).department };
    };
    expect(await told('openid employment phone')).to.deep.equal({
      ...{ sub: person.id, department: 'Cardiología', employee_number: '4711', inIdToken: 'Cardiología' },
      ...{ phone_number: '+351210000000', phone_number_verified: false },
    });
    expect(await told('openid')).to.deep.equal({ sub: person.id, inIdToken: undefined });
    const limited = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, scope: 'openid' }));
    const claims = JSON.stringify({ userinfo: { employee_number: null } });
    const refused = await new UserAgent().get(limited.authorizeUrl({ claims }));
    expect(refused.location).to.include('invalid_request');
    const partner = handClient(server.issuer, await server.addClient({ ...WEB_CLIENT, first_party: false }));
    const page = await (await signedIn('es')).open(
      partner.authorizeUrl({ scope: 'openid employment phone' }),
    );
    expect(page.body).to.include('Ver dónde trabaja').and.include('Ver su número de teléfono');
  });

  it('are changed by their person where they may, read where they are visible, and hidden otherwise', async () => {
    const agent = await signedIn();
    const page = await agent.open(at('/account/profile'));
    expect(page.body).to.include('name="attribute.phone"').and.include('Cardiología');
    expect(page.body).to.not.include('4711').and.not.include('name="attribute.department"');
    const fields = { 'attribute.phone': '+351 22 111 1111', 'attribute.languages': 'pt\r\n\r\n ko ' };
    const forged = {
      'attribute.department': 'Mine',
      'attribute.number': '9999',
      attributes: 'phone languages department number',
    };
    await agent.follow(await agent.submit(page, { ...fields, ...forged }));
    const after = {
      department: 'Cardiología',
      number: '4711',
      phone: '+351221111111',
      languages: ['pt', 'ko'],
      home: { locality: 'Porto' },
    };
    expect(await shown()).to.deep.equal(after);
    const wrong = await agent.submit(await agent.open(at('/account/profile')), {
      'attribute.phone': '<b>12',
    });
    expect(wrong.status).to.equal(400);
    expect(wrong.body)
      .to.include('aria-invalid="true"')
      .and.include('&lt;b&gt;12')
      .and.include('href="#attribute.phone"');
    expect(await shown()).to.deep.equal(after);
    const stale = await agent.open(at('/account/profile'));
    await change({ phone: '+351223333333' });
    expect((await agent.submit(stale, { 'attribute.phone': '+351224444444' })).status).to.equal(409);
    const emptied = await agent.submit(await agent.open(at('/account/profile')), {
      ...{ 'attribute.phone': '', 'attribute.languages': '', 'attribute.home.locality': '' },
    });
    expect(emptied.status).to.equal(303);
    expect(await shown()).to.deep.equal({ department: 'Cardiología', number: '4711' });
  });

  it('that are not declared any more are kept, told to nobody, and counted', async () => {
    const { department: _department, ...fewer } = ATTRIBUTES;
    const node = await server.secondNode({
      ATTRIBUTES: JSON.stringify(fewer),
      ATTRIBUTE_SCOPES: JSON.stringify({ employment: 'Work' }),
    });
    try {
      const undeclared = await undeclaredAttributes(node.app.database, Object.keys(fewer));
      expect(undeclared.map(({ name }) => name)).to.deep.equal(['department']);
      expect(undeclared[0]?.people).to.be.above(0);
      const read = () => act(node.app, people.show, { person: person.id });
      expect((await read()).attributes).to.deep.equal({ number: '4711' });
      await act(node.app, people.update, { person: person.id, attributes: { number: '4712' } });
      expect(
        await code(act(node.app, people.update, { person: person.id, attributes: { department: null } })),
      ).to.equal('input_invalid');
    } finally {
      await node.stop();
    }
    expect(await shown()).to.deep.equal({ department: 'Cardiología', number: '4712' });
  });
});
