import { Migration } from '@mikro-orm/migrations';

/**
 * An address is known by its domain in Unicode: `a@xn--bcher-kva.example` and `a@bücher.example` are one mailbox, and from here on
 * one account (RFC 5890). Only accounts whose address has an A-label are changed. Where two accounts turn out to have one
 * mailbox, it names them and changes nothing: an operator decides whose it is (`users set-address`, `users delete`).
 */
export class Migration20261130000504_one_spelling_of_domains extends Migration {
  override up(): void {
    // RFC 3492, section 6.2. What is not well-formed, or would come out as something that no valid label is, stays as it is.
    this.addSql(`
      create function domain_label_in_unicode(label text) returns text language plpgsql immutable strict as $$
      declare
        encoded text := substr(label, 5);
        basic int := length(encoded) - strpos(reverse(encoded), '-');
        decoded text := '';
        at int;
        n int := 128;
        i int := 0;
        bias int := 72;
        i_before int;
        weight int;
        k int;
        digit int;
        threshold int;
        delta int;
        length_after int;
      begin
        if label !~ '^xn--[a-z0-9-]{1,59}$' then return label; end if;
        if strpos(encoded, '-') > 0 then decoded := left(encoded, basic); else basic := -1; end if;
        at := basic + 2;
        while at <= length(encoded) loop
          i_before := i;
          weight := 1;
          k := 36;
          loop
            if at > length(encoded) then return label; end if;
            digit := strpos('abcdefghijklmnopqrstuvwxyz0123456789', substr(encoded, at, 1)) - 1;
            if digit < 0 or digit > (2147483647 - i) / weight then return label; end if;
            at := at + 1;
            i := i + digit * weight;
            threshold := case when k <= bias then 1 when k >= bias + 26 then 26 else k - bias end;
            exit when digit < threshold;
            if weight > 2147483647 / (36 - threshold) then return label; end if;
            weight := weight * (36 - threshold);
            k := k + 36;
          end loop;
          length_after := length(decoded) + 1;
          delta := case when i_before = 0 then (i - i_before) / 700 else (i - i_before) / 2 end;
          delta := delta + delta / length_after;
          k := 0;
          while delta > 455 loop
            delta := delta / 35;
            k := k + 36;
          end loop;
          bias := k + 36 * delta / (delta + 38);
          n := n + i / length_after;
          i := i % length_after;
          if n > 1114111 or n between 55296 and 57343 then return label; end if;
          decoded := left(decoded, i) || chr(n) || substr(decoded, i + 1);
          i := i + 1;
        end loop;
        if decoded ~ '^[ -~]*$' or decoded ~ '[@. \\u0080-\\u00a0]' or decoded <> normalize(lower(decoded), NFKC) then return label; end if;
        return decoded;
      end $$`);
    this.addSql(`
      create function address_key_in_unicode(key text) returns text language sql immutable strict as $$
        select substring(key from '^.*@') || (
          select string_agg(domain_label_in_unicode(label), '.' order by number)
          from unnest(string_to_array(substring(key from '[^@]*$'), '.')) with ordinality as part(label, number))
      $$`);
    // migration-lint allow hidden-statements: it reads accounts, twice and without a lock, and changes the few whose domain has an A-label; where two become one it raises instead
    this.addSql(`
      do $$
      declare
        colliding text;
      begin
        with renamed as materialized (
          select id, email, address_key_in_unicode(email_key) as new_key from accounts
          where email_key like '%xn--%' and address_key_in_unicode(email_key) <> email_key),
        together as (
          select new_key, id, email from renamed
          union all
          select a.email_key, a.id, a.email from accounts a
          where a.email_key in (select new_key from renamed))
        select string_agg(accounts, '; ') into colliding from (
          select string_agg(email || ' (' || id || ')', ' and ' order by id) as accounts from together
          group by new_key having count(*) > 1 order by min(new_key) limit 100) as groups;
        if colliding is not null then
          raise exception using errcode = 'GH001', message = 'accounts of one mailbox, in two spellings of its domain',
            detail = colliding;
        end if;
        update accounts set email_key = address_key_in_unicode(email_key)
        where email_key like '%xn--%' and address_key_in_unicode(email_key) <> email_key;
      end $$`);
    // migration-lint allow drop-or-rename: both functions were made above in this transaction, and nobody else has ever seen them
    this.addSql('drop function address_key_in_unicode(text)');
    this.addSql('drop function domain_label_in_unicode(text)');
  }

  override down(): void {
    this.addSql(`
      update accounts set email_key = substring(email_key from '^.*@') || lower(substring(email from '[^@]*$'))
      where email ilike '%@%xn--%'`);
  }
}
