import { z } from 'zod';
import { type AuditSinkTarget, readAuditSink } from '../kernel/audit-sink-url.ts';
import { UrlProblems } from '../kernel/connection-url.ts';
import { flag, type Kind } from './kinds.ts';
import { section, setting } from './setting.ts';

/** Where the audit trail is given on to, as it happens. */

const MOST_SINKS = 8;

/** Entries by commas; what is wrong with any of them is told at once, by its place: a URL may hold what nobody should read. */
const sinks: Kind<AuditSinkTarget[]> = {
  expected:
    'stdout, file:/path, syslog://host:port or syslog+tls://host:port (with ?ca=/path, cert, key), separated by commas',
  schema: z
    .union([z.array(z.string()), z.string().transform((text) => text.split(','))])
    .transform((entries, issues) => {
      const given = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
      const complain = (message: string) => issues.addIssue({ code: 'custom', message });
      const targets = given.flatMap((entry, index) => {
        try {
          return [{ place: index + 1, target: readAuditSink(entry) }];
        } catch (error) {
          if (!(error instanceof UrlProblems)) throw error;
          for (const problem of error.problems) complain(`sink ${index + 1} ${problem}`);
          return [];
        }
      });
      for (const [index, { place, target }] of targets.entries())
        if (targets.findIndex((each) => each.target.name === target.name) < index)
          complain(`sink ${place} repeats an earlier one`);
      if (given.length > MOST_SINKS) complain(`it holds ${given.length} sinks of at most ${MOST_SINKS}`);
      return targets.map(({ target }) => target);
    }) as unknown as z.ZodType<AuditSinkTarget[]>,
};

export const auditSinks = section(
  'Audit sinks',
  'Where every event of the audit trail is sent on to, for a SIEM, in the order in which it is sealed and at least once: ' +
    '[audit-sinks.md](audit-sinks.md) has the format and what to watch.',
  {
    targets: setting('AUDIT_SINKS', sinks, [], {
      description:
        '`stdout`: JSON lines beside those of the log. `file:/path`: the same, appended. `syslog://host:port`: RFC 5424 over TCP ' +
        'with octet counting (RFC 6587). `syslog+tls://host:port`: the same over TLS (RFC 5425); `?ca=/path` names the ' +
        'authority of the receiver, `cert` and `key` what Gatehouse shows of itself. A sink that is new begins with what is ' +
        'sealed from then on.',
      fallbackText: 'none',
      example: 'syslog+tls://siem.example.org:6514',
    }),
    allowPlain: setting('AUDIT_SINKS_ALLOW_PLAIN', flag, false, {
      description:
        'Lets production send events to another machine by `syslog://`, which everybody on the way can read.',
    }),
  },
);
