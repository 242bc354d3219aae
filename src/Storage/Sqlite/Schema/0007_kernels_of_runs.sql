alter table runs add column cpu_kernels text;
