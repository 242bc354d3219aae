using System.Diagnostics;
using System.Globalization;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Native;
using TorchSharp;

namespace Orchestrator.Gpu.Check;

/// <summary>Training steps of packs on the device, beside what peers make of the same shapes.</summary>
internal sealed class Packs(Settings settings)
{
    /// <summary>Shapes, pack sizes and the model-steps per second that are to be reached on an H100.</summary>
    private static readonly (string Name, int DModel, int Context, int Batch, (int Members, int Target)[] Packs)[] Shapes =
    [
        ("micro", 32, 16, 4, [(1, 0), (16, 130_000), (128, 547_000), (1_024, 1_250_000)]),
        ("quickstart", 64, 32, 32, [(1, 0), (16, 34_000), (128, 50_000), (1_024, 60_000)]),
    ];

    public IEnumerable<Row> Steps() => Shapes.SelectMany(shape => shape.Packs.Where(pack => settings.HasGpu || pack.Members <= 16).Select(pack => Step(shape, pack.Members, settings.HasGpu ? pack.Target : 0)));

    /// <summary>The same shapes in PyTorch and JAX, where they are installed.</summary>
    public IEnumerable<Row> Peers()
    {
        foreach (var library in new[] { "torch", "jax" })
        {
            var rows = new List<Row>();
            try
            {
                var lines = Commands.Run("python3", TimeSpan.FromSeconds(90), [settings.Peers, library, settings.HasGpu ? "16,128,1024" : "16"]);
                rows.AddRange(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Select(cells => new Row($"{library} {cells[0]}", Verdict.Pass, cells[1], "a peer, for comparison")));
            }
            catch (Exception missing)
            {
                rows.Add(new Row($"peer {library}", Verdict.Skip, "–", missing.Message));
            }
            foreach (var row in rows)
            {
                yield return row;
            }
        }
    }

    private Row Step((string Name, int DModel, int Context, int Batch, (int, int)[]) shape, int members, int target)
    {
        var run = new RunConfiguration
        {
            Model = new ModelConfiguration { Layers = 2, Heads = 2, DModel = shape.DModel, DHead = shape.DModel / 2, NCtx = shape.Context },
            Data = new DataConfiguration { Vocab = 32, Parts = [new RepeatedSegments { Shortest = shape.Context / 4, Longest = shape.Context / 2 }] },
            Train = new TrainConfiguration { Steps = int.MaxValue, Batch = shape.Batch, Lr = 1e-3, Warmup = 20 },
            Seed = 0,
        };
        var name = $"training {shape.Name}, pack of {members}";
        try
        {
            using var trainer = ModelKind.Trainer([.. Enumerable.Range(0, members).Select(seed => run with { Seed = (ulong)seed })], device: new torch.Device(settings.Device));
            for (var warm = 0; warm < 5; warm++)
            {
                trainer.Step();
            }
            var (steps, clock) = (0, Stopwatch.StartNew());
            while (steps < 5 || clock.Elapsed < TimeSpan.FromSeconds(2))
            {
                steps += trainer.Step(most: 20); // as between two snapshots; looks at the losses, so that nothing is left in the device's queue
            }
            var rate = (double)steps * members / clock.Elapsed.TotalSeconds;
            return new Row(name, rate >= target ? Verdict.Pass : Verdict.Fail, string.Create(CultureInfo.InvariantCulture, $"{rate:N0} model-steps/s"), target == 0 ? "no target" : string.Create(CultureInfo.InvariantCulture, $"{target:N0}"));
        }
        catch (TensorMemoryException tooLarge)
        {
            return new Row(name, Verdict.Fail, "–", tooLarge.Message);
        }
    }
}
