alter table runs
    add column q_excess_max double precision,
    add column v_excess_max double precision,
    add column terms        text;
