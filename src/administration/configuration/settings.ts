import type { ShapeFinding } from '../../kernel/shape-words.ts';
import type { ConfigurationDocument, SettingKind } from './document.ts';

/** What a document says of the server's own settings, which are held in its configuration and changed there alone. */

export type SettingSections = Pick<ConfigurationDocument, SettingKind>;

/** A setting that is in force otherwise than it was declared. */
export interface SettingDifference {
  /** The environment variable. */
  readonly setting: string;
  /** The key in the configuration file. */
  readonly key: string;
  readonly declared: unknown;
  readonly inForce: unknown;
}

/** Compares with the settings that are in force here. */
export interface DeclaredSettings {
  compare(sections: SettingSections): {
    readonly findings: readonly ShapeFinding[];
    readonly differences: readonly SettingDifference[];
  };
  /** Those that are set otherwise than by default. */
  inForce(): SettingSections;
}
