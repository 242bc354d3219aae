alter table runs add column has_superposition integer not null default 0;
alter table runs add column features_represented real;
alter table runs add column dimensions_per_feature real;
alter table runs add column mean_dimensionality real;
