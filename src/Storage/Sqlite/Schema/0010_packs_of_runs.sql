alter table runs add column device text;
alter table runs add column pack_models integer;
alter table runs add column pack_too_many integer;
