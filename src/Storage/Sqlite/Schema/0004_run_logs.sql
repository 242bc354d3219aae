create table run_logs (
    run_id  text not null,
    at      text not null,
    source  text not null,
    number  integer not null,
    attempt integer,
    level   text not null,
    line    text not null,
    primary key (run_id, at, source, number)
) without rowid;
