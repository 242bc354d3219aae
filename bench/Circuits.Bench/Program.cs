using Orchestrator.Circuits.Bench;
using Orchestrator.Kernels.Native;
using TorchSharp;

// dotnet run -c Release --project bench/Circuits.Bench [-- snapshot | paper]
TorchRuntime.Load();
torch.set_num_threads(1);
var description = TorchRuntime.Describe();
Console.WriteLine($"{Environment.ProcessorCount} cores, 1 thread of tensors, libtorch {description.Version}, {description.CpuKernels}, load {File.ReadAllText("/proc/loadavg").Trim()}");
if (args is not ["paper"])
{
    SnapshotBench.Run();
}
if (args is not ["snapshot"])
{
    PaperBench.Run();
}
