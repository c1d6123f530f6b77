import { expect } from 'chai';
import { problemsOfAdministration } from '../../../src/administration/index.ts';
import { resolveConfig } from '../../../src/config/load.ts';
import { factorPolicies } from '../../../src/config/role-names.ts';

const read = (env: Record<string, string>) => resolveConfig({ env, configFile: false });
const about = (env: Record<string, string>, name: string) =>
  read(env).problems.filter((problem) => problem.startsWith(`${name}:`));

describe('the roles of administration, as they are configured', () => {
  it('are acts and grants by role, each wrong one told', () => {
    const roles =
      '{"ward-desk": {"acts": ["people.list", "!people.delete", "*.show"], "grants": ["nurse", "*"]}}';
    expect(about({ ADMINISTRATION_ROLES: roles }, 'ADMINISTRATION_ROLES')).to.deep.equal([]);
    for (const wrong of [
      '{"desk": {"acts": ["people"]}}',
      '{"desk": {"grants": ["Nurse "]}}',
      '{"desk": {"may": []}}',
      '[]',
    ])
      expect(about({ ADMINISTRATION_ROLES: wrong }, 'ADMINISTRATION_ROLES'), wrong).to.have.length(1);
    expect(
      problemsOfAdministration({
        roles: { desk: { acts: ['people.disable', 'persons.*'] } },
        fourEyes: ['persons.*', 'factors.*'],
      }),
    ).to.deep.equal([
      'ADMINISTRATION_ROLES: desk.acts: there is no act "persons.*"',
      'FOUR_EYES: there is no act "persons.*"',
    ]);
  });

  it('need a second factor, whatever is asked of others', () => {
    const config = (env: Record<string, string>) => {
      const { values } = read(env);
      return {
        administration: { roles: values.get('ADMINISTRATION_ROLES') },
        secondFactors: { policy: values.get('SECOND_FACTOR_POLICY') },
        secondFactorPolicies: values.get('SECOND_FACTOR_POLICIES'),
      } as Parameters<typeof factorPolicies>[0];
    };
    const own = { ADMINISTRATION_ROLES: '{"desk": {"acts": ["people.list"]}}' };
    expect(factorPolicies(config({ ...own, SECOND_FACTOR_POLICY: 'off' }))).to.deep.include({
      administrator: { policy: 'required' },
      helpdesk: { policy: 'required' },
      desk: { policy: 'required' },
    });
    const strong = {
      SECOND_FACTOR_POLICIES:
        '{"administrator": {"policy": "phishing_resistant"}, "desk": {"trustedDeviceDays": 0}}',
    };
    expect(factorPolicies(config({ ...own, ...strong }))).to.deep.include({
      administrator: { policy: 'phishing_resistant' },
      desk: { policy: 'required', trustedDeviceDays: 0 },
    });
    expect(factorPolicies(config({ SECOND_FACTOR_POLICY: 'phishing_resistant' }))).to.deep.equal({});
  });

  it('are refused with less', () => {
    const weak =
      '{"administrator": {"policy": "optional"}, "desk": {"policy": "off"}, "nurse": {"policy": "off"}}';
    const env = { ADMINISTRATION_ROLES: '{"desk": {"acts": ["*"]}}', SECOND_FACTOR_POLICIES: weak };
    expect(about(env, 'SECOND_FACTOR_POLICIES')).to.deep.equal([
      'SECOND_FACTOR_POLICIES: asks less of administrator, desk; expected required or phishing_resistant for a role of administration',
    ]);
  });
});
