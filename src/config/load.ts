import type { z } from 'zod';
import { GatehouseError } from '../kernel/errors.ts';
import { AGREEMENT_RULES } from './agreement-rules.ts';
import { ANCHOR_RULES } from './anchor-rules.ts';
import { ATTRIBUTE_RULES } from './attribute-scopes.ts';
import { AUDIT_SINK_RULES } from './audit-sink-rules.ts';
import { PASSWORD_RULES, TLS_RULES } from './connection-rules.ts';
import { idleSettings } from './idle.ts';
import { environmentWarnings } from './near-miss.ts';
import { type PASSWORD_PRESETS, PRESET_SETTINGS } from './passwords.ts';
import { roleWarnings } from './role-names.ts';
import { brokenRules, CONSISTENCY_RULES, PRODUCTION_RULES } from './rules.ts';
import { allSettings, type Config } from './schema.ts';
import { renewablePasswords, renewing } from './secrets.ts';
import type { Placed, Setting } from './setting.ts';
import { COMMENT, collect, type Given, type LoadOptions, type Source } from './sources.ts';

export type { LoadOptions, Source } from './sources.ts';
export { DEFAULT_CONFIG_FILE } from './sources.ts';

/** Everything that is wrong with the configuration, one line each: `NAME: what is wrong; expected …`. No secret in it. */
export class ConfigurationError extends GatehouseError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('configuration_invalid', {
      message: 'The configuration is not valid.',
      detail: ['the configuration is not valid', ...problems.map((problem) => `  ${problem}`)].join('\n'),
    });
    this.problems = problems;
  }
}

/** A finished reading: the configuration, or what stands in its way. */
export interface Resolution {
  readonly config: Config | undefined;
  readonly problems: readonly string[];
  /** What is no mistake for certain: names that look like settings, roles that look misspelt, settings without an effect. */
  readonly warnings: readonly string[];
  /** Where the value of each setting came from, by its name. */
  readonly sources: ReadonlyMap<string, Source>;
  /** The valid values by name, whatever is wrong with the others. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The problems that are only the absence of a required setting, by its name. A development start supplies those. */
  readonly absent: ReadonlyMap<string, string>;
}

/** Reads the configuration. Throws {@link ConfigurationError} with every problem at once. */
export function loadConfig(options: LoadOptions): Config {
  const { config, problems } = resolveConfig(options);
  if (config === undefined) throw new ConfigurationError(problems);
  return config;
}

/** Reads the configuration without throwing: for those who want to show it, sources and warnings included. */
export function resolveConfig(options: LoadOptions): Resolution {
  const { given, problems: sourceProblems, broken } = collect(options);
  const problems = [...sourceProblems];
  const values = new Map<string, unknown>();
  const sources = new Map<string, Source>();
  const absent = new Map<string, string>();
  for (const { setting } of allSettings) {
    const found = given.get(setting.env);
    sources.set(setting.env, found?.source ?? 'default');
    if (broken.has(setting.env)) continue;
    if (found === undefined) {
      if (isRequired(setting, values)) absent.set(setting.env, missing(setting));
      else values.set(setting.env, setting.fallback);
      continue;
    }
    const result = setting.kind.schema.safeParse(found.value);
    if (result.success) values.set(setting.env, renewing(result.data, found));
    else problems.push(complaint(setting, found, result.error));
  }
  problems.push(...absent.values());
  deriveFallbacks(values);
  const draft = assemble(values);
  const valid = (name: string) => values.has(name);
  const rules = [
    ...CONSISTENCY_RULES,
    ...AGREEMENT_RULES,
    ...ANCHOR_RULES,
    ...ATTRIBUTE_RULES,
    ...PASSWORD_RULES,
    ...TLS_RULES,
  ];
  problems.push(...brokenRules(rules, draft, valid));
  if (isProduction(values)) {
    problems.push(...brokenRules([...PRODUCTION_RULES, ...AUDIT_SINK_RULES], draft, valid));
    if (Object.keys(options.supplied ?? {}).length > 0) problems.push(SUPPLIED_IN_PRODUCTION);
  }
  renewablePasswords(values, given);
  const config = problems.length === 0 ? assemble(values) : undefined;
  const resolution: Resolution = {
    config,
    problems,
    // Only where somebody reads them: a start reads the configuration more than once, and an environment is long.
    get warnings() {
      return [
        ...environmentWarnings(options.env),
        ...roleWarnings(draft),
        ...idleSettings(draft, (name) => given.has(name), valid),
      ];
    },
    sources,
    values,
    absent,
  };
  if (config !== undefined) resolutions.set(config, resolution);
  return resolution;
}

