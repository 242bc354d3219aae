using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Gpu.Check;

/// <summary>The program itself, as a user starts it.</summary>
internal sealed class Sweeps(Settings settings) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(110);
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-check-").FullName;

    public IEnumerable<Row> Doctor()
    {
        var checks = Commands.Json(settings, Limit, "doctor", "--data", Path.Combine(_folder, "doctor"))["checks"]!.AsArray().Where(check => (string)check!["check"]! == "device").ToArray();
        var found = checks.FirstOrDefault(check => ((string)check!["detail"]!).StartsWith(settings.Device, StringComparison.Ordinal));
        yield return found is null
            ? new Row("doctor", Verdict.Fail, "–", $"it does not see {settings.Device}")
            : new Row("doctor", (string)found["status"]! == "ok" ? Verdict.Pass : Verdict.Fail, (string)found["detail"]!, "a right matrix product");
    }

    /// <summary>The quickstart on the device and on the CPU must tell the same.</summary>
    public IEnumerable<Row> Quickstart()
    {
        var (there, seconds) = Timed(settings.Device);
        yield return new Row($"quickstart on {settings.Device}", Verdict.Pass, $"{seconds:0.0} s", "no target");
        if (!settings.HasGpu)
        {
            yield break;
        }
        var (here, beside) = Timed("cpu");
        yield return new Row("quickstart on cpu", Verdict.Pass, $"{beside:0.0} s", "no target");
        var shares = Values(there, "induction_share", "value").SequenceEqual(Values(here, "induction_share", "value"));
        var largest = Values(there, "prefix_matching_max", "mean").Zip(Values(here, "prefix_matching_max", "mean"), (a, b) => Math.Abs(a - b)).Max();
        yield return new Row("quickstart, table on both", shares && largest < 0.02 ? Verdict.Pass : Verdict.Fail, $"prefix matching {largest:0.0000} apart, shares {(shares ? "equal" : "differ")}", "at most 0.02, equal");

        (JsonNode, double) Timed(string device)
        {
            var clock = Stopwatch.StartNew();
            var document = Commands.Json(settings, Limit, "quickstart", "--device", device, "--data", Path.Combine(_folder, "quickstart-" + device.Replace(':', '-')));
            return (document, clock.Elapsed.TotalSeconds);
        }
    }

    /// <summary>Many seeds of the two-layer quickstart model with all its measures, on the device and, fewer of them, on the cores beside it.</summary>
    public IEnumerable<Row> ManySeeds()
    {
        var there = Rate(settings.Device, settings.Seeds);
        yield return Row($"sweep of {settings.Seeds} seeds on {settings.Device}, all measures", there, settings.HasGpu ? 10_000 : 0);
        if (settings.HasGpu)
        {
            var few = Math.Min(settings.Seeds, 2 * Environment.ProcessorCount);
            var here = Rate("cpu", few);
            yield return Row($"the same of {few} seeds on {Environment.ProcessorCount} cores", here, 0);
            yield return Row("… with an arena of the native heap for each", Rate("cpu", few, ("MALLOC_ARENA_MAX", $"{Environment.ProcessorCount}")), 0);
            yield return Row("… of one seed on one core, times the cores", Environment.ProcessorCount * Rate("cpu", 1), 0);
            yield return new Row("device over cores", there >= 5 * here ? Verdict.Pass : Verdict.Fail, string.Create(CultureInfo.InvariantCulture, $"{there / here:0.0} times"), "5 times");
        }

        static Row Row(string name, double rate, int target) => new(
            name, rate >= target ? Verdict.Pass : Verdict.Fail, string.Create(CultureInfo.InvariantCulture, $"{rate:N0} model-steps/s"), target == 0 ? "no target" : string.Create(CultureInfo.InvariantCulture, $"{target:N0}"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private double Rate(string device, int seeds, (string, string)? variable = null)
    {
        var file = Path.Combine(_folder, $"seeds-{seeds}.yaml");
        var lines = File.ReadAllLines(settings.Recipe).Where(line => !line.StartsWith("grid:", StringComparison.Ordinal))
            .Select(line => line.StartsWith("seeds:", StringComparison.Ordinal) ? $"seeds: 0..{seeds - 1}" : line.StartsWith("name:", StringComparison.Ordinal) ? "name: many-seeds" : line);
        File.WriteAllLines(file, lines);
        var data = Directory.CreateTempSubdirectory("seeds-").FullName;
        using var set = new Variable(variable);
        var document = Commands.Json(settings, Limit, "sweep", "submit", file, "--embedded", "--device", device, "--data", data);
        Directory.Delete(data, recursive: true);
        if ((int)document["sweep"]!["runs"]!["completed"]! != seeds)
        {
            throw new InvalidOperationException($"{document["sweep"]!["runs"]!["completed"]} of {seeds} runs completed");
        }
        return 300.0 * seeds / (double)document["elapsed_seconds"]!;
    }

    /// <summary>A variable of the environment that programs are started with, while this lives.</summary>
    private sealed class Variable : IDisposable
    {
        private readonly string? _name;

        public Variable((string Name, string Value)? variable)
        {
            if (variable is var (name, value))
            {
                Environment.SetEnvironmentVariable(_name = name, value);
            }
        }

        public void Dispose()
        {
            if (_name is not null)
            {
                Environment.SetEnvironmentVariable(_name, null);
            }
        }
    }

    private static double[] Values(JsonNode document, string metric, string member) => [.. document["groups"]!.AsArray().Select(group => (double)group![metric]![member]!)];
}
