create function audit_row_mac(ipad bytea, opad bytea, fields text[]) returns bytea
      language sql immutable parallel safe as $$
        select sha256(opad || sha256(ipad || coalesce(string_agg(
          case when field is null then '\xffffffff'::bytea
          else int4send(octet_length(convert_to(field, 'UTF8'))) || convert_to(field, 'UTF8') end,
          ''::bytea order by place), ''::bytea)))
        from unnest(fields) with ordinality as given(field, place)
      $$
