using System.Globalization;
using System.Text;

namespace Orchestrator.Faults.Tests;

/// <summary>What the survivors of a soak took of the machine, over time.</summary>
internal sealed class SoakReport(TimeSpan length, int seed)
{
    private const double Mebibyte = 1 << 20;
    private readonly List<(TimeSpan At, IReadOnlyDictionary<string, ProcessFigures> Processes, int Faults, int Sweeps)> _samples = [];

    public void Add(TimeSpan at, IReadOnlyDictionary<string, ProcessFigures> processes, int faults, int sweeps) => _samples.Add((at, processes, faults, sweeps));

    /// <summary>Fails where the medians of the last third are far above those of the first: what leaks with every fault or sweep shows in a few minutes.</summary>
    public void IsFlat() => Assert.All(_samples[0].Processes.Keys, name =>
    {
        var (before, after) = (Median(name, last: false), Median(name, last: true));
        Assert.True(after.Memory < 1.5 * before.Memory + 100 * Mebibyte, $"{name}: memory grew from {before.Memory} to {after.Memory} bytes");
        Assert.True(after.Handles < 1.5 * before.Handles + 30, $"{name}: handles grew from {before.Handles} to {after.Handles}");
        Assert.True(after.Threads < 1.5 * before.Threads + 20, $"{name}: threads grew from {before.Threads} to {after.Threads}");
    });

    /// <summary>Prints it, and writes it to a file if one is named.</summary>
    public async Task Write(IReadOnlyDictionary<string, int> kinds, int runs, string? file)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{length.TotalMinutes:0.#} minutes, seed {seed}: {_samples[^1].Sweeps} sweeps of {runs} runs in all, every one right at the end; {kinds.Values.Sum()} faults:");
        text.AppendLine(string.Join(", ", kinds.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => $"{k.Value} × {k.Key}")) + ".");
        text.AppendLine().AppendLine("| process | | first third | last third | ratio |").AppendLine("|---|---|---|---|---|");
        foreach (var name in _samples[0].Processes.Keys)
        {
            var (before, after) = (Median(name, last: false), Median(name, last: true));
            Line(text, name, "resident MiB", before.Memory / Mebibyte, after.Memory / Mebibyte);
            Line(text, name, "handles", before.Handles, after.Handles);
            Line(text, name, "threads", before.Threads, after.Threads);
        }
        text.AppendLine().Append("| minute | faults | sweeps | ").AppendJoin(' ', _samples[0].Processes.Keys.Select(name => $"{name} MiB | {name} handles | {name} threads |")).AppendLine();
        text.Append("|---|---|---|").AppendJoin("", _samples[0].Processes.Keys.Select(_ => "---|---|---|")).AppendLine();
        foreach (var (at, processes, faults, sweeps) in _samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {at.TotalMinutes:0.0} | {faults} | {sweeps} |")
                .AppendJoin("", processes.Values.Select(p => string.Create(CultureInfo.InvariantCulture, $" {p.Memory / Mebibyte:0} | {p.Handles} | {p.Threads} |"))).AppendLine();
        }
        TestContext.Current.TestOutputHelper?.WriteLine(text.ToString());
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, text.ToString(), TestContext.Current.CancellationToken);
        }
    }

    private static void Line(StringBuilder text, string name, string what, double before, double after) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {what} | {before:0} | {after:0} | {after / before:0.00} |");

    /// <summary>Of the first or the last third of the samples.</summary>
    private ProcessFigures Median(string name, bool last)
    {
        var third = Math.Max(1, _samples.Count / 3);
        ProcessFigures[] figures = [.. (last ? _samples.TakeLast(third) : _samples.Take(third)).Select(s => s.Processes[name])];
        return new ProcessFigures(Middle(f => f.Memory), Middle(f => f.AddressSpace), (int)Middle(f => f.Handles), (int)Middle(f => f.Threads));

        long Middle(Func<ProcessFigures, long> of) => figures.Select(of).Order().ElementAt(figures.Length / 2);
    }
}
