using System.Diagnostics;
using System.Globalization;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Kinds;
using TorchSharp;

namespace Orchestrator.Gpu.Check;

/// <summary>Where the time of a snapshot of a large pack goes.</summary>
internal sealed class Snapshots(Settings settings)
{
    public IEnumerable<Row> Stages()
    {
        var members = settings.HasGpu ? 256 : 4;
        var device = new torch.Device(settings.Device);
        RunConfiguration[] runs = [.. Enumerable.Range(0, members).Select(seed => settings.Quickstart() with { Seed = (ulong)seed })];
        var clock = Stopwatch.StartNew();
        using var trainer = ModelKind.Trainer(runs, device: device);
        yield return Row("made", clock, members);
        for (var turn = 0; turn < 2; turn++)
        {
            clock.Restart();
            for (var steps = 0; steps < 20;)
            {
                steps += trainer.Step(most: 20 - steps);
            }
            if (turn > 0)
            {
                yield return Row("20 steps", clock, members);
            }
        }
        var kind = ModelKind.Of(runs[0]);
        IReadOnlyList<Measure> all = Measures.ByDefault(runs[0].Model);
        foreach (var (name, measures, final) in all.Select(measure => (Measures.Name(measure), (IReadOnlyList<Measure>)[measure], false)).Append(("all measures", all, false)).Append(("all measures, last snapshot", all, true)))
        {
            using var scope = torch.NewDisposeScope();
            using var plain = torch.no_grad();
            using var measurement = kind.Measurement(runs[0].Data, measures, device: device);
            var pack = trainer.WeightsOf([.. Enumerable.Range(0, members)]).First().Pack;
            measurement.Measure(pack, final: false);
            clock.Restart();
            measurement.Measure(pack, final);
            yield return Row(name, clock, members);
        }
        clock.Restart();
        trainer.Export([.. Enumerable.Range(0, members)]);
        yield return Row("files", clock, members);
        clock.Restart();
        for (var member = 0; member < members; member++)
        {
            trainer.Checkpoint(member);
        }
        yield return Row("checkpoints", clock, members);
    }

    private static Row Row(string name, Stopwatch clock, int members) => new(
        $"snapshot of {members} models: {name}", Verdict.Pass, string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalMilliseconds:N0} ms, {clock.Elapsed.TotalMilliseconds / members:0.00} each"), "no target");
}
