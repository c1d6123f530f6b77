import { expect } from 'chai';
import { actorColumns, client, person, SYSTEM_ACTOR, storedActor } from '../../../src/domain/audit/actor.ts';

const NOTHING = { actor_kind: null, actor: null, command: null, operator: null };
const ROW = { ...NOTHING, reason: null, details: {} };

describe('who acted, in the columns of a row', () => {
  it('is a person, a client, a command with its user, the system, or nobody who is known', () => {
    expect(actorColumns(person('p'))).to.deep.equal({ ...NOTHING, actor_kind: 'person', actor: 'p' });
    expect(actorColumns(client('c'))).to.deep.equal({ ...NOTHING, actor_kind: 'client', actor: 'c' });
    const command = { command: 'gatehouse users disable', user: 'robin' };
    expect(actorColumns({ kind: 'command', command: command.command, user: command.user })).to.deep.equal({
      ...{ actor_kind: 'command', actor: null, command: command.command, operator: command.user },
    });
    expect(actorColumns(SYSTEM_ACTOR)).to.deep.equal({ ...NOTHING, actor_kind: 'system' });
    expect(actorColumns(undefined)).to.deep.equal(NOTHING);
  });

  it('is read from rows of this version as it stands there, whatever their details say', () => {
    const row = {
      ...ROW,
      actor_kind: 'person',
      actor: 'command',
      reason: 'r',
      details: { operator: { user: 'x' } },
    };
    const { details: _details, ...columns } = row;
    expect(storedActor(row)).to.deep.equal(columns);
  });

  describe('is understood in rows of before', () => {
    const read = (row: object) => storedActor({ ...ROW, ...row });
    const none = { ...NOTHING, reason: null };

    it('an id is of a person or a client', () => {
      expect(read({ actor: 'a1' })).to.deep.equal({ ...none, actor: 'a1' });
      expect(read({})).to.deep.equal(none);
    });

    it('the system', () => {
      expect(read({ actor: 'system' })).to.deep.equal({ ...none, actor_kind: 'system' });
    });

    it('an operator with a reason stands in the details', () => {
      const command = 'gatehouse users disable';
      const details = { operator: { user: 'robin', reason: 'ticket 7' } };
      expect(read({ actor: 'command', command, details })).to.deep.equal({
        ...{ actor_kind: 'command', actor: null, command, operator: 'robin', reason: 'ticket 7' },
      });
    });

    for (const details of [null, {}, [], 'text', { operator: 7 }, { operator: { user: 7, reason: {} } }])
      it(`an operator of whom the details say nothing: ${JSON.stringify(details)}`, () => {
        expect(read({ actor: 'command', details })).to.deep.equal({ ...none, actor_kind: 'command' });
      });
  });
});
