import { expect } from 'chai';
import { readAuditSink } from '../../../src/kernel/audit-sink-url.ts';
import { load, problemsOf, production } from './support.ts';

const problems = (sinks: string, more: Record<string, string> = {}) =>
  problemsOf({ ...production(), AUDIT_SINKS: sinks, ...more });

describe('AUDIT_SINKS', () => {
  it('reads each kind of sink', () => {
    const AUDIT_SINKS =
      'stdout, file:/var/log/gatehouse/../audit.ndjson ,syslog+tls://Siem.example.org?ca=/etc/ca.pem,syslog://[::1]:5140';
    const { targets } = load({ ...production(), AUDIT_SINKS }).auditSinks;
    expect(targets).to.deep.equal([
      { kind: 'stdout', name: 'stdout' },
      { kind: 'file', name: 'file:/var/log/audit.ndjson', path: '/var/log/audit.ndjson' },
      {
        ...{
          kind: 'syslog',
          name: 'syslog+tls://siem.example.org:6514',
          host: 'Siem.example.org',
          port: 6514,
        },
        tls: { caFile: '/etc/ca.pem', certFile: undefined, keyFile: undefined },
      },
      { kind: 'syslog', name: 'syslog://[::1]:5140', host: '::1', port: 5140, tls: undefined },
    ]);
    expect(load(production()).auditSinks.targets).to.deep.equal([]);
    expect(readAuditSink('syslog://here')).to.include({ port: 514 });
  });

  it('tells everything that is wrong at once, by the place of the sink and without what stands there', () => {
    const [problem = '', ...rest] = problems(
      'stdout,file:audit.log,syslog://,udp://siem:514,syslog+tls://u:secret@a/x?cert=/c&ca=b&ca=/c,stdout,syslog://a?ca=/x',
    );
    expect(rest).to.deep.equal([]);
    for (const words of [
      'sink 2 has no absolute path',
      'sink 3 has to name one host',
      'sink 4 is none',
      'sink 5 holds credentials',
      'sink 5 has a path',
      'sink 5 has a ca that is no absolute path',
      'sink 5 has one of cert and key without the other',
      'sink 6 repeats an earlier one',
      'sink 7 has a parameter that there is not',
    ])
      expect(problem).to.include(words);
    expect(problem).not.to.include('secret');
    expect(problem).to.match(/^AUDIT_SINKS: .*; expected stdout, file:\/path/u);
  });

  it('takes nothing for a sink that is none', () => {
    for (const sink of [
      'file:',
      'file:/',
      'file:/var/log/',
      'syslog://a,b:514x',
      'syslog://a:0',
      'syslog://a b',
      'STDOUT',
      'syslog:a',
    ])
      expect(problems(sink), sink).to.have.length(1);
    const many = Array.from({ length: 9 }, (_, index) => `file:/a/${index}`).join(',');
    expect(problems(many)[0]).to.include('9 sinks of at most 8');
  });

  it('lets nobody read along in production by accident', () => {
    expect(problems('stdout,syslog://siem.example.org')[0]).to.match(
      /^AUDIT_SINKS: sink 2 is not encrypted/u,
    );
    expect(problems('syslog://siem.example.org', { AUDIT_SINKS_ALLOW_PLAIN: 'true' })).to.deep.equal([]);
    expect(problems('syslog://127.0.0.1:514,syslog://localhost')).to.deep.equal([]);
    expect(
      problemsOf({ ...production(), NODE_ENV: 'test', AUDIT_SINKS: 'syslog://siem.example.org' }),
    ).to.deep.equal([]);
  });
});