/** How a configuration came to be what it is. */
const resolutions = new WeakMap<Config, Resolution>();

/** The reading that a configuration is of; undefined for one that was not read by {@link resolveConfig}. */
export const resolutionOf = (config: Config): Resolution | undefined => resolutions.get(config);

/**
 * Refuses, in production, a configuration that takes a shortcut which is only for development. Loading has judged the
 * same; called once more where the server is built, so that no other way to a configuration goes around it. Throws
 * {@link ConfigurationError}.
 */
export function assertProductionSafe(config: Config): void {
  if (config.environment !== 'production') return;
  const problems = brokenRules([...PRODUCTION_RULES, ...AUDIT_SINK_RULES, ...TLS_RULES], config);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

const SUPPLIED_IN_PRODUCTION =
  'NODE_ENV: development secrets were supplied; expected none of them in production';

const isProduction = (values: ReadonlyMap<string, unknown>) => values.get('NODE_ENV') === 'production';

/** `values` holds NODE_ENV by now: it is the first of the settings. */
const isRequired = ({ required }: Setting<unknown>, values: ReadonlyMap<string, unknown>) =>
  required === 'always' || (required === 'production' && isProduction(values));

const missing = ({ env, kind }: Setting<unknown>) =>
  `${env}: is missing; expected ${kind.expected} (or ${env}_FILE)`;

/** What is wrong, in the words of the schema where it has some; the value itself is quoted unless it is a secret. */
function complaint(setting: Setting<unknown>, found: Given, error: z.ZodError): string {
  const words = error.issues.filter((issue) => issue.code === 'custom' && issue.message !== 'Invalid input');
  const problem =
    words.length > 0
      ? words.map((issue) => issue.message).join(', ')
      : setting.secret
        ? 'is not valid'
        : `is ${quoted(found.value)}`;
  const origin = found.source === 'environment' ? '' : ` (from the ${found.source})`;
  const comment =
    typeof found.value === 'string' && COMMENT.test(found.value)
      ? ' (docker --env-file takes a comment behind a value for a part of it)'
      : '';
  return `${setting.env}: ${problem}${origin}${comment}; expected ${setting.kind.expected}`;
}

/** A value for a message: short, on one line, and without the password of a URL. */
const quoted = (value: unknown) =>
  JSON.stringify(value)
    .replace(/\/\/[^/@]*@/, '//…@')
    .slice(0, 80);

/** Defaults that follow another setting. */
function deriveFallbacks(values: Map<string, unknown>): void {
  const derive = (name: string, from: string, make: (value: unknown) => unknown) => {
    if (values.has(name) && values.get(name) === undefined && values.has(from))
      values.set(name, make(values.get(from)));
  };
  derive('ISSUER', 'PORT', (port) => `http://localhost:${port}`);
  if (values.get('DATABASE_OWNER_PASSWORD') === undefined && values.get('DATABASE_OWNER_URL') === undefined)
    values.set('DATABASE_OWNER_PASSWORD', values.get('DATABASE_PASSWORD'));
  derive('DATABASE_OWNER_URL', 'DATABASE_URL', (url) => url);
  const defaultTls = (environment: unknown) => (environment === 'production' ? 'verified' : 'as-url');
  derive('DATABASE_TLS', 'NODE_ENV', defaultTls);
  derive('REDIS_TLS', 'NODE_ENV', defaultTls);
  for (const [name, ofPreset] of PRESET_SETTINGS) {
    derive(name, 'PASSWORD_POLICY_PRESET', (preset) => ofPreset(preset as keyof typeof PASSWORD_PRESETS));
  }
}

/** Puts the values in their places. Only complete when every required one is there. */
function assemble(values: ReadonlyMap<string, unknown>): Config {
  const config = {};
  for (const placed of allSettings) putInto(config, placed, values.get(placed.setting.env));
  return config as Config;
}

function putInto(config: Record<string, unknown>, { path, setting }: Placed, value: unknown): void {
  const last = path.length - 1;
  let target = config;
  for (const key of path.slice(0, last)) {
    target[key] ??= {};
    target = target[key] as Record<string, unknown>;
  }
  if (value !== undefined || !('optional' in setting)) target[path[last] as string] = value;
}
