using System.Globalization;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Native;
using Orchestrator.Training.Bench;
using TorchSharp;

// dotnet run -c Release --project bench/Training.Bench [-- SIZE ...] [--seconds N] [--rounds N]
// dotnet run -c Release --project bench/Training.Bench -- --text FILE [--seconds N]
// Times one training step at one thread, packs of 1, 4, 16 and 64, in turn with the same step in PyTorch if there is one.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var seconds = TimeSpan.FromSeconds(Option("--seconds", 2));
var rounds = (int)Option("--rounds", 3);
var sizes = ModelSize.All.Where(size => !args.Any(arg => ModelSize.All.Any(other => other.Name == arg)) || args.Contains(size.Name)).ToArray();

TorchRuntime.Load();
torch.set_num_threads(1);
if (Array.IndexOf(args, "--text") is >= 0 and var text)
{
    TextRun.Run(args[text + 1], seconds);
    return;
}
var peer = PyTorchPeer.Find();
var cpu = File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("model name", StringComparison.Ordinal)).Split(':')[1].Trim();
Console.WriteLine($"{cpu}, {Environment.ProcessorCount} cores, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}; libtorch {TorchRuntime.Describe().Version}, {CpuKernels.Name}, 1 thread, float32");
Console.WriteLine($"PyTorch: {peer?.Version() ?? "none found (apt-get install python3-torch)"}; {rounds} rounds of {seconds.TotalSeconds} s, interleaved; ms per step of one model, median (least)");
foreach (var size in sizes)
{
    var ours = new List<Timing>();
    var theirs = new List<Timing>();
    using (var solo = ModelKind.Trainer([size.Run(0)]))
    {
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(Timing.Of(() => solo.Step(), seconds));
            if (peer is not null)
            {
                theirs.Add(peer.Time(size, seconds));
            }
        }
    }
    var line = $"{size.Name,-10} S=1 {Show(ours, 1)}  {1000 * size.Tokens / ours.Min(timing => timing.Median),9:f0} tok/s";
    if (peer is not null)
    {
        line += $"  PyTorch {Show(theirs, 1)}  ratio {theirs.Min(timing => timing.Median) / ours.Min(timing => timing.Median):f2} (least {theirs.Min(timing => timing.Least) / ours.Min(timing => timing.Least):f2})";
    }
    Console.WriteLine(line);
    foreach (var members in ModelSize.Packs.Where(members => (long)members * size.Tokens * size.DModel <= 4L * 1024 * 1024))
    {
        using var pack = ModelKind.Trainer([.. Enumerable.Range(0, members).Select(seed => size.Run((ulong)seed))]);
        List<Timing> timing = [Timing.Of(() => pack.Step(), seconds)];
        Console.WriteLine($"{"",-10} S={members,-2} {Show(timing, members)}  {1000.0 * size.Tokens * members / timing[0].Median,9:f0} tok/s");
    }
}

string Show(List<Timing> timings, int models) => $"{timings.Min(timing => timing.Median) / models,8:f3} ({timings.Min(timing => timing.Least) / models:f3}) ms";

double Option(string name, double otherwise)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : at + 1 < args.Length && double.TryParse(args[at + 1], out var value) && value > 0 ? value : throw new ArgumentException($"{name} needs a number above 0");
}
