create or replace function password_hash_shape(hash text) returns text language sql immutable strict parallel safe as $$
        select case
          when length(hash) > 512 then null
          when hash ~ '^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$' then '$2b$' || substr(hash, 5, 2)
          when hash like '$wrapped$%' then (
            select parts[1] || '$' || length(parts[2]) || '$' || parts[3] || '$' || length(parts[4]) || '$' || length(parts[5])
            from regexp_match(hash, '^(\$wrapped\$[a-z0-9-]{1,20}\$[a-z0-9=,]{1,96})\$([A-Za-z0-9+/]*)\$(argon2id\$v=19\$[a-z0-9=,]{1,64})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$') as parts)
          else (
            select parts[1] || '$' || length(parts[2]) || '$' || length(parts[3])
            from regexp_match(hash, '^((?:\{pepper=[A-Za-z0-9._-]{1,64}\})?\$(?:argon2id|argon2i|scrypt|pbkdf2-sha256|pbkdf2-sha512)(?:\$v=\d{1,3})?\$[a-z0-9=,]{1,64})\$([A-Za-z0-9+/.]+)={0,2}\$([A-Za-z0-9+/.]+)={0,2}$') as parts)
        end $$
