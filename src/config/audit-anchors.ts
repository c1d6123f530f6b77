import { z } from 'zod';
import { type AnchorTarget, readAnchorTarget } from '../kernel/anchor-target.ts';
import { type Kind, password } from './kinds.ts';
import { lifetime, optional, section, setting } from './setting.ts';

/** The settings of what keeps checkpoints of the audit trail off this machine. */

const MOST_TARGETS = 8;

/** Targets separated by commas, or as a list of the configuration file; all that is wrong with them is told at once. */
const anchorTargets: Kind<AnchorTarget[]> = {
  expected:
    'targets separated by commas, such as file:/mnt/worm/anchors.txt, https://log.example.org/anchors or ' +
    's3://bucket/prefix?region=eu-central-1&mode=COMPLIANCE&years=7',
  schema: z
    .union([z.array(z.string()), z.string().transform((value) => value.split(','))])
    .transform((entries, issues) => {
      const problem = (message: string) => issues.addIssue({ code: 'custom', message });
      const texts = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
      const targets = texts.flatMap((text) => readAnchorTarget(text, problem) ?? []);
      const names = targets.map(({ name }) => name);
      for (const name of new Set(names.filter((each, index) => names.indexOf(each) < index)))
        problem(`${name} is there more than once`);
      if (texts.length > MOST_TARGETS)
        problem(`there are ${texts.length}, and at most ${MOST_TARGETS} are possible`);
      return targets;
    }),
};

export const auditAnchors = section(
  'Anchors of the audit trail',
  'Copies of the newest checkpoint, kept where whoever owns the database cannot change them. What was cut off or rolled back ' +
    'after an anchor shows, also at a start: a server whose trail is behind its newest anchor refuses to start ' +
    '([operations.md](operations.md#restoring-a-backup)).',
  {
    targets: setting('AUDIT_ANCHORS', anchorTargets, [], {
      description:
        'Where checkpoints are anchored, several at once. `file:/path`: appended to that file; one that all nodes share. ' +
        '`https://host/path`: sent by POST as text/plain; GET of the same address has to answer the newest one, or 404 where there ' +
        'is none. `s3://bucket/prefix`: an object for each in an S3-compatible bucket with object lock; parameters are `region`, ' +
        '`endpoint`, `mode` (`COMPLIANCE` or `GOVERNANCE`) and `years` (7); credentials by AWS’s default chain. http is refused but ' +
        'for this machine under development.',
      fallbackText: 'none',
      example: 'https://log.example.org/gatehouse',
    }),
    token: optional('AUDIT_ANCHOR_TOKEN', password, {
      description: 'The bearer token that is sent to the `https` targets.',
      secret: true,
    }),
    seconds: lifetime(
      'AUDIT_ANCHOR_SECONDS',
      60,
      3_600,
      'How often checkpoints are anchored, and how often each node compares the trail with its anchors: within this time a running ' +
        'server notices that its database was put back.',
      1,
    ),
  },
);
