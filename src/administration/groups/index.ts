import { create, deleteGroup, setRoles, update } from './changing.ts';
import { addMember, listMembers, removeMember } from './members.ts';
import { list, show } from './reading.ts';

/** What can be done about groups of people, and the roles of applications that they give. */
export const groups = {
  list,
  show,
  create,
  update,
  setRoles,
  delete: deleteGroup,
  listMembers,
  addMember,
  removeMember,
};
