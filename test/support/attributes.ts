import type { AttributeDeclaration } from '../../src/kernel/attributes.ts';

/** A declaration as the configuration makes it of these members. */
export const declaring = (
  members: Partial<AttributeDeclaration> & Pick<AttributeDeclaration, 'type'>,
): AttributeDeclaration => ({
  label: 'Label',
  many: false,
  maxLength: 200,
  required: false,
  visibleTo: 'administrators',
  editableBy: 'administrators',
  filterable: false,
  ...members,
});
