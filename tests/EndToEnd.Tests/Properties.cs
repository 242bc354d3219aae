using Xunit.Sdk;
using Xunit.v3;

// Every test starts processes that train on every core: side by side they would only wait for each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
