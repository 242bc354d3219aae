using Orchestrator.Circuits.Bench;
using Orchestrator.Kernels.Native;
using TorchSharp;

TorchRuntime.Load();
torch.set_num_threads(1);
Console.WriteLine($"{Environment.ProcessorCount} cores, 1 thread of tensors, {TorchRuntime.Describe().Version}");
SnapshotBench.Run();
