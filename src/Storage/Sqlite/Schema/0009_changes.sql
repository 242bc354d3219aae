create table sweep_changes (
    sweep_id text not null primary key,
    change   integer not null
) without rowid;
insert into sweep_changes (sweep_id, change) select sweep_id, 1 from sweeps union select sweep_id, 1 from runs;
alter table runs add column change integer not null default 1;
create index runs_by_change on runs (sweep_id, change);
