import { type Label, labelFor } from '../../kernel/attributes.ts';
import type { DeclaredAttributes } from './policy.ts';

/** What people read of a scope or a claim of an attribute, where they are asked whether an application may have it. */
export interface AttributeLabels {
  /** In the first of these languages that there is; undefined where no attribute has it. */
  of(scopeOrClaim: string, tags: readonly string[]): string | undefined;
}

/** Of a scope its own text (`ATTRIBUTE_SCOPES`), else the labels of what it tells; of a claim the label of its attribute. */
export const createAttributeLabels = (
  { list }: Pick<DeclaredAttributes, 'list'>,
  scopes: Readonly<Record<string, Label>>,
): AttributeLabels => ({
  of(name, tags) {
    const own = Object.hasOwn(scopes, name) ? scopes[name] : undefined;
    if (own !== undefined) return labelFor(own, tags);
    const ofScope = list.filter(({ scope }) => scope === name);
    const told = ofScope.length > 0 ? ofScope : list.filter(({ claim }) => claim === name);
    return told.length === 0 ? undefined : told.map(({ label }) => labelFor(label, tags)).join(', ');
  },
});
