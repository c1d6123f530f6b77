/** What the Elastic Common Schema allows for `event.category` and, within it, `event.type`, as far as events of ours are such. */
interface EcsClass {
  readonly category: readonly (
    | 'authentication'
    | 'session'
    | 'iam'
    | 'configuration'
    | 'email'
    | 'api'
    | 'intrusion_detection'
  )[];
  readonly type: readonly (
    | 'access'
    | 'admin'
    | 'allowed'
    | 'change'
    | 'creation'
    | 'deletion'
    | 'denied'
    | 'end'
    | 'error'
    | 'group'
    | 'info'
    | 'start'
    | 'user'
  )[];
}

type Rule = readonly [pattern: RegExp, of: EcsClass];

const authentication = (...type: EcsClass['type']): EcsClass => ({ category: ['authentication'], type });
const session = (...type: EcsClass['type']): EcsClass => ({ category: ['session'], type });
const iam = (...type: EcsClass['type']): EcsClass => ({ category: ['iam'], type: ['user', ...type] });
const groups = (...type: EcsClass['type']): EcsClass => ({ category: ['iam'], type: ['group', ...type] });
const configuration = (...type: EcsClass['type']): EcsClass => ({ category: ['configuration'], type });

/** The first that fits. Every type of event has one of its own here before the last (`test/unit/audit/sinks/ecs.test.ts`). */
const RULES: readonly Rule[] = [
  [/^sign_in\.(succeeded|failed|cancelled)$/, authentication('start')],
  [/^(second_factor|agreement|recovery_code\.used|temporary_code\.used)/, authentication('info')],
  [/^device_sign_in\.(requested|confirmed|denied)$/, authentication('info')],
  [
    /^(lockout|rate_limit|passkey\.counter|device_sign_in)/,
    { category: ['authentication', 'intrusion_detection'], type: ['info'] },
  ],
  [/^password\.(change_demanded|disabled)$/, authentication('info')],
  [/^token\.reuse_detected$/, { category: ['authentication', 'intrusion_detection'], type: ['info'] }],
  [/^session\.started$/, session('start')],
  [/^(session\.(ended|others_ended)|sign_out\.)/, session('end')],
  [/^(session|logout)\./, session('info')],
  [
    /^(authorization\.granted|token\.(issued|replayed)|consent\.granted)$/,
    { category: ['api'], type: ['access', 'allowed'] },
  ],
  [/^(authorization|token|consent)\.refused$/, { category: ['api'], type: ['access', 'denied'] }],
  [/^(token\.revoked|consent\.withdrawn)$/, { category: ['api'], type: ['deletion'] }],
  [/^account\.(created|invited)$/, iam('creation')],
  [/^account\.deleted$/, iam('deletion')],
  [/^break_glass\.created$/, iam('creation')],
  [/^break_glass\./, iam('change')],
  [/^(approval|bulk)\./, { category: ['iam'], type: ['admin', 'info'] }],
  [
    /^(account|address|invitation|registration|password|password_reset|factor|device|temporary_code)[._]/,
    iam('change'),
  ],
  [/^group\.created$/, groups('creation')],
  [/^group\.deleted$/, groups('deletion')],
  [/^group\./, groups('change')],
  [/^(client|resource|signer_key|unit)\.(created|added)$/, configuration('creation')],
  [/^(client|resource|unit)\.deleted$/, configuration('deletion')],
  [
    /^(client|config|resource|key|mfa_key|identifier_key|wrapping_key|encryption_key|password_hashes|setup|audit|unit)\./,
    configuration('change'),
  ],
  [/^mail\./, { category: ['email'], type: ['info'] }],
];

/** What a later version may write. */
const OTHER: EcsClass = configuration('info');

/** The class of a type of event; what failed in an authentication or at a service was denied. */
export function classOf(type: string, outcome: 'success' | 'failure'): EcsClass {
  const found = ruleFor(type) ?? OTHER;
  if (outcome === 'success' || !found.category.includes('api') || found.type.includes('denied')) return found;
  return { category: found.category, type: ['access', 'denied'] };
}

/** Undefined where none is meant for the type. */
export const ruleFor = (type: string): EcsClass | undefined =>
  type === 'audit.read'
    ? { category: ['configuration'], type: ['access'] }
    : RULES.find(([pattern]) => pattern.test(type))?.[1];
