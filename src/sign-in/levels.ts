/**
 * How sure a sign-in is of a person. The names are what clients see in `acr`: `aal1` and `aal2` after NIST SP 800-63B-4
 * (section 2), and `phr`, phishing-resistant (OpenID Connect EAP ACR Values 1.0, section 2).
 */
export const LEVELS = ['aal1', 'aal2', 'phr'] as const;

export type Level = (typeof LEVELS)[number];

export const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text);

/** The levels of ours that a text names, e.g. the parameter `acr_values`. */
export const levelsIn = (text: string | undefined): Level[] => (text ?? '').split(' ').filter(isLevel);

/** Each level is worth those before it. */
export const reaches = (reached: Level, wanted: Level): boolean =>
  LEVELS.indexOf(reached) >= LEVELS.indexOf(wanted);

export const higherOf = (one: Level, other: Level): Level => (reaches(one, other) ? one : other);

/**
 * The lowest level that will do where these values are demanded (RFC 9470, section 4: any one of them); undefined where
 * none of them is a level of ours, so that nothing will.
 */
export const lowestOf = (demanded: readonly string[]): Level | undefined =>
  LEVELS.find((level) => demanded.includes(level));

/**
 * The `acr` to tell a client that demanded these values of a sign-in that reached this level: the highest of its own
 * that was reached, so that clients which compare the text find what they asked for (OpenID Connect Core, section
 * 5.5.1.1); without a demand the level itself. Undefined when the demand is not met.
 */
export function levelFor(reached: Level, demanded: readonly string[] | undefined): Level | undefined {
  if (demanded === undefined) return reached;
  return LEVELS.findLast((level) => demanded.includes(level) && reaches(reached, level));
}

/** What a request says about levels: `acr_values`, and what its `claims` parameter says of the ID token's `acr`. */
export interface AcrRequest {
  readonly acrValues: unknown;
  readonly claim: unknown;
}

/**
 * The values of which one has to be reached; undefined where the request leaves it open. `acr_values` are a demand here
 * and no wish (RFC 9470, section 5), like an essential claim (OpenID Connect Core, section 5.5.1.1). Where both are
 * given both bind: what is left of the claim's values are those that are high enough for the others, perhaps none.
 */
export function demandedLevels({ acrValues, claim }: AcrRequest): readonly string[] | undefined {
  const wanted =
    typeof acrValues === 'string' && acrValues.trim() !== '' ? acrValues.trim().split(/ +/u) : undefined;
  const essential = essentialValues(claim);
  if (wanted === undefined || essential === undefined) return essential ?? wanted;
  const enough = lowestOf(wanted);
  return essential.filter((value) => enough !== undefined && isLevel(value) && reaches(value, enough));
}

function essentialValues(claim: unknown): readonly string[] | undefined {
  const { essential, value, values } = (claim ?? {}) as Record<string, unknown>;
  if (essential !== true) return undefined;
  if (value === undefined && values === undefined) return undefined;
  // What asks for nothing that there is cannot be met: a client that makes a mistake here is not let in by it.
  const listed = values === undefined ? [value] : Array.isArray(values) ? values : [];
  return listed.filter(
    (each): each is string => typeof each === 'string' && (value === undefined || each === value),
  );
}
