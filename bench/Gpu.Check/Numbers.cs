using System.Globalization;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Kinds;
using TorchSharp;

namespace Orchestrator.Gpu.Check;

/// <summary>Whether the device computes what a core of the CPU computes.</summary>
internal sealed class Numbers(Settings settings)
{
    private const int Members = 4;
    private readonly torch.Device _device = new(settings.Device);
    private readonly RunConfiguration[] _runs = Runs(settings);

    /// <summary>Training losses of a pack, step by step: rounding grows with the steps, so the first fifty are compared.</summary>
    public IEnumerable<Row> Losses()
    {
        const int Steps = 50;
        using var host = ModelKind.Trainer(_runs);
        using var there = ModelKind.Trainer(_runs, device: _device);
        var largest = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            host.Step();
            there.Step();
            largest = Math.Max(largest, host.Losses.Zip(there.Losses, (a, b) => Math.Abs(a - b)).Max());
        }
        yield return Row($"training losses, cpu against {settings.Device}, {Steps} steps of {Members} models", largest, 1e-4);
    }

    /// <summary>Every measure of the same weights, on both.</summary>
    public IEnumerable<Row> Measures()
    {
        using var host = ModelKind.Trainer(_runs);
        for (var step = 0; step < 100; step++)
        {
            host.Step();
        }
        var kind = ModelKind.Of(_runs[0]);
        foreach (var measure in Enum.GetValues<Measure>())
        {
            using var scope = torch.NewDisposeScope();
            using var plain = torch.no_grad();
            using var here = kind.Measurement(_runs[0].Data, [measure]);
            using var there = kind.Measurement(_runs[0].Data, [measure], device: _device);
            var pack = host.WeightsOf([.. Enumerable.Range(0, Members)]).First();
            var expected = here.Measure(pack.Pack, final: false);
            var found = there.Measure(pack.Pack.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.to(_device)), final: false);
            yield return Row($"{Contracts.Metrics.Measures.Name(measure)}, cpu against {settings.Device}, largest difference relative to its metric", expected.Zip(found, Largest).Max(), 1e-2);
        }
    }

    /// <summary>The largest difference of any value, relative to the largest of its column; what is undefined must be so on both.</summary>
    private static double Largest(MetricVector expected, MetricVector found)
    {
        var largest = 0.0;
        foreach (var section in expected.Layout.Sections)
        {
            foreach (var column in section.Columns.Where(column => !column.EndsWith("_partner", StringComparison.Ordinal))) // which of two equals is largest
            {
                double?[] a = [.. Enumerable.Range(0, section.Rows).Select(row => expected.Get(section.Name, row, column))];
                double?[] b = [.. Enumerable.Range(0, section.Rows).Select(row => found.Get(section.Name, row, column))];
                var scale = Math.Max(1e-3, a.Max(value => Math.Abs(value ?? 0)));
                largest = Math.Max(largest, a.Zip(b, (x, y) => x is null != y is null ? double.PositiveInfinity : Math.Abs((x ?? 0) - (y ?? 0)) / scale).DefaultIfEmpty().Max());
            }
        }
        return largest;
    }

    private static Row Row(string name, double difference, double most) => new(
        name, difference <= most ? Verdict.Pass : Verdict.Fail, difference.ToString("0.0e+0", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"at most {most}"));

    private static RunConfiguration[] Runs(Settings settings) => [.. Enumerable.Range(0, Members).Select(seed => settings.Quickstart() with { Seed = (ulong)seed })];
}
