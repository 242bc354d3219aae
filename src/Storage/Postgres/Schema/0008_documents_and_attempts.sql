create function pg_temp.member(payload bytea, name text) returns text language plpgsql as $$
begin
    return convert_from(payload, 'UTF8')::json ->> name;
exception when others then
    return null; -- what cannot be read stays so
end $$;
alter table sweeps add column document text;
update sweeps set document = pg_temp.member(s.payload, 'document')
    from grain_states s where s.grain_type = 'sweep' and s.grain_key = sweeps.sweep_id and s.state_name = 'sweep';
alter table runs add column attempts text;
update runs set attempts = pg_temp.member(m.payload, 'attempts')
    from grain_states m where m.grain_type = 'model' and m.grain_key = runs.run_id and m.state_name = 'model';
create index runs_by_state on runs (sweep_id, state, (finals is null));
