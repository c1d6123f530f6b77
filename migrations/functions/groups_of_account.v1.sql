create function groups_of_account(of_account uuid) returns json language plpgsql stable as $$
begin
  return (
    select json_agg(json_build_object('id', groups.id, 'name', groups.name,
      'roles', array(select role from group_roles where group_roles.group_id = groups.id)) order by groups.name_key)
    from group_members join groups on groups.id = group_members.group_id and groups.deleted_at is null
    where group_members.account = of_account);
end
$$
