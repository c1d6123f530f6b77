create function make_room_for_session(
        person text, newcomer text, most integer, evict boolean, moment timestamptz)
      returns table (uid text, account_id text) language plpgsql volatile as $$
      declare
        surplus integer;
      begin
        perform pg_advisory_xact_lock(hashtextextended('gatehouse-sessions ' || person, 0));
        select count(*) - most + 1 into surplus from sessions s
        where s.account_id = person and s.uid <> newcomer and s.ended_at is null and s.idle_expires_at > moment;
        if surplus <= 0 then
          return;
        end if;
        if not evict then
          raise exception 'session_cap_reached' using errcode = 'GH409';
        end if;
        return query
          update sessions s set ended_at = moment, end_reason = 'evicted'
          where s.uid in (
            select o.uid from sessions o
            where o.account_id = person and o.uid <> newcomer and o.ended_at is null and o.idle_expires_at > moment
            order by o.last_active_at, o.uid limit surplus for update)
          returning s.uid, s.account_id;
      end $$
