using System.Diagnostics;
using System.Globalization;
using Orchestrator.Gpu.Check;
using Orchestrator.Kernels.Native;
using TorchSharp;

// Started by check.sh, which finds libtorch and sets the environment.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Settings settings;
try
{
    settings = Settings.Read(args);
    TorchRuntime.Load();
}
catch (Exception wrong) when (wrong is ArgumentException or TorchRuntimeException)
{
    Console.Error.WriteLine($"error: {wrong.Message}");
    return 2;
}
torch.set_num_threads(1);
var description = TorchRuntime.Describe();
if (settings.HasGpu && !description.Cuda)
{
    Console.Error.WriteLine($"error: libtorch {description.Version} of {description.Folder} sees no CUDA device: name the libtorch of a PyTorch with CUDA (check.sh FOLDER), and look at nvidia-smi");
    return 2;
}
Console.WriteLine($"libtorch {description.Version} in {description.Folder}, {CpuKernels.Name}, {Environment.ProcessorCount} CPUs, device {settings.Device}");

var clock = Stopwatch.StartNew();
using var sweeps = new Sweeps(settings);
var (numbers, packs, snapshots) = (new Numbers(settings), new Packs(settings), new Snapshots(settings));
var rows = new List<Row>();
foreach (var (name, check) in new (string, Func<IEnumerable<Row>>)[]
{
    ("doctor", sweeps.Doctor), ("losses", numbers.Losses), ("measures", numbers.Measures), ("packs", packs.Steps), ("snapshots", snapshots.Stages), ("quickstart", sweeps.Quickstart),
    ("many seeds", sweeps.ManySeeds), ("peers", packs.Peers),
})
{
    Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s  {name} …");
    try
    {
        foreach (var row in check())
        {
            Add(row);
        }
    }
    catch (Exception failed)
    {
        Add(new Row(name, Verdict.Fail, "–", failed.Message.Split('\n')[0])); // the others are checked all the same
    }
}

var width = rows.Max(row => row.Name.Length);
Console.WriteLine();
foreach (var row in rows)
{
    Console.WriteLine($"{row.Verdict.ToString().ToUpperInvariant()}  {row.Name.PadRight(width)}  {row.Number}  ({row.Target})");
}
Console.WriteLine($"{rows.Count(row => row.Verdict == Verdict.Pass)} passed, {rows.Count(row => row.Verdict == Verdict.Fail)} failed, {rows.Count(row => row.Verdict == Verdict.Skip)} skipped in {clock.Elapsed.TotalSeconds:0} s");
return rows.Any(row => row.Verdict == Verdict.Fail) ? 1 : 0;

void Add(Row row)
{
    rows.Add(row);
    Console.Error.WriteLine($"{clock.Elapsed.TotalSeconds,5:0} s    {row.Verdict.ToString().ToUpperInvariant()}  {row.Name}  {row.Number}");
}
