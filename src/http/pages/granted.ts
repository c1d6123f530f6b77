import type { AttributeLabels } from '../../domain/attributes/labels.ts';
import type { Granted } from '../../domain/consents/store.ts';
import type { ResourceStore } from '../../domain/resources/store.ts';
import type { ScopeOnPage } from './on-page.ts';

/** What a person is asked to allow, or has allowed, as names: scopes, single claims, scopes of resources. */
export const namesOf = ({ scopes, claims, resources }: Granted): string[] => [
  ...new Set([...scopes, ...claims, ...Object.values(resources).flat()]),
];

export interface DescribesGranted {
  readonly resources: ResourceStore;
  readonly attributeLabels: AttributeLabels;
}

/**
 * The same with the words of the resource that a scope belongs to, or of the attributes that it tells, in these languages; scopes of
 * ours have theirs in the locale files.
 */
export async function describeGranted(
  granted: Granted,
  { resources, attributeLabels }: DescribesGranted,
  tags: readonly string[],
): Promise<ScopeOnPage[]> {
  const descriptions = new Map<string, string>();
  for (const identifier of Object.keys(granted.resources)) {
    const resource = await resources.find(identifier);
    for (const { name, description } of resource?.scopes ?? []) {
      if (description !== undefined) descriptions.set(name, description);
    }
  }
  return namesOf(granted).map((name) => {
    const description = descriptions.get(name) ?? attributeLabels.of(name, tags);
    return description === undefined ? { name } : { name, description };
  });
}
