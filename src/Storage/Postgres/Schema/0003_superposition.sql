alter table runs add column has_superposition integer not null default 0;
alter table runs add column features_represented double precision;
alter table runs add column dimensions_per_feature double precision;
alter table runs add column mean_dimensionality double precision;
