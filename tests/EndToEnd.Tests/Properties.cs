// Every test starts processes that train on every core: side by side they would only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
