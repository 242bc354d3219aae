alter table sweeps add column document text;
update sweeps set document = (
    select case when json_valid(cast(s.payload as text)) then json_extract(cast(s.payload as text), '$.document') end
    from grain_states s where s.grain_type = 'sweep' and s.grain_key = sweeps.sweep_id and s.state_name = 'sweep');
alter table runs add column attempts text;
update runs set attempts = (
    select case when json_valid(cast(m.payload as text)) then json_extract(cast(m.payload as text), '$.attempts') end
    from grain_states m where m.grain_type = 'model' and m.grain_key = runs.run_id and m.state_name = 'model');
create index runs_by_state on runs (sweep_id, state, (finals is null));
