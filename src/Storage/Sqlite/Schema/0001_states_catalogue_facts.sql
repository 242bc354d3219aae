create table grain_states (
    grain_type text not null,
    grain_key  text not null,
    state_name text not null,
    version    integer not null,
    payload    blob not null,
    primary key (grain_type, grain_key, state_name)
);

create table sweeps (
    sweep_id   text not null primary key,
    name       text not null,
    state      text not null,
    reason     text,
    priority   integer not null,
    total_runs integer not null,
    created    text not null,
    ended      text
);

create table runs (
    sweep_id            text not null,
    run_index           integer not null,
    run_id              text not null,
    state               text not null,
    attempt             integer not null,
    reason              text,
    worker              text,
    step                integer not null,
    weights_hash        text,
    started             text,
    ended               text,
    device_seconds      real not null,
    has_finals          integer not null,
    final_loss          real,
    icl_score           real,
    prefix_matching_max real,
    induction_heads     integer,
    k_excess_max        real,
    transition_after    integer,
    transition_step     real,
    transition_by       integer,
    icl_transition_step real,
    primary key (sweep_id, run_index)
);
create index runs_by_run on runs (run_id);

create table facts (
    run_id         text not null,
    step           integer not null,
    metric_version integer not null,
    measures       text not null,
    attempt        integer not null,
    weights_hash   text not null,
    metrics        blob not null,
    primary key (run_id, step, metric_version, measures)
);
