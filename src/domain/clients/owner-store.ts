import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { ClientRecord } from './record-store.ts';

/** The people who answer for a client. They may be the limit of an administrator's right. */
export const ClientOwnerRecord = defineEntity({
  name: 'ClientOwnerRecord',
  tableName: 'client_owners',
  properties: {
    client: () =>
      p
        .manyToOne(ClientRecord)
        .joinColumn('client')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    account: p.uuid().primary().index('client_owners_account_index'),
    addedAt: p.datetime(),
  },
});

export interface ClientOwner {
  /** The id of their account. */
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly addedAt: Date;
}

export interface ClientOwnerStore {
  /**
   * Those who have been it the longest first. With `hold`, nobody else changes them before the end of the transaction, nor removes
   * the client; where that is gone, there are none.
   */
  of(executor: Executor, client: string, hold?: boolean): Promise<ClientOwner[]>;
  /** The clients of somebody, by id. */
  ownedBy(executor: Executor, account: string): Promise<string[]>;
  /** False where they are an owner already, or there is no such account. */
  add(tx: Executor, client: string, account: string): Promise<boolean>;
  /** False where they are none. */
  remove(tx: Executor, client: string, account: string): Promise<boolean>;
  /** The clients of which they were an owner. */
  forgetAccount(tx: Executor, account: string): Promise<string[]>;
}

const OF: Statement = {
  name: 'client_owners_of',
  text: `
    select person.id, person.email, person.name, owner.added_at
    from client_owners owner join accounts person on person.id = owner.account
    where owner.client = $1 order by owner.added_at, person.id`,
};

const HOLD: Statement = {
  name: 'client_owners_hold',
  text: 'select id from clients where id = $1 for no key update',
};

const OWNED_BY: Statement = {
  name: 'client_owners_owned_by',
  text: 'select client from client_owners where account = $1 order by client',
};

const ADD: Statement = {
  name: 'client_owners_add',
  text: `
    insert into client_owners (client, account, added_at)
    select client.id, person.id, $3 from clients client, accounts person
    where client.id = $1 and person.id = $2 for key share
    on conflict do nothing returning client`,
};

const REMOVE: Statement = {
  name: 'client_owners_remove',
  text: 'delete from client_owners where client = $1 and account = $2 returning client',
};

const FORGET: Statement = {
  name: 'client_owners_forget_account',
  text: 'delete from client_owners where account = $1 returning client',
};

export const createClientOwnerStore = (clock: Clock): ClientOwnerStore => ({
  async of(executor, client, hold = false) {
    if (hold) await executor.query(HOLD, [client]);
    const rows = await executor.query<Omit<ClientOwner, 'addedAt'> & { added_at: Date | string }>(OF, [
      client,
    ]);
    return rows.map(({ added_at: addedAt, ...owner }) => ({ ...owner, addedAt: new Date(addedAt) }));
  },

  async ownedBy(executor, account) {
    const rows = await executor.query<{ client: string }>(OWNED_BY, [account]);
    return rows.map(({ client }) => client);
  },

  async add(tx, client, account) {
    return (await tx.query(ADD, [client, account, clock.now()])).length === 1;
  },

  async remove(tx, client, account) {
    return (await tx.query(REMOVE, [client, account])).length === 1;
  },

  async forgetAccount(tx, account) {
    const rows = await tx.query<{ client: string }>(FORGET, [account]);
    return rows.map(({ client }) => client).sort();
  },
});
