create table sweep_changes (
    sweep_id text collate "C" not null primary key,
    change   bigint not null
);
insert into sweep_changes (sweep_id, change) select sweep_id, 1 from sweeps union select sweep_id, 1 from runs;
alter table runs add column change bigint not null default 1;
create index runs_by_change on runs (sweep_id, change);
