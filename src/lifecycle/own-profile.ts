import type { LifecycleStore, Profile } from '../domain/accounts/life-store.ts';
import type { Account } from '../domain/accounts/store.ts';
import type { DeclaredAttributes } from '../domain/attributes/policy.ts';
import type { Attribute } from '../domain/attributes/values.ts';
import { person } from '../domain/audit/actor.ts';
import type { Origin } from '../domain/audit/events.ts';
import { profileFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { sha256 } from '../kernel/crypto.ts';
import { badRequest, conflict } from '../kernel/errors.ts';
import type { Database } from '../storage/database.ts';

export interface OwnProfileDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly life: Pick<LifecycleStore, 'lock' | 'setProfile'>;
  readonly audit: AuditLog;
  readonly attributes: DeclaredAttributes;
}

/** From where a person changes something about themselves. */
export interface Changer {
  readonly session: string;
  readonly origin: Origin;
}

/** What of an account its owner changes. */
type ProfileOf = Pick<Account, 'name' | 'attributes'> & {
  readonly [K in 'locale' | 'zoneinfo']?: Account[K] | undefined;
};

/** What it is to be; of attributes those that are to be changed, by name, null for none. */
export type OwnProfileChange = Omit<Profile, 'attributes'> & {
  readonly attributes?: Readonly<Record<string, unknown>>;
};

export interface OwnProfile {
  /** What a form about name, language, time zone and attributes was made from; it changes with them. */
  profileVersion(account: ProfileOf): string;
  /**
   * Attributes are changed where they are the person's to change. Throws `changed_meanwhile` (409) when the form was made from
   * something else, `name_invalid` or `attributes_invalid` (400).
   */
  profile(accountId: string, profile: OwnProfileChange, version: string, by: Changer): Promise<void>;
}

/** Whether people change it of themselves. */
export const isOwnAttribute = ({ editableBy }: Pick<Attribute, 'editableBy'>): boolean =>
  editableBy === 'self';

/** A name as an account keeps it. */
const storedName = (name: string) => name.normalize('NFC').trim();

export function createOwnProfile({ database, life, audit, attributes }: OwnProfileDependencies): OwnProfile {
  const own = attributes.list.filter(isOwnAttribute).map(({ name }) => name);

  function profileVersion({ name, locale, zoneinfo, attributes: stored }: ProfileOf): string {
    const values = own.map((each) => stored[each] ?? null);
    return sha256(
      JSON.stringify([name, locale ?? null, zoneinfo ?? null, ...(values.length === 0 ? [] : [values])]),
    ).toString('base64url');
  }

  /** The profile as it is then, and which fields are another value than now. */
  function changed(account: Account, { attributes: given = {}, ...profile }: OwnProfileChange) {
    const name = storedName(profile.name);
    const change = attributes.change(account.attributes, given, isOwnAttribute);
    return {
      stored: {
        ...{ ...profile, name },
        ...(change.changed.length === 0 ? {} : { attributes: change.attributes }),
      },
      findings: change.findings,
      fields: [
        ...(account.name === name ? [] : ['name']),
        ...(account.locale === profile.locale ? [] : ['locale']),
        ...(account.zoneinfo === profile.zoneinfo ? [] : ['zoneinfo']),
        ...change.changed.map((each) => `attributes.${each}`),
      ],
    };
  }

  return {
    profileVersion,

    profile: (accountId, profile, version, by) =>
      database.transaction(async (tx) => {
        const before = await life.lock(tx, accountId);
        if (before?.status !== 'active') throw changedMeanwhile();
        const { stored, fields, findings } = changed(before, profile);
        // A zone that the browser has told since is nobody's change, and what is so already, by an earlier click, is no conflict.
        const isSame =
          [before.zoneinfo, undefined].some(
            (zoneinfo) => profileVersion({ ...before, zoneinfo }) === version,
          ) || fields.length === 0;
        if (!isSame) throw changedMeanwhile();
        if (findings.length > 0)
          throw badRequest('attributes_invalid', 'A value cannot be taken: look at the form again.');
        if (fields.length === 0) return;
        await life.setProfile(tx, accountId, stored);
        await audit.record(tx, {
          type: 'account.profile_changed',
          outcome: 'success',
          actor: person(accountId),
          account: accountId,
          ...by,
          details: { fields, before: profileFacts(before, fields), after: profileFacts(stored, fields) },
        });
      }),
  };
}

export const changedMeanwhile = () =>
  conflict('changed_meanwhile', 'This was changed meanwhile. Look at it again before you change it.');
