/** One thing that happened to an account. */
export interface ActivityOnPage {
  readonly at: Date;
  /** What the locale files describe under `account-activity.event`. */
  readonly words: string;
  readonly failed: boolean;
  readonly byAdministrator: boolean;
  readonly client?: string;
  readonly ip?: string;
  readonly browser?: string;
  readonly system?: string;
}

/** The page on which people see what happened to their account. */
export interface ActivityViewModels {
  readonly 'account-activity': {
    readonly accountHref: string;
    readonly passwordHref: string;
    readonly zoneinfo?: string;
    readonly entries: readonly ActivityOnPage[];
    /** Given where there may be more. */
    readonly olderHref?: string;
    /** Given on every page but the first. */
    readonly newestHref?: string;
  };
}

export const activityViewNames = [
  'account-activity',
] as const satisfies readonly (keyof ActivityViewModels)[];
