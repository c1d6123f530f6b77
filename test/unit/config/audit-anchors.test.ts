import { expect } from 'chai';
import { load as loadEnv, problemsOf, production } from './support.ts';

const load = (env: Record<string, string>) => loadEnv({ ...production(), ...env });
const problems = (env: Record<string, string>) => problemsOf({ ...production(), ...env }).join('\n');

describe('AUDIT_ANCHORS', () => {
  it('names several targets of every kind', () => {
    const { targets, seconds, token } = load({
      AUDIT_ANCHORS:
        'file:/mnt/worm/anchors.txt, https://log.example.org/anchors, s3://bucket/a%20b?region=eu-central-1&mode=GOVERNANCE&years=10',
      AUDIT_ANCHOR_TOKEN: 'a-token',
    }).auditAnchors;
    expect(targets).to.deep.equal([
      { kind: 'file', name: 'file:/mnt/worm/anchors.txt', isHere: false, path: '/mnt/worm/anchors.txt' },
      {
        kind: 'https',
        name: 'https://log.example.org/anchors',
        isHere: false,
        url: 'https://log.example.org/anchors',
      },
      {
        kind: 's3',
        name: 's3://bucket/a b',
        isHere: false,
        bucket: 'bucket',
        prefix: 'a b/',
        region: 'eu-central-1',
        endpoint: undefined,
        mode: 'GOVERNANCE',
        years: 10,
      },
    ]);
    expect([seconds, token?.value]).to.deep.equal([60, 'a-token']);
  });

  it('is locked for seven years against everybody where a bucket says nothing else', () => {
    const [target] = load({ AUDIT_ANCHORS: 's3://bucket' }).auditAnchors.targets;
    expect(target).to.include({ mode: 'COMPLIANCE', years: 7, prefix: '' });
  });

  it('tells everything that is wrong at once, and no password', () => {
    const told = problems({
      AUDIT_ANCHORS: [
        'file:relative.txt',
        'http://log.example.org/',
        'https://robin:hunter2@log.example.org/',
        'https://log.example.org/?key=hunter3',
        's3://B/x?mode=NONE&years=0&colour=red&region=a_b&endpoint=http://minio.example.org',
        'ftp://x/',
        'nonsense',
      ].join(','),
    });
    for (const part of [
      'is not the absolute path of a file',
      '"http://log.example.org/" is not https',
      'holds credentials; put a bearer token into AUDIT_ANCHOR_TOKEN',
      'has a query or a fragment',
      'names no bucket',
      'has the parameter "colour"',
      'has a mode other than COMPLIANCE and GOVERNANCE',
      'has years other than 1 to 100',
      'has a region that is none',
      'has an endpoint that is not https',
      '"ftp://x/" begins with none of file:, https:, s3:',
      '"nonsense" is no URL',
    ])
      expect(told).to.include(part);
    expect(told).not.to.match(/hunter[23]/u);
  });

  it('refuses the same target twice, and more than eight', () => {
    expect(problems({ AUDIT_ANCHORS: 'file:/a,file:/a' })).to.include('file:/a is there more than once');
    const nine = Array.from({ length: 9 }, (_, index) => `file:/${index}`).join(',');
    expect(problems({ AUDIT_ANCHORS: nine })).to.include('there are 9, and at most 8 are possible');
  });

  it('reaches this machine under development only', () => {
    for (const target of [
      'http://127.0.0.1:9/',
      'https://localhost/',
      's3://bucket?endpoint=http://localhost:9000',
    ]) {
      expect(problems({ AUDIT_ANCHORS: target }), target).to.include('is on this machine');
      const development = { ...production(), NODE_ENV: 'test', OUTBOUND_ALLOW_LOOPBACK: 'true' };
      expect(problemsOf({ ...development, AUDIT_ANCHORS: target }), target).to.deep.equal([]);
    }
  });

  it('wants an address for a token', () => {
    expect(problems({ AUDIT_ANCHORS: 'file:/a', AUDIT_ANCHOR_TOKEN: 'x-x' })).to.include(
      'no target of AUDIT_ANCHORS is https',
    );
  });
});
