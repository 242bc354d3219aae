create table run_logs (
    run_id  text collate "C" not null,
    at      text collate "C" not null,
    source  text collate "C" not null,
    number  integer not null,
    attempt integer,
    level   text not null,
    line    text not null,
    primary key (run_id, at, source, number)
);
