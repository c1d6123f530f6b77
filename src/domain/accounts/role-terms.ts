/** The terms on which somebody has a role. Pure. */

export interface RoleTerms {
  readonly role: string;
  /** Only for the people of this unit and of those below it. */
  readonly unit?: string | undefined;
  /** Only for the clients that they own. */
  readonly owned: boolean;
  /** From when on they have it no more. */
  readonly until?: Date | undefined;
}

/** Whether a role with these terms is none any more: at the moment of its end it is over. */
export const hasEnded = ({ until }: Pick<RoleTerms, 'until'>, now: Date): boolean =>
  until !== undefined && until <= now;

/** Whether these say anything: a role without a limit and without an end has no terms. */
export const limitsAnything = ({ unit, owned, until }: RoleTerms): boolean =>
  unit !== undefined || owned || until !== undefined;

/** Whether both say the same. */
export const areSameTerms = (one: RoleTerms, other: RoleTerms): boolean =>
  one.role === other.role &&
  one.unit === other.unit &&
  one.owned === other.owned &&
  one.until?.getTime() === other.until?.getTime();
