alter table sweeps add column sequence integer;
update sweeps set sequence = (select count(*) from sweeps s where s.created < sweeps.created or s.created = sweeps.created and s.sweep_id <= sweeps.sweep_id);
create unique index sweeps_sequence on sweeps (sequence);
create trigger sweeps_number after insert on sweeps begin
    update sweeps set sequence = (select coalesce(max(sequence), 0) + 1 from sweeps) where sweep_id = new.sweep_id;
end;
