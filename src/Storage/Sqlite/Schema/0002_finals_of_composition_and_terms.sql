alter table runs add column q_excess_max real;
alter table runs add column v_excess_max real;
alter table runs add column terms text;
