using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results.Views;

/// <summary>What answers over a whole sweep need of a run: a third of its row.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="Step">Newest snapshot step that is durable, or -1.</param>
/// <param name="DeviceSeconds">Device time over all attempts, seconds.</param>
/// <param name="Worker">Who held it last.</param>
/// <param name="CpuKernels">CPU kernels of the newest attempt that was claimed, or null.</param>
/// <param name="Finals">What the run came to; null until it has completed.</param>
public sealed record RunOutcome(RunState State, int Step, double DeviceSeconds, string? Worker, string? CpuKernels, RunFinals? Finals);

/// <summary>What became of a sweep's runs, of those that were ever handed out, kept between questions: some 300 bytes a run.</summary>
public sealed class RunOutcomes
{
    private const int MostRuns = 1_500_000;
    private readonly RunViews<RunOutcome> _views;

    /// <summary>Over a catalogue.</summary>
    public RunOutcomes(ICatalogue catalogue) => _views = RunViews.OfRows(catalogue, MostRuns, BeginReading);

    /// <summary>By index.</summary>
    internal Task<RunMap<RunOutcome>> Of(SweepRow sweep, Sweep specification, CancellationToken cancellation) => _views.Of(sweep, specification, cancellation);

    // Names of workers and of metrics are the same for many runs: each is kept once.
    private static Func<RunRow, RunOutcome> BeginReading()
    {
        var (texts, names) = (new Dictionary<string, string>(), Array.Empty<string>());
        return row =>
        {
            var finals = row.Finals is { } given ? given with { Metrics = NamedValues.Of(given.Metrics, ref names) } : null;
            return new RunOutcome(row.State, row.Step, row.DeviceSeconds, Same(row.Worker), Same(row.CpuKernels), finals);
        };

        string? Same(string? text) => text is null ? null : texts.TryGetValue(text, out var known) ? known : texts[text] = text;
    }
}
