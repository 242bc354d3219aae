create table run_counts (
    sweep_id    text not null,
    state       text not null,
    with_result integer not null,
    runs        integer not null,
    primary key (sweep_id, state, with_result)
) without rowid;
insert into run_counts (sweep_id, state, with_result, runs) select sweep_id, state, finals is not null, count(*) from runs group by sweep_id, state, finals is not null;
create trigger runs_inserted after insert on runs begin
    insert into run_counts (sweep_id, state, with_result, runs) values (new.sweep_id, new.state, new.finals is not null, 1)
        on conflict (sweep_id, state, with_result) do update set runs = runs + 1;
end;
create trigger runs_updated after update on runs when old.state <> new.state or (old.finals is null) <> (new.finals is null) begin
    update run_counts set runs = runs - 1 where sweep_id = old.sweep_id and state = old.state and with_result = (old.finals is not null);
    insert into run_counts (sweep_id, state, with_result, runs) values (new.sweep_id, new.state, new.finals is not null, 1)
        on conflict (sweep_id, state, with_result) do update set runs = runs + 1;
end;
create trigger runs_deleted after delete on runs begin
    update run_counts set runs = runs - 1 where sweep_id = old.sweep_id and state = old.state and with_result = (old.finals is not null);
end;
