alter table sweeps add column sequence bigint;
update sweeps set sequence = n.number from (select sweep_id, row_number() over (order by created, sweep_id) as number from sweeps) n where n.sweep_id = sweeps.sweep_id;
create sequence sweeps_sequence owned by sweeps.sequence;
select setval('sweeps_sequence', (select coalesce(max(sequence), 0) + 1 from sweeps), false);
alter table sweeps alter column sequence set default nextval('sweeps_sequence'), alter column sequence set not null;
create unique index sweeps_by_sequence on sweeps (sequence);
