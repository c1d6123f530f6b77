import type { FullProfile, LifecycleStore } from '../domain/accounts/life-store.ts';
import type { AuditedBy } from '../domain/audit/events.ts';
import { profileFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { AttributeValues } from '../kernel/attributes.ts';
import type { Executor } from '../storage/database.ts';

export interface ProfileSettingDependencies {
  readonly life: Pick<LifecycleStore, 'lock' | 'setFullProfile'>;
  readonly audit: AuditLog;
}

/** What is to be changed; a field that is left out stays, one that is null is emptied. */
export type ProfileChange = {
  readonly name?: string | undefined;
  /** All that the person then has, and the names of those that are another value than before. */
  readonly attributes?: { readonly all: AttributeValues; readonly changed: readonly string[] } | undefined;
} & {
  readonly [Field in TextField]?: string | null | undefined;
};

type TextField = Exclude<keyof FullProfile, 'name' | 'attributes'>;

export interface ProfileSetting {
  /**
   * In the transaction of the caller: changes names, language, time zone, user name or attributes of an account, for an operator. Whoever is
   * signed in stays so: nothing of it is a way in. Answers the fields that have changed (of attributes `attributes.NAME`); undefined where there is no such account.
   * Throws `name_invalid`, `username_invalid` (400), `username_taken` (409).
   */
  set(
    tx: Executor,
    accountId: string,
    change: ProfileChange,
    by: AuditedBy,
  ): Promise<readonly string[] | undefined>;
}

const FIELDS = ['name', 'givenName', 'familyName', 'username', 'locale', 'zoneinfo'] as const;

export const createProfileSetting = ({ life, audit }: ProfileSettingDependencies): ProfileSetting => ({
  async set(tx, id, change, by) {
    const account = await life.lock(tx, id);
    if (account === undefined) return undefined;
    const wanted = (field: TextField) => {
      const value = change[field];
      return value === undefined ? account[field] : (value?.normalize('NFC').trim() ?? undefined);
    };
    const profile: FullProfile = {
      name: (change.name ?? account.name).normalize('NFC').trim(),
      givenName: wanted('givenName'),
      familyName: wanted('familyName'),
      username: wanted('username'),
      locale: wanted('locale'),
      zoneinfo: wanted('zoneinfo'),
      ...(change.attributes === undefined ? {} : { attributes: change.attributes.all }),
    };
    const fields = [
      ...FIELDS.filter((field) => profile[field] !== account[field]),
      ...(change.attributes?.changed ?? []).map((name) => `attributes.${name}`),
    ];
    if (fields.length === 0) return [];
    await life.setFullProfile(tx, id, profile);
    await audit.record(tx, {
      type: 'account.profile_changed',
      outcome: 'success',
      account: id,
      ...by,
      details: { fields, before: profileFacts(account, fields), after: profileFacts(profile, fields) },
    });
    return fields;
  },
});
