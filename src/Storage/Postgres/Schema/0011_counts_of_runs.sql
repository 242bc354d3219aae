create table run_counts (
    sweep_id    text collate "C" not null,
    state       text not null,
    with_result boolean not null,
    runs        bigint not null,
    primary key (sweep_id, state, with_result)
);
insert into run_counts (sweep_id, state, with_result, runs) select sweep_id, state, finals is not null, count(*) from runs group by sweep_id, state, finals is not null;
create function count_runs() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        update run_counts c set runs = c.runs - o.runs
            from (select sweep_id, state, finals is not null as with_result, count(*) as runs from old_runs group by 1, 2, 3) o
            where (c.sweep_id, c.state, c.with_result) = (o.sweep_id, o.state, o.with_result);
    end if;
    if tg_op <> 'DELETE' then
        insert into run_counts (sweep_id, state, with_result, runs)
            select sweep_id, state, finals is not null, count(*) from new_runs group by 1, 2, 3 order by 1, 2, 3
            on conflict (sweep_id, state, with_result) do update set runs = run_counts.runs + excluded.runs;
    end if;
    return null;
end $$;
create trigger runs_inserted after insert on runs referencing new table as new_runs for each statement execute function count_runs();
create trigger runs_updated after update on runs referencing old table as old_runs new table as new_runs for each statement execute function count_runs();
create trigger runs_deleted after delete on runs referencing old table as old_runs for each statement execute function count_runs();
