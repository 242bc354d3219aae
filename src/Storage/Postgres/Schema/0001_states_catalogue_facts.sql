create table grain_states (
    grain_type text collate "C" not null,
    grain_key  text collate "C" not null,
    state_name text collate "C" not null,
    version    bigint not null,
    payload    bytea not null,
    primary key (grain_type, grain_key, state_name)
);

create table sweeps (
    sweep_id   text collate "C" not null primary key,
    name       text not null,
    state      text not null,
    reason     text,
    priority   integer not null,
    total_runs integer not null,
    created    text collate "C" not null,
    ended      text
);

create table runs (
    sweep_id            text collate "C" not null,
    run_index           integer not null,
    run_id              text collate "C" not null,
    state               text not null,
    attempt             integer not null,
    reason              text,
    worker              text,
    step                integer not null,
    weights_hash        text,
    started             text,
    ended               text,
    device_seconds      double precision not null,
    has_finals          integer not null,
    final_loss          double precision,
    icl_score           double precision,
    prefix_matching_max double precision,
    induction_heads     integer,
    k_excess_max        double precision,
    transition_after    integer,
    transition_step     double precision,
    transition_by       integer,
    icl_transition_step double precision,
    primary key (sweep_id, run_index)
);
create index runs_by_run on runs (run_id);

create table facts (
    run_id         text collate "C" not null,
    step           integer not null,
    metric_version integer not null,
    measures       text collate "C" not null,
    attempt        integer not null,
    weights_hash   text not null,
    metrics        bytea not null,
    primary key (run_id, step, metric_version, measures)
);
